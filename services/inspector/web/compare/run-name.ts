// Run name
// How an address of this page names a run: an actor, or an actor and the turn up to which it is meant. Pure.
import { actorPath, queryOf } from '../api.ts'
import { pathOf } from '../place.ts'

export interface RunName {
  readonly actor: string
  readonly turn?: number
}

/** `main/task/42@12`; an actor whose key ends like that is meant with its turn behind it. */
export function runNameOf(text: string): RunName {
  const [, actor, turn] = /^(.+)@(\d{1,15})$/s.exec(text.trim()) ?? []
  return actor === undefined || Number(turn) < 1 ? { actor: text.trim() } : { actor, turn: Number(turn) }
}

export const runText = ({ actor, turn }: RunName): string => `${actor}${turn === undefined ? '' : `@${turn}`}`

export const comparePath = (a: RunName, b: RunName): string => pathOf({ page: 'compare', query: { a: runText(a), b: runText(b) } })

export const versionsPath = (type: string, from?: string, to?: string): string =>
  pathOf({ page: 'compare', query: { type, ...(from !== undefined && { from }), ...(to !== undefined && { to }) } })

/** The route of the gateway. */
export const compareRoute = (a: RunName, b: RunName): string =>
  `${actorPath(a.actor)}/compare/${encodeURIComponent(b.actor)}${queryOf({ turn: a.turn, otherTurn: b.turn })}`
