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

/** Said at every step, whatever the task is about. */
const routine: ReadonlySet<string> = new Set(['agent.progress', 'budget.reserve', 'budget.reserved', 'budget.settle', 'budget.release'])

/** The runtime's own, what an actor is told of its effects, and what others say to each other because of it. */
const isQuiet = ({ type, from, to }: RunMessage): boolean =>
  type.startsWith('@') || type.startsWith('xstate.') || from === to || !(isOfRun(from) || isOfRun(to))

const isOfRun = (actor: string): boolean => !actor.includes('/') || typeOf(actor) === 'task' || typeOf(actor).startsWith('agent-')

/** An agent's first word to its task and its last one: between them it is at work. What else is routine tells less. */
function ends(messages: readonly RunMessage[]): ReadonlySet<RunMessage> {
  const bySender = Map.groupBy(
    messages.filter(({ type }) => type === 'agent.progress'),
    ({ from }) => from,
  )
  return new Set([...bySender.values()].flatMap((all) => [all[0], all.at(-1)].filter((one) => one !== undefined)))
}

export function lanesOf(messages: readonly RunMessage[], everything: boolean): Lanes {
  const ordered = messages.toSorted((one, other) => one.at - other.at)
  const telling = ends(ordered.filter(({ type }) => routine.has(type)))
  const loud = ordered.filter((one) => (routine.has(one.type) ? telling.has(one) : !isQuiet(one)))
  const wanted = everything ? ordered : loud
  const lanes = [...new Set(wanted.flatMap(({ from, to }) => [from, to]))].slice(0, lanesMax)
  const drawn = wanted.filter(({ from, to }) => lanes.includes(from) && lanes.includes(to)).slice(0, shownMax)
  return { shown: drawn, lanes, quiet: ordered.length - loud.length, left: wanted.length - drawn.length }
}

const keyShownMax = 14

/** What tells an actor from the others of a run: an agent's kind, or type and key. */
export function nameOf(actor: string): string {
  if (!actor.includes('/')) return actor
  const [type, key] = [typeOf(actor), keyOf(actor)]
  if (type.startsWith('agent-')) return key.split('/').at(-1) ?? key
  return key.length > keyShownMax && type !== 'task' ? type : `${type} ${key.split('/').at(-1) ?? key}`
}
