// Given
// A machine told as given / when / then, on the pure turns that the kernel takes: no kernel, no clock but the one in here.
// The actor is restored from its stored JSON after every turn, so what does not survive a restart fails its test.
import { StateMachine, type AnyStateMachine } from 'xstate'
import { actorId, type ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { defineActor, type ActorDefinition, type ActorSpec } from '../define-actor.ts'
import {
  birth,
  decode,
  encode,
  fromStored,
  prepare,
  takeTurn,
  toStored,
  type Arrival,
  type Host,
  type Living,
  type Outcome,
} from '../statechart/index.ts'
import { ensure } from './ensure.ts'

/** What happens next, worked out from where the story stands. */
export type Step = (story: Story) => Told

interface Told {
  readonly arrival: Arrival
  readonly id?: string
  readonly random?: number
  readonly at?: number
}

export interface Expected {
  readonly state?: unknown
  readonly tags?: readonly string[]
  /** Fields of the context. */
  readonly context?: Readonly<Record<string, unknown>>
  readonly output?: Readonly<Record<string, unknown>>
  /** Types of the facts of the last step, in order. */
  readonly facts?: readonly string[]
  /** Sources of the effects and child actors that run. */
  readonly running?: readonly string[]
  readonly handled?: boolean
}

export class Story {
  readonly #host: Host
  living: Living
  outcome: Outcome
  readonly outcomes: Outcome[] = []
  now = 1_000_000
  #messages = 0

  constructor(definition: ActorDefinition, input: unknown, address: ActorId) {
    this.#host = prepare(definition)
    this.outcome = birth(this.#host, { address, input: encode(input) }, { at: this.now, id: 'birth', random: 0.5 })
    this.living = this.#restored(this.outcome)
    this.outcomes.push(this.outcome)
  }

  /** What happens, one after the other: steps, or just events from outside. */
  when(...steps: readonly (Step | ActorEvent)[]): this {
    for (const given of steps) {
      const step = typeof given === 'function' ? given : hears(given)
      this.now++
      const { arrival, id = `m${++this.#messages}`, random = 0.5, at = this.now } = step(this)
      this.now = at
      const outcome = takeTurn(this.#host, this.living, arrival, { at, id, random, ...senderOf(arrival) })
      if (!outcome) throw new Error(`${JSON.stringify(arrival)} is out of date in ${JSON.stringify(this.living.snapshot.value)}`)
      this.outcome = outcome
      this.living = this.#restored(outcome)
      this.outcomes.push(outcome)
    }
    return this
  }

  /** Throws AssertionError for the first thing that is otherwise. */
  thenIs({ state, tags, context, output, facts, running, handled }: Expected): this {
    const { snapshot } = this.living
    if (state !== undefined) ensure('state', snapshot.value, state)
    if (tags !== undefined) ensure('tags', [...snapshot.tags], tags)
    if (context !== undefined) ensure('context', snapshot.context, context, 'partly')
    if (output !== undefined) ensure('output', snapshot.output, output, 'partly')
    const found = this.outcome.emits.map((fact) => fact.type)
    if (facts !== undefined) ensure('facts', found, facts)
    if (running !== undefined) ensure('what runs', this.running(), running)
    if (handled !== undefined) ensure('handled', this.outcome.handled, handled)
    return this
  }

  #restored({ next }: Outcome): Living {
    return fromStored(this.#host, next.address, JSON.parse(JSON.stringify(toStored(this.#host, next))))
  }

  /** Every fact of a type so far. */
  facts(type: string): ActorEvent[] {
    return this.outcomes.flatMap((outcome) => outcome.emits.filter((fact) => fact.type === type))
  }

  /** Every message of a type so far. */
  sent(type: string): { readonly to: ActorId; readonly event: ActorEvent }[] {
    return this.outcomes.flatMap((outcome) => outcome.sends.filter((send) => send.event.type === type))
  }

  /** The input of what runs under this source. */
  inputOf(source: string): unknown {
    const begun = this.outcomes.flatMap(({ effects, spawned }) => [
      ...effects.map(({ id, input }) => ({ id, input })),
      ...spawned.map(({ id, input }) => ({ id, input })),
    ])
    const { id } = this.child(source)
    return decode(begun.findLast((one) => one.id === id)?.input ?? null)
  }

  child(source: string): { readonly id: string; readonly kind: 'effect' | 'actor'; readonly address: string } {
    const found = Object.entries(this.living.children).find(([, child]) => child.src === source && !child.ended)
    if (!found) throw new Error(`'${source}' does not run in ${JSON.stringify(this.living.snapshot.value)}`)
    const [id, { kind, address }] = found
    return { id, kind, address }
  }

  running(): string[] {
    return Object.values(this.living.children).flatMap((child) => (child.ended ? [] : [child.src]))
  }
}

/** The story of one actor of this machine, from its birth on. Effects and children are answered by the steps `ends` and `breaks`. */
export const given = (machine: AnyStateMachine, input: unknown = {}, address: ActorId = actorId('acme', 'subject', 'one')): Story =>
  new Story(bareDefinition(machine), input, address)

const senderOf = (arrival: Arrival) => (arrival.kind === 'event' && arrival.from !== undefined ? { from: arrival.from } : {})

/** A definition with nothing but the machine: its effects are never run here. */
export function bareDefinition(machine: AnyStateMachine, name = 'subject'): ActorDefinition {
  const sources = Object.entries(machine.implementations.actors)
  const children = sources.flatMap(([source, logic]) =>
    logic instanceof StateMachine ? [[source, bareDefinition(logic as AnyStateMachine, `${source}-child`)] as const] : [],
  )
  const effects = sources.flatMap(([source, logic]) => (logic instanceof StateMachine ? [] : [[source, neverRun] as const]))
  const spec = { name, version: '1', machine, children: Object.fromEntries(children), effects: Object.fromEntries(effects) }
  return defineActor(spec as unknown as ActorSpec<AnyStateMachine>)
}

const neverRun = () => Promise.reject(new Error('effects do not run in a story'))

/** A message; `from` an actor, or from a client. */
export const hears =
  (event: ActorEvent, { from, ...rest }: { from?: ActorId; id?: string; random?: number } = {}): Step =>
  () => ({ arrival: { kind: 'event', event, ...(from !== undefined && { from }) }, ...rest })

/** The effect or child of this source ends well. */
export const ends =
  (source: string, output: unknown): Step =>
  (story) => {
    const { id, kind, address } = story.child(source)
    if (kind === 'effect') return { arrival: { kind: 'result', id, key: address, result: { ok: true, output } } }
    const event = { type: `xstate.done.actor.${id}`, output: encode(output), actorId: id }
    return { arrival: { kind: 'event', event, from: address as ActorId } }
  }

/** The effect or child of this source fails. */
export const breaks =
  (source: string, error: unknown = new Error('broken')): Step =>
  (story) => {
    const { id, kind, address } = story.child(source)
    if (kind === 'effect') return { arrival: { kind: 'result', id, key: address, result: { ok: false, error } } }
    const event = { type: `xstate.error.actor.${id}`, error: encode(error), actorId: id }
    return { arrival: { kind: 'event', event, from: address as ActorId } }
  }

/** A message from the child actor of this source. */
export const hearsFrom =
  (source: string, event: ActorEvent): Step =>
  (story) => ({ arrival: { kind: 'event', event, from: story.child(source).address as ActorId } })

/** The delay of this name runs out. */
export const elapses =
  (delay: string): Step =>
  (story) => {
    const found = Object.entries(story.living.timers).find(([id]) => id.startsWith(`xstate.after.${delay}.`))
    if (!found) throw new Error(`no delay '${delay}' runs: ${Object.keys(story.living.timers).join(', ')}`)
    const [id, { n, due }] = found
    return { arrival: { kind: 'timer', id, n }, at: Math.max(story.now, due) }
  }
