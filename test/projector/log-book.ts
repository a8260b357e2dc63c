// Log book: writes the records of a small job into an in-memory log, as workers would.
import { actorId, type ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import type { Ports } from '../../runtime/ports.ts'
import type { Entry, LogRecord, Sent } from '../../runtime/record.ts'
import type { Stored } from '../../runtime/statechart/stored.ts'

export const at = Date.UTC(2026, 10, 20, 12)
export const task = (id: string): ActorId => actorId('acme', 'task', id)

export const entry = (fields: Partial<Entry> & Pick<Entry, 'actor' | 'turn'>): Entry => ({
  at: at + fields.turn,
  message: `m.${fields.actor}.${fields.turn}`,
  event: { type: 'go' },
  ...fields,
})

/** The part of a snapshot that the history reads, on an otherwise empty state. */
export const snapshot = (value: Stored['value']): Stored => ({
  definition: { name: 'task', version: '1', hash: 'h', engine: 'e' },
  status: 'active',
  value,
  context: {},
  historyValue: {},
  children: {},
  timers: {},
  counter: 0,
  input: null,
  keeping: { asks: [], restarts: [], failures: 0, parked: [] },
})

export const sent = (to: ActorId, event: ActorEvent, kind: Sent['message']['kind'] = 'event'): Sent => ({
  target: 1,
  seq: 1,
  message: { id: `to.${to}`, to, kind, event },
})

const usage = { inputTokens: 10, outputTokens: 5, costUsd: 0.01, llmCalls: 1, toolCalls: 0 }

/** A task from its submission to its end, in four entries of its actor. */
export function taskEntries(id: string): readonly Entry[] {
  const actor = task(id)
  const executionId = `${id}.1`
  const told = { taskId: id, executionId, agent: 'researcher' }
  const key = `${actor}#ask.1`
  return [
    entry({
      actor,
      turn: 1,
      event: { type: 'task.submit', prompt: 'why?' },
      snapshot: snapshot('choosing'),
      emits: [{ type: 'task.submitted', taskId: id, taskType: 'question', prompt: 'why?' }],
      sends: [sent(actorId('acme', 'coordinator', 'main'), { type: 'agent.choose' })],
    }),
    entry({
      actor,
      turn: 2,
      patch: [['set', ['value'], { running: 'asking' }]],
      emits: [{ type: 'task.assigned', ...told, agentActor: actorId('acme', 'agent', id), decisionId: `d.${id}`, why: 'best so far' }],
      effects: [{ id: 'ask', src: 'think', key }],
    }),
    entry({
      actor,
      turn: 3,
      result: key,
      event: { type: 'xstate.done.actor.ask', output: 'because' },
      patch: [['set', ['value', 'running'], 'judging']],
      emits: [
        {
          type: 'llm.called',
          taskId: id,
          agent: 'researcher',
          model: 'm-1',
          offline: true,
          inputTokens: 10,
          outputTokens: 5,
          costUsd: 0,
          latencyMs: 12.5,
          finish: 'stop',
        },
      ],
    }),
    entry({
      actor,
      turn: 4,
      patch: [['set', ['value'], 'completed']],
      emits: [
        { type: 'execution.finished', ...told, ok: true, usage, durationMs: 3.5 },
        { type: 'task.completed', ...told, answer: 'because', citations: [], usage, durationMs: 3.5, model: 'm-1', offline: true },
      ],
    }),
  ]
}

export class LogBook {
  readonly ports: Ports
  readonly #epochs = new Map<number, number>()

  constructor(partitions: number) {
    this.ports = inMemoryServer({ partitions, namespace: 'test' }).ports()
  }

  claim(partition: number): Promise<number> {
    const epoch = (this.#epochs.get(partition) ?? 0) + 1
    this.#epochs.set(partition, epoch)
    return this.append(partition, { kind: 'claim', epoch, worker: `w${epoch}`, checkpointAt: 0 })
  }

  turns(partition: number, entries: readonly Entry[]): Promise<number> {
    const epoch = this.#epochs.get(partition) ?? 0
    const offset = { seq: 1, count: 0, at }
    return this.append(partition, { kind: 'turns', epoch, worker: `w${epoch}`, checkpointAt: 0, offset, entries })
  }

  /** A claim, and a task with each of its entries in a record of its own. */
  async job(partition: number, ids: readonly string[]): Promise<void> {
    await this.claim(partition)
    for (const id of ids) for (const turn of taskEntries(id)) await this.turns(partition, [turn])
  }

  append(partition: number, record: LogRecord): Promise<number> {
    return this.write(partition, JSON.stringify(record))
  }

  async write(partition: number, text: string): Promise<number> {
    const last = await this.ports.log.last(partition)
    const appended = await this.ports.log.append(partition, last?.seq ?? 0, new TextEncoder().encode(text))
    if (!appended.ok) throw new Error(appended.cause)
    return appended.seq
  }
}
