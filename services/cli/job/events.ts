// Events
// What happens in a job, as the terminal is told it.
import type { Sighting } from '../../../client/index.ts'
import type { TaskOutput } from '../../../machines/task-record.ts'
import type { PlannedTask } from './plan.ts'

export interface JobTask extends PlannedTask {
  /** The key of its actor: the job's id and its number. */
  readonly id: string
  /** From 1. */
  readonly number: number
}

/** A worker process that is alive, and how many partitions it owns. */
export interface WorkerSeen {
  readonly id: string
  readonly pid: number
  readonly owned: readonly number[]
}

export interface TaskResult {
  readonly task: JobTask
  /** `unanswered`: the job was given up before the task ended. */
  readonly end: 'completed' | 'failed' | 'cancelled' | 'unanswered'
  /** What its actor ended with; undefined when it ended without an output. */
  readonly output: TaskOutput | undefined
  /** Why it did not complete. */
  readonly reason: string | undefined
  /** From its submission to its end, as its actor counted. */
  readonly durationMs: number
}

export type JobEvent =
  | { readonly kind: 'planned'; readonly tasks: readonly JobTask[] }
  | { readonly kind: 'submitted'; readonly taskId: string; readonly at: number }
  | { readonly kind: 'seen'; readonly sighting: Sighting; readonly at: number }
  | { readonly kind: 'ended'; readonly result: TaskResult; readonly at: number }
  | { readonly kind: 'workers'; readonly workers: readonly WorkerSeen[]; readonly at: number }
  | { readonly kind: 'killed'; readonly worker: string; readonly pid: number; readonly ended: number; readonly at: number }
  | {
      readonly kind: 'recovered'
      readonly worker: string
      readonly owners: readonly string[]
      readonly afterMs: number
      readonly at: number
    }
  /** A line for people: a step of the set-up, a process that was restarted. */
  | { readonly kind: 'note'; readonly text: string; readonly at: number }
