// Job
// Does the planned tasks on a fleet: publishes them, a window at a time, follows them to their end, and in the middle strikes one worker down.
//
// J1. A task has ended when its actor says so in answer to a query. What is watched only says when to ask; every `pollMs` all are asked anyway.
// J2. At most `inFlightMax` tasks are under way: the coordinator has learned from the first when it chooses for the last.
// J3. The strike falls once, when its share of the tasks has ended and some agent is at work, never when nothing is under way.
// J4. It ends: when all tasks have ended, when it is told to stop, or when no task has ended for `quietMsMax`.
import { setTimeout as delay } from 'node:timers/promises'
import { AskRefused, ClientError, type Sighting } from '../../../client/index.ts'
import { parseActorId, partitionOf } from '../../../machines/address.ts'
import type { TaskOutput } from '../../../machines/task-record.ts'
import { isRunning, type Row } from './board.ts'
import type { JobEvent, JobTask, TaskResult, WorkerSeen } from './events.ts'
import type { Link } from './link.ts'

export interface JobParts {
  readonly link: Link
  readonly tasks: readonly JobTask[]
  readonly root: string
  readonly collection: string
  readonly tell: (event: JobEvent) => void
  /** The rows as they are shown now. */
  readonly rows: () => readonly Row[]
  readonly workers: () => readonly WorkerSeen[]
  readonly strike: Strike | undefined
  readonly stop: AbortSignal
}

/** When a worker is killed, and how. */
export interface Strike {
  /** The share of the tasks that must have ended. */
  readonly share: number
  /** Kills the process of that worker, starts another, and says what it killed; undefined when that worker is not its own to kill. */
  readonly kill: (worker: string) => number | undefined
}

export interface Killed {
  readonly worker: string
  readonly pid: number
  /** Tasks that had ended. */
  readonly ended: number
  /** Until other workers owned all partitions; undefined when that was not seen. */
  readonly recoveredMs: number | undefined
}

export interface JobOutcome {
  /** In the order in which they ended. */
  readonly results: readonly TaskResult[]
  readonly killed: Killed | undefined
  readonly startedAt: number
  readonly endedAt: number
  /** When the first task had completed. */
  readonly firstAnswerAt: number | undefined
  readonly stopped: boolean
}

const inFlightMax = 8
const pollMs = 1_000
const quietMsMax = 600_000
const sightingsMax = 20_000
const recoveryMsMax = 15_000
const recoveryPollMs = 50

export async function performJob(parts: JobParts): Promise<JobOutcome> {
  const job = new Job(parts)
  const watch = parts.link.client.watch({ type: '*', key: '*' }, { bufferMax: sightingsMax })
  const watching = job.see(watch)
  try {
    return await job.perform()
  } finally {
    watch.stop()
    await watching
  }
}

class Job {
  readonly #parts: JobParts
  readonly #waiting: JobTask[]
  readonly #open = new Map<string, JobTask>()
  readonly #asking = new Set<string>()
  readonly #results: TaskResult[] = []
  readonly #startedAt = Date.now()
  #lastEndAt = Date.now()
  #firstAnswerAt: number | undefined
  #killed: Killed | undefined
  #recovery: Promise<void> | undefined
  #failure: unknown
  #wake = Promise.withResolvers<void>()

  constructor(parts: JobParts) {
    this.#parts = parts
    this.#waiting = [...parts.tasks]
  }

