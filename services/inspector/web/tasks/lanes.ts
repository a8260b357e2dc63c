// Lanes
// Which messages of a run are drawn, and between whom. Pure.
import { keyOf, typeOf } from '../format.ts'
import type { RunMessage } from './wire.ts'

const shownMax = 250
const lanesMax = 16

export interface Lanes {
  readonly shown: readonly RunMessage[]
  /** In the order in which they first spoke or were spoken to. */
  readonly lanes: readonly string[]
  /** Messages of the runtime and behind the scenes, which are left out unless everything is wanted. */
  readonly quiet: number
  readonly left: number
}

/** The runtime's own, what an actor is told of its effects, and what others say to each other because of it. */
const isQuiet = ({ type, from, to }: RunMessage): boolean =>
  type.startsWith('@') || type.startsWith('xstate.') || from === to || !(isOfRun(from) || isOfRun(to))

const isOfRun = (actor: string): boolean => !actor.includes('/') || typeOf(actor) === 'task' || typeOf(actor).startsWith('agent-')

export function lanesOf(messages: readonly RunMessage[], everything: boolean): Lanes {
  const ordered = messages.toSorted((one, other) => one.at - other.at)
  const wanted = everything ? ordered : ordered.filter((one) => !isQuiet(one))
  const lanes = [...new Set(wanted.flatMap(({ from, to }) => [from, to]))].slice(0, lanesMax)
  const drawn = wanted.filter(({ from, to }) => lanes.includes(from) && lanes.includes(to)).slice(0, shownMax)
  return { shown: drawn, lanes, quiet: ordered.length - ordered.filter((one) => !isQuiet(one)).length, left: wanted.length - drawn.length }
}

const keyShownMax = 14

/** What tells an actor from the others of a run: an agent's kind, or type and key. */
export function nameOf(actor: string): string {
  if (!actor.includes('/')) return actor
  const [type, key] = [typeOf(actor), keyOf(actor)]
  if (type.startsWith('agent-')) return key.split('/').at(-1) ?? key
  return key.length > keyShownMax && type !== 'task' ? type : `${type} ${key.split('/').at(-1) ?? key}`
}
