// Jobs
// Seeds shared out among threads. A seed gives the same history in any of them, whatever ran there before (simulate.ts, S1).
//
// J1. A thread gets its next few seeds when it has told of those before; outcomes come as they are ready, not in the order of their seeds.
// J2. However the loop over the outcomes ends, every thread ends with it.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { simulateSeed, type Outcome } from '../../runtime/testing/run.ts'
import { kernel } from './kernel.ts'

export interface Job {
  readonly seeds: number
  readonly from: number
  /** Threads; with one, everything runs in this one. */
  readonly jobs: number
  /** Whether outcomes bring their history: it is large. */
  readonly histories: boolean
}

/** What a thread is asked for: the seeds with `from <= seed < to`. */
export interface Share {
  readonly from: number
  readonly to: number
  readonly histories: boolean
}

/** Seeds a thread gets at once. */
const shareSeeds = 8
/** Most of what a run makes is garbage soon after: with room for it, little of it is ever moved. */
const youngMegabytes = 64

export async function* runSeeds({ seeds, from, jobs, histories }: Job): AsyncIterable<Outcome> {
  const end = from + seeds
  if (jobs <= 1 || seeds <= shareSeeds) {
    for (let seed = from; seed < end; seed++) yield simulateSeed(seed, kernel)
    return
  }
  const threads = Array.from({ length: jobs }, startThread)
  const asked = new Map<Worker, Promise<{ readonly thread: Worker; readonly outcomes: readonly Outcome[] }>>()
  let next = from
  const ask = (thread: Worker): void => {
    if (next >= end) return
    const share: Share = { from: next, to: Math.min(next + shareSeeds, end), histories }
    next = share.to
    thread.postMessage(share, [])
    asked.set(
      thread,
      once(thread, 'message').then(([outcomes]) => ({ thread, outcomes })),
    )
  }
  try {
    for (const thread of threads) ask(thread)
    while (asked.size > 0) {
      const { thread, outcomes } = await Promise.race(asked.values())
      asked.delete(thread)
      ask(thread) // J1
      yield* outcomes
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate())) // J2
  }
}

const startThread = (): Worker =>
  new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } })
