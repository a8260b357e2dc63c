// BullMQ: Redis, a worker process, a queue for each kind of job. An asker learns of its job's end from the queue's event stream.
import { Redis } from 'ioredis'
import { Queue, QueueEvents } from 'bullmq'
import { installed, startPeerWorker, startRedis } from '../servers.ts'
import type { Start } from '../system.ts'

export const start: Start = async (setting, folder) => {
  const redis = await startRedis(folder, setting.replace('appendfsync ', ''))
  try {
    const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null }
    const reader = new Redis(connection)
    const version = /redis_version:(\S+)/.exec(await reader.info('server'))?.[1]
    const says = (await reader.config('GET', 'append*')) as string[]
    const worker = await startPeerWorker('bullmq', String(redis.port))
    const [counters, chains] = [await askable('counter', connection), await askable('chain', connection)]
    return {
      versions: `${installed('bullmq')}, ${installed('ioredis')}, Redis ${version} (says appendonly=${says[says.indexOf('appendonly') + 1]}, appendfsync=${says[says.indexOf('appendfsync') + 1]})`,
      add: (key) => counters.ask({ key }),
      chain: () => chains.ask({ step: 0, sum: 0 }),
      totals: async (keys) => (await reader.mget(keys.map((key) => `total:${key}`))).map(Number),
      stop: async () => {
        await Promise.all([counters.close(), chains.close(), worker.stop()])
        await reader.quit()
        await redis.stop()
      },
    }
  } catch (error) {
    await redis.stop()
    throw error
  }
}

/** One listener for all jobs, whose ids are chosen here before they are added: `waitUntilFinished` would ask Redis once more for each job. */
async function askable(name: string, connection: { readonly host: string; readonly port: number }) {
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } })
  const events = new QueueEvents(name, { connection })
  const waiting = new Map<string, PromiseWithResolvers<number>>()
  const settle = (jobId: string, how: (one: PromiseWithResolvers<number>) => void) => {
    const one = waiting.get(jobId)
    if (one !== undefined) how(one)
    waiting.delete(jobId)
  }
  events.on('completed', ({ jobId, returnvalue }) => settle(jobId, ({ resolve }) => resolve(Number(returnvalue))))
  events.on('failed', ({ jobId, failedReason }) => settle(jobId, ({ reject }) => reject(new Error(`job ${jobId}: ${failedReason}`))))
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])
  let jobs = 0
  return {
    async ask(work: object): Promise<number> {
      const jobId = `job-${++jobs}`
      const answer = Promise.withResolvers<number>()
      waiting.set(jobId, answer)
      const [total] = await Promise.all([answer.promise, queue.add(name, work, { jobId })])
      return total
    },
    close: () => Promise.all([queue.close(), events.close()]),
  }
}
