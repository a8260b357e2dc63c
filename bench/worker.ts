// The worker that is measured: a process of its own, as in production. Prints a line when it owns its share, and one with its memory for every line it is given.
import { createInterface } from 'node:readline'
import { connectNats, natsPorts } from '../runtime/nats/index.ts'
import { startWorker } from '../runtime/worker.ts'
import { chain, conversation, counter } from './actors.ts'

const [url = '', namespace = '', share = '1'] = process.argv.slice(2)
const connection = await connectNats({ servers: url, name: 'bench worker' })
const ports = await natsPorts(connection, namespace)
const worker = await startWorker({ ports, definitions: [counter, chain, conversation], options: { effectsMax: { default: 512 } } })
while (worker.owned.length < ports.partitions * Number(share)) await new Promise((resolve) => setTimeout(resolve, 2))
const say = (): boolean =>
  process.stdout.write(
    `${JSON.stringify({ rssMb: Math.round(process.memoryUsage.rss() / 1e6), actors: worker.actors, turns: worker.turns })}\n`,
  )
say()
createInterface({ input: process.stdin }).on('line', () => {
  globalThis.gc?.()
  say()
})
process.on(
  'SIGTERM',
  () =>
    void worker
      .drain()
      .then(() => connection.close())
      .then(() => process.exit(0)),
)
