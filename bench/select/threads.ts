// Threads: plays jobs on all cores. Results stand in the order of the jobs, so the number of threads changes nothing but the time.
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Job, JobResult } from './jobs.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'

const threadsMax = 16

export async function runJobs(jobs: readonly Job[], policy: SelectionPolicy | undefined): Promise<readonly JobResult[]> {
  const results = new Map<number, JobResult>()
  let next = 0
  const runner = async (): Promise<void> => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { policy } })
    try {
      while (next < jobs.length) {
        const index = next++
        thread.postMessage(jobs[index], [])
        const [result] = (await once(thread, 'message')) as [JobResult] // rejects when the thread fails
        results.set(index, result)
      }
    } finally {
      await thread.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threadsMax, availableParallelism(), jobs.length) }, runner))
  return jobs.flatMap((_, index) => results.get(index) ?? [])
}
