// Life
// One hosted actor for tests, restored from its stored JSON before every turn: what does not survive a restart cannot hide.
import type { AnyStateMachine } from 'xstate'
import { actorId, type ActorId } from '../../../machines/address.ts'
import type { ActorEvent, EventMeta } from '../../../machines/message.ts'
import { supervisionDefaults } from '../../../machines/supervision.ts'
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { applyPatch } from '../../../runtime/patch.ts'
import {
  birth,
  changes,
  fromStored,
  prepare,
  takeTurn,
  toStored,
  type Arrival,
  type Host,
  type Json,
  type Living,
  type Outcome,
  type StoredChart,
} from '../../../runtime/statechart/index.ts'

interface Parts {
  readonly name?: string
  readonly effects?: readonly string[]
  readonly children?: Readonly<Record<string, ActorDefinition>>
}

/** A definition of the machine whose effects nobody runs: the test gives their results. */
export const define = (machine: AnyStateMachine, { name = 'it', effects = [], children = {} }: Parts = {}): ActorDefinition => ({
  name,
  version: '1',
  machine,
  effects: Object.fromEntries(effects.map((source) => [source, { run: () => Promise.reject(new Error('not run in tests')) }])),
  children,
  supervision: supervisionDefaults,
  capabilities: [],
  migrate: {},
  previous: [],
  createdByMessage: true,
})

export interface Life {
  readonly host: Host
  living(): Living
  last(): Outcome
  stored(): StoredChart
  /** One arrival; undefined when it is out of date. */
  take(arrival: Arrival, at?: number): Outcome | undefined
  send(event: ActorEvent, from?: ActorId): Outcome | undefined
  /** Fires the timer as it is armed now. */
  fire(id: string, at?: number): Outcome | undefined
  /** The running effect of that id ends. */
  succeed(id: string, output: unknown): Outcome | undefined
  fail(id: string, error: unknown): Outcome | undefined
}

export const self = actorId('acme', 'it', 'k')
export const boss = { address: actorId('acme', 'boss', 'b'), id: 'worker' }

interface Beginning {
  readonly input?: Json
  readonly parent?: { readonly address: ActorId; readonly id: string }
  readonly at?: number
  readonly address?: ActorId
}

export function live(definition: ActorDefinition, { input = null, parent, at = 1_000, address = self }: Beginning = {}): Life {
  const host = prepare(definition)
  let last = birth(host, { address, input, ...(parent && { parent }) }, metaAt(at))
  let stored = throughJson(toStored(host, last.next))
  const take = (arrival: Arrival, when = at): Outcome | undefined => {
    const living = fromStored(host, address, stored)
    const outcome = takeTurn(host, living, arrival, metaAt(when))
    if (!outcome) return undefined
    last = outcome
    stored = applyPatch(stored, throughJson(changes(host, living, outcome.next)))
    return outcome
  }
  const result = (id: string, ended: { ok: true; output: unknown } | { ok: false; error: unknown }): Outcome | undefined =>
    take({ kind: 'result', id, key: stored.children[id]?.address ?? '', result: ended })
  return {
    host,
    living: () => fromStored(host, address, stored),
    last: () => last,
    stored: () => stored,
    take,
    send: (event, from) => take({ kind: 'event', event, ...(from && { from }) }),
    fire: (id, when) => take({ kind: 'timer', id, n: stored.timers[id]?.n ?? -1 }, when),
    succeed: (id, output) => result(id, { ok: true, output }),
    fail: (id, error) => result(id, { ok: false, error }),
  }
}

export const metaAt = (at: number): EventMeta => ({ at, id: `message-${at}`, random: 0.5 })

export const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

/** A field of an event whose type the machine of a test does not declare. */
export const fieldOf = (event: object, name: string): unknown => (event as Readonly<Record<string, unknown>>)[name]
