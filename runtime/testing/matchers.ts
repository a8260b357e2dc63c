// Matchers
// What tests say of actors, for `expect.extend(matchers)`. They know no test runner: each takes what was found and says whether it passes.
import { matchesState, type StateValue } from 'xstate'
import type { ActorEvent } from '../../machines/message.ts'
import type { Entry } from '../record.ts'
import { agrees } from './ensure.ts'
import type { KeptLetter, Queried } from './fleet.ts'
import { Story } from './given.ts'

export interface Matched {
  readonly pass: boolean
  message(): string
}

/** What an actor did: a story, or the entries of a fleet's log. */
export type Deeds = Story | readonly Entry[]

/** Something that keeps dead letters: a fleet, or the letters themselves. */
export type Letters = readonly KeptLetter[] | { deadLetters(): readonly KeptLetter[] }

export const matchers = {
  /** A story, or the answer to a query, is in a state or below it: `'working'` holds in `{ working: 'thinking' }`. */
  toBeInState(found: Story | Queried, state: StateValue): Matched {
    const value = (found instanceof Story ? found.living.snapshot.value : found.state?.value) as StateValue | undefined
    return matched(value !== undefined && matchesState(state, value), `to be in state ${shown(state)}, it is in ${shown(value)}`)
  },

  /** A message of that type was sent to another actor, or to that one, with at least these fields. */
  toHaveSent(found: Deeds, type: string, { to, ...fields }: Partial<ActorEvent> & { readonly to?: string } = {}): Matched {
    const sent = sendsOf(found)
    const pass = sent.some((one) => one.event.type === type && (to === undefined || one.to === to) && agrees(one.event, fields, 'partly'))
    return matched(pass, `to have sent ${shown({ type, to, ...fields })}, sent was ${shown(sent)}`)
  },

  /** An effect of that source was started. */
  toHaveStartedEffect(found: Deeds, source: string): Matched {
    const started = (found instanceof Story ? found.outcomes : found).flatMap(({ effects }) => effects ?? []).map(({ src }) => src)
    return matched(started.includes(source), `to have started effect '${source}', started were ${shown(started)}`)
  },

  /** A fact of that type was emitted, with at least these fields. */
  toHaveEmitted(found: Deeds, type: string, fields: Partial<ActorEvent> = {}): Matched {
    const emitted = (found instanceof Story ? found.outcomes : found).flatMap(({ emits }) => emits ?? [])
    const pass = emitted.some((fact) => fact.type === type && agrees(fact, fields, 'partly'))
    return matched(pass, `to have emitted ${shown({ type, ...fields })}, emitted was ${shown(emitted)}`)
  },

  /** A dead letter with that code is kept, of at least these fields. */
  toHaveDeadLetter(found: Letters, code: string, fields: Partial<KeptLetter> = {}): Matched {
    const letters = 'deadLetters' in found ? found.deadLetters() : found
    const pass = letters.some((letter) => letter.code === code && agrees(letter, fields, 'partly'))
    const kept = letters.map((letter) => ({ code: letter.code, actor: letter.actor, cause: letter.cause }))
    return matched(pass, `to have a dead letter ${shown({ code, ...fields })}, kept are ${shown(kept)}`)
  },
}

/** The same as methods of an assertion, for the declaration that tells TypeScript of them. */
export type TroupeMatchers<Result = unknown> = {
  [Name in keyof typeof matchers]: (typeof matchers)[Name] extends (found: never, ...given: infer Given) => Matched
    ? (...given: Given) => Result
    : never
}

const sendsOf = (found: Deeds): readonly { readonly to: string; readonly event: ActorEvent }[] =>
  found instanceof Story
    ? found.outcomes.flatMap(({ sends }) => sends)
    : found.flatMap(({ sends = [] }) => sends.map(({ message }) => ({ to: message.to, event: message.event })))

const matched = (pass: boolean, wish: string): Matched => ({ pass, message: () => `expected it ${pass ? 'not ' : ''}${wish}` })

const shownMax = 500
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, shownMax)
