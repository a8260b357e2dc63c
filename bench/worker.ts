// The worker that is measured: a process of its own, as in production. Prints a line when it owns its share, and one for every question it is given.
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { connectNats, natsPorts } from '../runtime/nats/index.ts'
import { startWorker } from '../runtime/worker.ts'
import { chain, conversation, counter, walkOf } from './actors.ts'
import { decider } from './decisions.ts'
import { openProfiler } from './cpu-profile.ts'
import { alarm } from './timers.ts'
import type { Question, WorkerFigures, WorkerOrder } from './worker-process.ts'

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder // written by worker-process.ts
const connection = await connectNats({ servers: [...order.urls], name: 'bench worker' })
const ports = await natsPorts(connection, order.namespace)
const walk = walkOf((key) => appendFileSync(order.executions, `${key}\n`))
const worker = await startWorker({
  ports,
  definitions: [counter, chain, conversation, alarm, walk, decider],
  options: { effectsMax: { default: 512 }, ...order.options },
})
while (worker.owned.length < ports.partitions * order.share) await new Promise((resolve) => setTimeout(resolve, 2))
const say = (answer: object): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`)
const figures = (): WorkerFigures => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const { actors, turns, owned } = worker
  return { rssMb: Math.round(rss / 1e6), heapMb: Math.round(heapUsed / 1e5) / 10, actors, turns, cpuUs: user + system, owned }
}
const profiler = openProfiler()
say(figures())
const answers: Readonly<Record<Question, () => object | Promise<object>>> = {
  figures,
  settled: () => {
    globalThis.gc?.()
    return figures()
  },
  profile: async () => {
    await profiler.start()
    return {}
  },
  profiled: () => profiler.stop(),
}
const questions = createInterface({ input: process.stdin })
questions.on('line', (question) => void Promise.resolve(answers[question as Question]()).then(say))
questions.on('close', () => process.exit(1)) // whoever measures has gone
process.on(
  'SIGTERM',
  () =>
    void worker
      .drain()
      .then(() => connection.close())
      .then(() => process.exit(0)),
)
