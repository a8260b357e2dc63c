// Audit log
// What became of a job, counted from the log alone: the rows of the history are not asked, so they can be checked against it.
//
// L1. A task is lost when it was submitted and nothing says how it ended; it must end exactly once.
// L2. An effect is applied twice when two turns apply the result of one idempotency key.
import type { LogRecord } from '../../runtime/record.ts'
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
  /** Claims beyond the first of a partition. */
  readonly recoveries: number
  /** Executions by the agent they were given to, and tasks by their type. */
  readonly agentKinds: Readonly<Record<string, number>>
  readonly taskTypes: Readonly<Record<string, number>>
}

export interface LogLine {
  readonly partition: number
  readonly record: LogRecord
}

/** Counts a whole log; the records of a partition must come in order. Keeps every task and effect key in memory: for a job, not for a year. */
export async function verifyJob(records: AsyncIterable<LogLine> | Iterable<LogLine>): Promise<JobCounts> {
  const tally = new Tally()
  for await (const { partition, record } of records) {
    if (record.kind === 'claim') tally.claim(partition)
    if (record.kind !== 'turns') continue
    for (const entry of record.entries) {
      tally.entry(entry)
      for (const { fact } of factsOf(entry.emits)) tally.fact(entry.actor, fact)
    }
  }
  return tally.counts()
}

type End = 'completed' | 'failed' | 'cancelled'
type Entry = Extract<LogRecord, { kind: 'turns' }>['entries'][number]

class Tally {
  readonly #claims = new Map<number, number>()
  /** By actor, the number of its last turn: an entry that does not raise it is no turn. */
  readonly #turns = new Map<string, number>()
  readonly #results = new Map<string, number>()
  readonly #submitted = new Set<string>()
  /** By task, how it ended, each time. */
  readonly #ends = new Map<string, End[]>()
  readonly #agents = new Map<string, number>()
  readonly #types = new Map<string, number>()
  #messages = 0

  claim(partition: number): void {
    raise(this.#claims, partition)
  }

  entry({ actor, turn, result }: Entry): void {
    if (turn > (this.#turns.get(actor) ?? 0)) this.#turns.set(actor, turn)
    if (result === undefined) this.#messages++
    else raise(this.#results, result)
  }

  fact(actor: string, fact: KnownFact): void {
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
      turns: sum(this.#turns.values()),
      messages: this.#messages,
      recoveries: beyondFirst(this.#claims.values()),
      agentKinds: Object.fromEntries(this.#agents),
      taskTypes: Object.fromEntries(this.#types),
    }
  }
}

const endOf = { 'task.completed': 'completed', 'task.failed': 'failed', 'task.cancelled': 'cancelled' } as const

const raise = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0)

const beyondFirst = (counts: Iterable<number>): number => sum([...counts].map((count) => count - 1))
