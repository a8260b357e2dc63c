import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connectNats, createNamespace } from '../../../runtime/nats/index.ts'
import { troupe } from '../../cli/troupe.ts'
import { postgresForTests } from '../../support/history-database.ts'
import { startNatsServer, type NatsServer } from '../../support/nats-server.ts'

const entry = fileURLToPath(new URL('../../../services/gateway/main.ts', import.meta.url))
const postgres = postgresForTests()
let nats: NatsServer
beforeAll(async () => {
  nats = await startNatsServer()
  const connection = await connectNats({ servers: nats.url, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions: 4 })
  await connection.close()
})
afterAll(() => nats.stop())

/** As a deployment starts it. */
function startGateway(environment: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'] ?? '', NATS_URL: nats.url, TROUPE_GATEWAY_PORT: '0', ...environment }
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'pipe'], env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: string[] = []
  child.stderr.on('data', (chunk) => said.push(String(chunk)))
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null, said: said.join('') }))
  const first = once(createInterface({ input: child.stdout }), 'line').then(
    ([line]) => JSON.parse(String(line)) as { readonly gateway: string },
  )
  const url = Promise.race([first.then(({ gateway }) => gateway), exited.then((end) => Promise.reject(new Error(JSON.stringify(end))))])
  url.catch(() => {}) // of one that is to end, nobody asks
  return { url, exited, stop: () => (child.kill('SIGTERM'), exited) }
}

test('a gateway open to a network does not start before there is a key, and then asks everybody for one', { timeout: 60_000 }, async () => {
  const DATABASE_URL = postgres.newUrl()
  const open = { DATABASE_URL, TROUPE_GATEWAY_HOST: '0.0.0.0' }
  expect(await startGateway(open).exited).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^TR_GATEWAY_EXPOSED: .*troupe keys create/m),
  })
  const made = await troupe(['keys', 'create', 'ops', '--role', 'viewer', '--tenant', '*'], { DATABASE_URL })
  const key = made.out.trim()
  const gateway = startGateway(open)
  const url = (await gateway.url).replace('0.0.0.0', '127.0.0.1')
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/v1${path}`, { headers }).then(({ status }) => status)
  expect(await ask('/health')).toBe(200)
  expect(await ask('/fleet')).toBe(401)
  expect(await ask('/fleet', { 'x-api-key': key })).toBe(200)
  expect(await ask('/keys', { authorization: `Bearer ${key}` })).toBe(403)
  expect((await gateway.stop()).code).toBe(0)
  expect(await troupe(['audit', 'verify'], { DATABASE_URL })).toMatchObject({ code: 0 })
  expect(JSON.parse((await troupe(['keys', '--tenant', '*', '--json'], { DATABASE_URL })).out)).toMatchObject([
    { name: 'ops', lastUsedAt: expect.any(String) }, // written when the gateway ended, at the latest
  ])
})

test(
  'a gateway on loopback says in its log that it is open to whoever is there, and where the audit log ends',
  { timeout: 30_000 },
  async () => {
    const gateway = startGateway({ DATABASE_URL: postgres.newUrl(), TROUPE_LOG_LEVEL: 'info' })
    const config = await fetch(`${await gateway.url}/v1/config`)
    expect(await config.json()).toMatchObject({ caller: { id: 'local', tenant: '*', via: 'local', roles: ['admin'] } })
    const { code, said } = await gateway.stop()
    expect(code).toBe(0)
    expect(said).toMatch(/"level":40.*"access":"local".*open to whoever is on this machine/)
    expect(said).toMatch(/"auditHead":"0:0{64}"/)
  },
)
