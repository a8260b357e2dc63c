// Audit log
// What became of a job, counted from the log alone: the rows of the history are not asked, so they can be checked against it.
//
// L1. A task is lost when it was submitted and nothing says how it ended; it must end exactly once.
// L2. An effect is applied twice when two turns apply the result of one idempotency key.
import type { Log } from '../../runtime/ports.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { decodeRecord } from './decode-record.ts'
import { factsOf, type KnownFact } from './facts.ts'

export interface JobCounts {
  readonly tasks: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  /** Submitted, and not ended (L1). */
  readonly lost: number
  /** Ends beyond the first of a task. */
  readonly endedTwice: number
  /** Results beyond the first of an idempotency key (L2). */
  readonly effectsTwice: number
  readonly turns: number
  /** Messages that actors took: everything that came in, whether or not it became a turn, results of effects apart. */
  readonly messages: number
  /** Claims of partitions that had taken turns since they were last claimed and were not released: their owner had died, or was overruled. */
  readonly recoveries: number
  /** Executions by the agent they were given to, and tasks by their type. */
  readonly agentKinds: Readonly<Record<string, number>>
  readonly taskTypes: Readonly<Record<string, number>>
}

export interface LogLine {
  readonly partition: number
  readonly record: LogRecord
}

/**
 * Counts a log, whole or from some record of each partition on; the records of a partition must come in order.
 * `isOfJob` leaves tasks of other jobs out. Keeps every task and effect key in memory: for a job, not for a year.
 */
export async function verifyJob(
  records: AsyncIterable<LogLine> | Iterable<LogLine>,
  isOfJob: (taskId: string) => boolean = () => true,
): Promise<JobCounts> {
  const tally = new Tally(isOfJob)
  for await (const { partition, record } of records) {
    tally.moved(partition, record.kind)
    if (record.kind !== 'turns') continue
    for (const entry of record.entries) {
      tally.entry(entry)
      for (const { fact } of factsOf(entry.emits)) tally.fact(entry.actor, fact)
    }
  }
  return tally.counts()
}

/** All that the log of a namespace holds now, partition by partition, after the sequences that `after` has for them. Throws `RecordMalformed`. */
export async function* logLines(log: Log, partitions: number, after: readonly number[] = []): AsyncGenerator<LogLine> {
  for (let partition = 0; partition < partitions; partition++) {
    const last = await log.last(partition)
    if (last === undefined) continue
    for await (const stamped of log.read(partition, (after[partition] ?? 0) + 1, last.seq))
      yield { partition, record: decodeRecord(partition, stamped) }
  }
}

type End = 'completed' | 'failed' | 'cancelled'

class Tally {
  readonly #isOfJob: (taskId: string) => boolean
  /** Partitions with turns since their last claim or release. */
  readonly #inUse = new Set<number>()
  /** By actor, the number of its last turn: an entry that does not raise it is no turn. */
  readonly #last = new Map<string, number>()
  readonly #results = new Map<string, number>()
  readonly #submitted = new Set<string>()
  /** By task, how it ended, each time. */
  readonly #ends = new Map<string, End[]>()
  readonly #agents = new Map<string, number>()
  readonly #types = new Map<string, number>()
  #messages = 0
  #turns = 0
  #recoveries = 0

  constructor(isOfJob: (taskId: string) => boolean) {
    this.#isOfJob = isOfJob
  }

  moved(partition: number, kind: LogRecord['kind']): void {
    if (kind === 'turns') return void this.#inUse.add(partition)
    if (this.#inUse.delete(partition) && kind === 'claim') this.#recoveries++
  }

  entry({ actor, turn, result }: Entry): void {
    if (turn > (this.#last.get(actor) ?? turn - 1) && turn > 0) this.#turns++
    this.#last.set(actor, Math.max(turn, this.#last.get(actor) ?? 0))
    if (result === undefined) this.#messages++
    else raise(this.#results, result)
  }

  fact(actor: string, fact: KnownFact): void {
    if ('taskId' in fact && !this.#isOfJob(fact.taskId)) return
    const task = 'taskId' in fact ? JSON.stringify([actor, fact.taskId]) : ''
    switch (fact.type) {
      case 'task.submitted':
        if (!this.#submitted.has(task)) raise(this.#types, fact.taskType)
        this.#submitted.add(task)
        break
      case 'task.assigned':
        raise(this.#agents, fact.agent)
        break
      case 'task.completed':
      case 'task.failed':
      case 'task.cancelled':
        this.#ends.set(task, [...(this.#ends.get(task) ?? []), endOf[fact.type]])
        break
      default:
        break // says nothing about how a task began or ended
    }
  }

  counts(): JobCounts {
    const ends = [...this.#ends.values()]
    const ended = (end: End): number => ends.filter(([first]) => first === end).length
    return {
      tasks: this.#submitted.size,
      completed: ended('completed'),
      failed: ended('failed'),
      cancelled: ended('cancelled'),
      lost: [...this.#submitted].filter((task) => !this.#ends.has(task)).length,
      endedTwice: beyondFirst(ends.map(({ length }) => length)),
      effectsTwice: beyondFirst(this.#results.values()),
      turns: this.#turns,
      messages: this.#messages,
      recoveries: this.#recoveries,
      agentKinds: Object.fromEntries(this.#agents),
      taskTypes: Object.fromEntries(this.#types),
    }
  }
}

const endOf = { 'task.completed': 'completed', 'task.failed': 'failed', 'task.cancelled': 'cancelled' } as const

const raise = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0)

const beyondFirst = (counts: Iterable<number>): number => sum([...counts].map((count) => count - 1))
