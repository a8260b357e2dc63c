// A worker process for scenarios: hosts the kernel tests' small actors on a real server, until it is killed.
// Standard output: its id, then a JSON line for each change of its life.
import { quietLogger } from '../../runtime/telemetry.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { account, counter } from '../runtime/kernel/actors.ts'

const [url = '', namespace = ''] = process.argv.slice(2)
const say = (fields: object, message: string): void =>
  void process.stdout.write(`${JSON.stringify({ ...fields, message, at: Date.now() })}\n`)
const connection = await connectNats({ servers: url, name: 'scenario worker' })
const worker = await startWorker({
  ports: await natsPorts(connection, namespace),
  definitions: [counter, account],
  log: { ...quietLogger, info: say, warn: say },
})
process.stdout.write(`${worker.id}\n`)
