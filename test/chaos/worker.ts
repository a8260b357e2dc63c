// A worker process of a chaos run. Says in JSON lines that it is ready, and what it warns of; writes each execution of an effect to its own file before the effect begins.
import { appendFileSync } from 'node:fs'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import type { Logger } from '../../runtime/telemetry.ts'
import { startWorker } from '../../runtime/worker.ts'
import { definitionsFor } from './actors.ts'
import type { WorkerOrder } from './fleet.ts'

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder // written by fleet.ts
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const tell =
  (level: string) =>
  (fields: object, message: string): void => {
    const error = 'error' in fields ? String(fields.error) : undefined
    say({ level, message, ...fields, ...(error !== undefined && { error }) })
  }
const log: Logger = {
  debug() {},
  info() {},
  warn: tell('warn'),
  error: tell('error'),
  isLevelEnabled: (level) => level === 'warn' || level === 'error',
}

const ran = (key: string): void =>
  appendFileSync(order.executions, `${JSON.stringify({ kind: 'execution', key, worker: order.id, at: Date.now() })}\n`)
const connection = await connectNats({ servers: [...order.servers], name: order.id, ...(order.alone && { ignoreClusterUpdates: true }) })
const worker = await startWorker({
  ports: await natsPorts(connection, order.namespace),
  definitions: definitionsFor({ version: order.version, ran }),
  options: order.options,
  id: order.id,
  version: order.version,
  log,
})
process.on('SIGTERM', () => {
  void worker
    .drain()
    .then(() => connection.close())
    .then(() => process.exit(0))
})
say({ ready: worker.id })
