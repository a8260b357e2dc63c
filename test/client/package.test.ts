import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner } from './stand-in.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
let server: NatsServer
let connection: NatsConnection
let folder: string

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'troupe-package-'))
  server = await startNatsServer()
  connection = await connect({ servers: server.url })
  await createMailbox(server.url, { namespace: 'troupe' })
  void new StandInOwner(connection, 'troupe')
  await installBuilt()
})
afterAll(async () => {
  await connection.close()
  await server.stop()
  await fs.rm(folder, { recursive: true, force: true })
})

/** The package as another team has it: built, in node_modules, with nothing but its own dependencies beside it. */
async function installBuilt(): Promise<void> {
  const modules = path.join(folder, 'node_modules')
  const installed = path.join(modules, '@troupe/client')
  await run(path.join(root, 'node_modules/.bin/tsc'), [
    '-p',
    path.join(root, 'client/tsconfig.json'),
    '--outDir',
    path.join(installed, 'dist'),
  ])
  await fs.copyFile(path.join(root, 'client/package.json'), path.join(installed, 'package.json'))
  await fs.writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of ['nats', '@nats-io', '@opentelemetry', '@types', 'undici-types'])
    await fs.symlink(path.join(root, 'node_modules', name), path.join(modules, name))
}

test('the built package runs on the Node of the machine, which is older than the project wants', { timeout: 20_000 }, async () => {
  await fs.writeFile(
    path.join(folder, 'use.mjs'),
    `import { connectTroupe, AskTimeout } from '@troupe/client'
     const client = await connectTroupe({ servers: '${server.url}', namespace: 'troupe', tenant: 'acme' })
     const answer = await client.ask({ type: 'ledger', key: 'main' }, { type: 'add', n: 7 })
     await client.close()
     console.log(JSON.stringify({ answer, code: new AskTimeout('x').code, major: Number(process.versions.node.split('.')[0]) }))`,
  )
  const { stdout } = await run(await machinesNode(), [path.join(folder, 'use.mjs')])
  const result: { answer: number; code: string; major: number } = JSON.parse(stdout)
  expect(result).toMatchObject({ answer: 7, code: 'TR_ASK_TIMEOUT' })
  expect(result.major).toBeGreaterThanOrEqual(20)
})

test('the types of the built package stand on their own, under the strictest settings', { timeout: 20_000 }, async () => {
  await fs.writeFile(
    path.join(folder, 'use.ts'),
    `import { connectTroupe, type Sighting } from '@troupe/client'
     const client = await connectTroupe({ namespace: 'troupe' })
     const id: string = (await client.send('acme/ledger/main', { type: 'add' })).id
     const watch: AsyncIterable<Sighting> = client.watch({ tenant: 'acme', type: 'ledger', key: '*' })
     export { id, watch }`,
  )
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck', 'false']
  await run(path.join(root, 'node_modules/.bin/tsc'), [...strict, path.join(folder, 'use.ts')], { cwd: folder })
})

/** The node outside this project: the first on PATH that no node_modules holds; else the one that runs this. */
async function machinesNode(): Promise<string> {
  for (const entry of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(entry, 'node')
    const exists = await fs.access(candidate, fs.constants.X_OK).then(
      () => true,
      () => false,
    )
    if (exists && !entry.includes('node_modules')) return candidate
  }
  return process.execPath
}
