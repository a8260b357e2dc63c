// Thread
// One of the threads that share the seeds: runs what it is asked for, and tells how it went.
import { parentPort } from 'node:worker_threads'
import { simulateSeed, type Outcome } from '../../runtime/testing/run.ts'
import type { Share } from './jobs.ts'
import { kernel } from './kernel.ts'

async function run({ from, to, histories }: Share): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (let seed = from; seed < to; seed++) {
    const outcome = await simulateSeed(seed, kernel)
    outcomes.push(histories ? outcome : { ...outcome, history: [] })
  }
  return outcomes
}

parentPort?.on('message', (share: Share) => {
  run(share).then(
    (outcomes) => parentPort?.postMessage(outcomes, []),
    (error: unknown) => {
      throw error // ends the thread, and whoever waits for it hears why
    },
  )
})
