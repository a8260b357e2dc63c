// BullMQ's side of the work. The counters are in the same Redis; a chain keeps its step in its job, as BullMQ's page on step jobs shows.
import { Redis } from 'ioredis'
import { Worker } from 'bullmq'

const concurrency = 64
const steps = 5
const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null }
const redis = new Redis(connection)

const counter = new Worker<{ key: string }, number>('counter', ({ data }) => redis.incr(`total:${data.key}`), { connection, concurrency })

const chain = new Worker<{ step: number; sum: number }, number>(
  'chain',
  async (job) => {
    while (job.data.step < steps - 1) await job.updateData({ step: job.data.step + 1, sum: await work(job.data.sum) })
    return work(job.data.sum) // the last result is kept by the job's completion
  },
  { connection, concurrency },
)

const work = (sum: number): Promise<number> => Promise.resolve(sum + 1)

await Promise.all([counter.waitUntilReady(), chain.waitUntilReady()])
process.on('SIGTERM', () => void Promise.all([counter.close(), chain.close()]).then(() => process.exit(0)))
process.stdout.write('ready\n')
