// Worker process
// A measured worker seen from the process that measures: started, asked for its figures, profiled, drained.
//
// W1. One question at a time: the answers come in the order of the questions, one line each.
// W2. A question to a worker that has ended, or that does not answer within `answerLimitMs`, is rejected.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Profiler } from 'node:inspector'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { WorkerOptions } from '../runtime/options.ts'
import { workerNodeFlags } from '../services/worker/node-flags.ts'

/** What a worker is told when it starts. */
export interface WorkerOrder {
  readonly urls: readonly string[]
  readonly namespace: string
  /** It is ready when it owns this share of the partitions. */
  readonly share: number
  readonly options: Partial<WorkerOptions>
  /** The file to which it appends the key of each long effect it runs. */
  readonly executions: string
  /** Of Node, beside those of every worker. */
  readonly flags?: readonly string[]
}

export interface WorkerFigures {
  readonly rssMb: number
  readonly heapMb: number
  readonly actors: number
  readonly turns: number
  /** Processor time of the whole process since its start. */
  readonly cpuUs: number
  readonly owned: readonly number[]
}

export type Question = 'figures' | 'settled' | 'profile' | 'profiled'

export interface BenchWorker {
  readonly executions: string
  readonly isAlive: boolean
  figures(): Promise<WorkerFigures>
  /** After a garbage collection. */
  settled(): Promise<WorkerFigures>
  profile(): Promise<void>
  /** What was sampled since `profile`. */
  profiled(): Promise<Profiler.Profile>
  /** SIGTERM; resolves when it has drained and ended. Idempotent. */
  stop(): Promise<void>
}

const entry = fileURLToPath(new URL('worker.ts', import.meta.url))
const answerLimitMs = 60_000
const drainLimitMs = 30_000

export async function startWorker(order: WorkerOrder): Promise<BenchWorker> {
  const child = spawn(process.execPath, ['--expose-gc', ...workerNodeFlags, ...(order.flags ?? []), entry, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  const answer = async (): Promise<string> => {
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(new Error(`worker ${child.pid} did not answer within ${answerLimitMs} ms`)), answerLimitMs)
    try {
      const line = await Promise.race([lines.next(), limit.promise])
      if (line.done === true) throw new Error(`worker ${child.pid} ended with ${String((await exited)[0])} instead of answering`) // W2
      return line.value
    } finally {
      clearTimeout(timer)
    }
  }
  let last: Promise<unknown> = answer() // its first line: it is ready
  const ask = (question: Question): Promise<string> => {
    const asked = last.then(() => {
      child.stdin.write(`${question}\n`)
      return answer()
    })
    last = asked.catch(() => {}) // W1
    return asked
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), drainLimitMs)
    await exited
    clearTimeout(limit)
  }
  try {
    await last
  } catch (error) {
    await stop()
    throw error
  }
  return {
    executions: order.executions,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null
    },
    figures: async () => JSON.parse(await ask('figures')) as WorkerFigures,
    settled: async () => JSON.parse(await ask('settled')) as WorkerFigures,
    profile: async () => void (await ask('profile')),
    profiled: async () => JSON.parse(await ask('profiled')) as Profiler.Profile,
    stop,
  }
}
