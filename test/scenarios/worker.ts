// A worker process for scenarios: hosts the kernel tests' small actors on a real server, until it is killed.
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { account, counter } from '../runtime/kernel/actors.ts'

const [url = '', namespace = ''] = process.argv.slice(2)
const connection = await connectNats({ servers: url, name: 'scenario worker' })
const worker = await startWorker({ ports: await natsPorts(connection, namespace), definitions: [counter, account] })
process.stdout.write(`${worker.id}\n`)
