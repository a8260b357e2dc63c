import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { findNats } from '../../scripts/find-nats.mjs'
import { startNats, type NatsOptions } from '../../services/stack/nats.ts'
import { executable, isRunning, silent, temporaryFolder, untilGone } from './support.ts'

async function natsOn(dataDir: string, options: Partial<NatsOptions> = {}) {
  const server = await startNats({ dataDir, profile: 'fast', log: silent, ...options })
  onTestFinished(() => server.close())
  return server
}

function withEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
}

/** Something that listens and greets with this. */
async function greeter(greeting: string): Promise<string> {
  const server = createServer((socket) => socket.end(greeting)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `nats://user:secret@127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test('the profiles differ in when a write reaches the disk and in nothing else', async () => {
  const jetstream = async (profile: 'fast' | 'strict') => {
    const { monitorUrl } = await natsOn(temporaryFolder(), { profile })
    const { config, limits } = (await (await fetch(`${monitorUrl}/jsz`)).json()) as { config: Record<string, unknown>; limits: unknown }
    return { ...config, limits, store_dir: undefined }
  }
  const [fast, strict] = await Promise.all([jetstream('fast'), jetstream('strict')])
  expect(fast).toMatchObject({ sync_interval: 1_000_000_000, limits: { default_max_consumers: 5000 } })
  expect(strict).toEqual({ ...fast, sync_interval: expect.any(Number), sync_always: true })
})

test('a server that another start left running on the same files is ended first', async () => {
  const folder = temporaryFolder()
  const [store, pidFile] = [path.join(folder, 'nats'), path.join(folder, 'nats.pid')]
  const left = spawn(await findNats(), ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', store, '-P', pidFile], { stdio: 'ignore' })
  onTestFinished(() => void left.kill('SIGKILL'))
  await vi.waitUntil(() => fs.existsSync(pidFile) && fs.readFileSync(pidFile, 'utf8') !== '')
  await natsOn(folder)
  await untilGone(left.pid ?? 0)
})

test('what was stored before nats.conf named an account is still there', async () => {
  const folder = temporaryFolder()
  const ports = path.join(folder, 'ports')
  fs.mkdirSync(ports)
  const former = spawn(
    await findNats(),
    ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', path.join(folder, 'nats'), '--ports_file_dir', ports],
    { stdio: 'ignore' },
  )
  onTestFinished(() => void former.kill('SIGKILL'))
  await vi.waitUntil(() => fs.readdirSync(ports).some((name) => fs.readFileSync(path.join(ports, name), 'utf8').endsWith('}')))
  const [name = ''] = fs.readdirSync(ports)
  const { nats } = JSON.parse(fs.readFileSync(path.join(ports, name), 'utf8')) as { nats: string[] }
  const before = await connectNats({ servers: nats, name: 'test' })
  await createNamespace(before, { namespace: 'kept', partitions: 3 })
  await before.close()
  former.kill('SIGTERM')
  await once(former, 'exit')
  const connection = await connectNats({ servers: (await natsOn(folder)).url, name: 'test' })
  onTestFinished(() => connection.close())
  expect((await natsPorts(connection, 'kept')).partitions).toBe(3)
})

test('a pid that now belongs to someone else is left alone', async () => {
  const folder = temporaryFolder()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void stranger.kill('SIGKILL'))
  fs.writeFileSync(path.join(folder, 'nats.pid'), String(stranger.pid))
  await natsOn(folder)
  expect(isRunning(stranger.pid ?? 0)).toBe(true)
})

test('without any nats-server one sentence says what to do', async () => {
  withEnvironment({ PATH: '', NATS_SERVER_BIN: '', TROUPE_NATS_CACHE: temporaryFolder() })
  await expect(startNats({ dataDir: temporaryFolder(), profile: 'fast', log: silent })).rejects.toMatchObject({
    code: 'TR_STACK_SERVER_MISSING',
    message: expect.stringMatching(/^No nats-server found \(needed: 2\.12\.0 or newer, below 3\)\. Put a nats-server on PATH, .*NATS_URL/),
  })
})

test('a nats-server that is too old is named with its version', async () => {
  const old = executable(temporaryFolder(), 'nats-server', 'echo "nats-server: v2.9.10"')
  withEnvironment({ NATS_SERVER_BIN: old })
  await expect(startNats({ dataDir: temporaryFolder(), profile: 'fast', log: silent })).rejects.toMatchObject({
    code: 'TR_STACK_SERVER_MISSING',
    message: expect.stringContaining(`NATS_SERVER_BIN=${old} is version 2.9.10 (needed: 2.12.0 or newer, below 3)`),
  })
})

test('a nats-server that ends at once is reported with what it said', async () => {
  const broken = executable(
    temporaryFolder(),
    'nats-server',
    '[ "$1" = --version ] && echo "nats-server: v2.15.1" || { echo "no space left"; exit 7; }',
  )
  withEnvironment({ NATS_SERVER_BIN: broken })
  await expect(startNats({ dataDir: temporaryFolder(), profile: 'fast', log: silent })).rejects.toMatchObject({
    code: 'TR_STACK_SERVER_START_FAILED',
    message: expect.stringMatching(/nats-server ended with code 7\. Its log ends: no space left\./),
  })
})

test.each([
  [
    'that is too old',
    'INFO {"version":"2.9.10","jetstream":true}\r\n',
    'TR_STACK_SERVER_MISSING',
    /is version 2\.9\.10 \(needed: 2\.12\.0/,
  ],
  ['without JetStream', 'INFO {"version":"2.12.1"}\r\n', 'TR_STACK_SERVER_MISSING', /runs without JetStream/],
  ['that is something else', 'SSH-2.0-OpenSSH_9.2\r\n', 'TR_STACK_SERVER_UNREACHABLE', /is not a NATS server/],
  ['that hangs up', '', 'TR_STACK_SERVER_UNREACHABLE', /closed the connection/],
])('a server named by NATS_URL %s is refused without repeating the password', async (_what, greeting, code, message) => {
  const refused = await startNats({ dataDir: temporaryFolder(), profile: 'fast', url: await greeter(greeting), log: silent }).catch(
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(String(refused)).not.toContain('secret')
})