  async perform(): Promise<JobOutcome> {
    const { stop, tasks } = this.#parts
    stop.addEventListener('abort', () => this.#wake.resolve(), { once: true })
    let polledAt = Date.now()
    while (
      this.#results.length < tasks.length &&
      this.#failure === undefined &&
      !stop.aborted &&
      Date.now() - this.#lastEndAt < quietMsMax
    ) {
      while (this.#open.size < inFlightMax && this.#waiting.length > 0) this.#submitNext() // J2
      this.#strikeIfDue()
      await Promise.race([this.#wake.promise, delay(pollMs, undefined, { ref: true })])
      this.#wake = Promise.withResolvers()
      if (Date.now() - polledAt < pollMs) continue
      polledAt = Date.now()
      for (const task of this.#open.values()) void this.#ask(task) // J1
    }
    if (this.#failure !== undefined) throw this.#failure
    const endedAt = Date.now()
    await this.#recovery
    return {
      results: [...this.#results, ...[...this.#open.values(), ...this.#waiting].map(unanswered)],
      killed: this.#killed,
      startedAt: this.#startedAt,
      endedAt,
      firstAnswerAt: this.#firstAnswerAt,
      stopped: stop.aborted,
    }
  }

  async see(sightings: AsyncIterable<Sighting>): Promise<void> {
    for await (const sighting of sightings) {
      this.#parts.tell({ kind: 'seen', sighting, at: Date.now() })
      if (sighting.kind !== 'transition') continue
      const address = parseActorId(sighting.actor)
      const task = address?.type === 'task' ? this.#open.get(address.key) : undefined
      if (!task) continue
      if (sighting.status !== 'active') void this.#ask(task)
      else this.#wake.resolve() // its state has changed: perhaps it is time to strike
    }
  }

  #submitNext(): void {
    const task = this.#waiting.shift()
    if (!task) return
    this.#open.set(task.id, task)
    const { link, root, collection, tell } = this.#parts
    const { id, taskType, prompt, file } = task
    const event = { type: 'task.submit', taskType, prompt, root, collection, ...(file !== undefined && { file }) }
    tell({ kind: 'submitted', taskId: id, at: Date.now() })
    link.client
      .send({ tenant: link.tenant, type: 'task', key: id }, event, { correlation: id })
      .catch((error: unknown) => this.#fail(error))
  }

  /** Whether the task has ended; when nobody can say now, it is asked again. */
  async #ask(task: JobTask): Promise<void> {
    if (this.#asking.has(task.id)) return
    this.#asking.add(task.id)
    const { link } = this.#parts
    try {
      const state = await link.client.query({ tenant: link.tenant, type: 'task', key: task.id })
      if (state.status !== 'active') this.#end(task, state)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      if (!error.retryable && !(error instanceof AskRefused)) this.#fail(error) // AskRefused: not born yet
    } finally {
      this.#asking.delete(task.id)
    }
  }

  #end(task: JobTask, state: { readonly status: string; readonly output?: unknown; readonly error?: unknown }): void {
    if (!this.#open.delete(task.id)) return
    const at = Date.now()
    const output = state.status === 'done' ? (state.output as TaskOutput) : undefined // what a task machine that is done ended with
    const result: TaskResult = {
      task,
      end: output?.end ?? 'failed',
      output,
      reason: output ? output.reason : `its actor is ${state.status}: ${JSON.stringify(state.error ?? 'no reason')}`,
      durationMs: output?.durationMs ?? at - this.#startedAt,
    }
    this.#results.push(result)
    this.#lastEndAt = at
    if (result.end === 'completed') this.#firstAnswerAt ??= at
    this.#parts.tell({ kind: 'ended', result, at })
    this.#wake.resolve()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#wake.resolve()
  }

  #strikeIfDue(): void {
    const { strike, tasks } = this.#parts
    if (!strike || this.#killed || this.#results.length < strike.share * tasks.length) return
    const worker = this.#victim()
    const pid = worker === undefined ? undefined : strike.kill(worker)
    if (worker === undefined || pid === undefined) return
    const at = Date.now()
    this.#killed = { worker, pid, ended: this.#results.length, recoveredMs: undefined }
    this.#parts.tell({ kind: 'killed', worker, pid, ended: this.#results.length, at })
    this.#recovery = this.#awaitRecovery(this.#killed, at)
  }

  /** J3. The worker that has most of the tasks at work: its loss hurts. */
  #victim(): string | undefined {
    const { link, rows, workers } = this.#parts
    const running = rows().filter((row) => isRunning(row) && this.#open.has(row.task.id))
    const partitions = running.map(({ task }) => partitionOf({ tenant: link.tenant, type: 'task', key: task.id }, link.ports.partitions))
    const load = workers().map(({ id, owned }) => ({ id, tasks: partitions.filter((partition) => owned.includes(partition)).length }))
    return load.filter(({ tasks }) => tasks > 0).toSorted((left, right) => right.tasks - left.tasks)[0]?.id
  }

  async #awaitRecovery(killed: Killed, at: number): Promise<void> {
    const { link, workers, tell, stop } = this.#parts
    while (Date.now() - at < recoveryMsMax && !stop.aborted) {
      const others = workers().filter(({ id }) => id !== killed.worker)
      const owned = new Set(others.flatMap(({ owned: partitions }) => partitions))
      if (owned.size === link.ports.partitions && others.length === workers().length) {
        const now = Date.now()
        this.#killed = { ...killed, recoveredMs: now - at }
        const owners = others.filter((worker) => worker.owned.length > 0).map(({ id }) => id)
        return tell({ kind: 'recovered', worker: killed.worker, owners, afterMs: now - at, at: now })
      }
      await delay(recoveryPollMs)
    }
  }
}

const unanswered = (task: JobTask): TaskResult => ({
  task,
  end: 'unanswered',
  output: undefined,
  reason: 'the job ended before the task did',
  durationMs: 0,
})
