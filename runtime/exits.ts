// Exits
// Who watches an actor or is linked with it, and what it makes of the end of another one: an event, or its own failure.
import type { ActorId } from '../machines/address.ts'
import type { DownReason, WatchType } from '../machines/authoring.ts'
import type { Activation } from './activation.ts'
import { arrive } from './arrive.ts'
import { conclude } from './conclude.ts'
import { cut, downOf, tied } from './down.ts'
import { draftOf, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { fail, parkMessage } from './failure.ts'
import { accepts } from './statechart/index.ts'

/** Another actor wants to be told of the end of this one, or no more. */
export function onWatch(desk: Desk, activation: Activation, cause: Cause, type: WatchType): void {
  const { living, keeping } = activation
  const from = cause.message?.from
  if (from === undefined) return
  const isMonitor = type === '@monitor' || type === '@demonitor'
  const { monitors = [], links = [] } = keeping
  const watchers = isMonitor ? monitors : links.map(({ to }) => to)
  const adds = type === '@monitor' || type === '@link'
  const lives = living !== undefined && (living.snapshot.status === 'active' || keeping.restartDue !== undefined)
  const isFull = adds && !watchers.includes(from) && watchers.length >= desk.options.watchersMax
  const { ids = [] } = cause.event as { ids?: readonly string[] }
  if (adds && (!lives || isFull)) return refuseToBeWatched(desk, activation, cause, { to: from, isMonitor, isFull, ids })
  if (!living) return
  const next = isMonitor
    ? { monitors: [...monitors.filter((watcher) => watcher !== from), ...(adds ? [from] : [])] }
    : { links: adds ? tied(links, from, ids) : cut(links, from, ids) }
  conclude(desk, activation, cause, { living, keeping: { ...keeping, ...next } })
}

function refuseToBeWatched(
  desk: Desk,
  activation: Activation,
  cause: Cause,
  { to, isMonitor, isFull, ids }: { to: ActorId; isMonitor: boolean; isFull: boolean; ids: readonly string[] },
): void {
  const { actor, turn } = activation
  const draft = draftOf(desk, activation, cause, turn)
  const error = isFull ? new Error(`${actor} is watched by ${desk.options.watchersMax} actors already, which is the limit`) : undefined
  const down = downOf(actor, { reason: 'not-found', restarting: false, error })
  sendFrom(desk, draft, to, { kind: 'system', event: { type: isMonitor ? '@down' : '@exit', ...down, ids } })
  seal(desk, activation, draft, undefined)
}

/** A monitored actor went down; one that waits for its restart hears of it afterwards. */
export function onDown(desk: Desk, activation: Activation, cause: Cause): void {
  if (activation.keeping.restartDue !== undefined && cause.message) return parkMessage(desk, activation, cause, cause.message)
  deliver(desk, activation, cause, 'actor.down')
}

/** A linked actor went down: this one takes it as an event if it can, and fails with it if it cannot. */
export function onExit(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping, host } = activation
  if (!host || living?.snapshot.status !== 'active') return desk.outOfDate(activation.actor, '@exit')
  const { from } = cause.message ?? {}
  const { links = [] } = keeping
  const { ids = [] } = cause.event as { ids?: readonly string[] }
  const isTied = links.some(({ to, ids: known }) => to === from && known.some((id) => ids.includes(id)))
  if (from === undefined || !isTied) return desk.outOfDate(activation.actor, '@exit') // the link is cut
  const untied = { ...keeping, links: cut(links, from, ids) }
  seal(desk, activation, draftOf(desk, activation, cause, activation.turn + 1), { living, keeping: untied })
  const taken = { ...cause, id: `${cause.id}.exit` }
  if (accepts(host, living, { ...cause.event, type: 'actor.exit' })) return deliver(desk, activation, taken, 'actor.exit')
  const { reason, error } = cause.event as { reason?: DownReason; error?: { message?: string } }
  if (reason === 'done' || reason === 'stopped') return
  const why = error?.message === undefined ? '' : `: ${error.message}`
  fail(desk, activation, taken, { as: 'exit', error: new Error(`${from ?? 'a linked actor'} went down (${reason}${why})`) })
}

function deliver(desk: Desk, activation: Activation, cause: Cause, type: 'actor.down' | 'actor.exit'): void {
  const from = cause.message?.from
  const { ids: _ids, ...told } = cause.event
  const event = { ...told, type }
  if (from !== undefined) arrive(desk, activation, { kind: 'event', event, from }, { ...cause, event })
}
