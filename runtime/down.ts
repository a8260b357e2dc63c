// Down
// The end of an actor as others hear of it: told in the entry that makes the end, to its monitors and to the actors it is linked with.
//
// X1. Whoever watches hears of the next end, once: telling takes it off the list, in the same entry as the end.
// X2. A link is known by ids, so that an end or a cut that is on its way undoes no link made since.
// X3. Leaving the memory or changing the owner is no end: nothing of it stands in the log.
import type { ActorId } from '../machines/address.ts'
import type { DownReason, WatchType } from '../machines/authoring.ts'
import type { ActorEvent } from '../machines/message.ts'
import { sendFrom, type Change, type Desk } from './entry.ts'
import type { Draft } from './group.ts'
import { encodeFailure, type Outcome, type StoredKeeping, type StoredLink } from './statechart/index.ts'

/** Tells everyone of the end that this entry makes, and takes them off the list (X1). */
export function tellDown(desk: Desk, draft: Draft, { living, keeping, error }: Change): StoredKeeping {
  const { monitors = [], links = [] } = keeping
  const { status } = living.snapshot
  if (status === 'active' || (monitors.length === 0 && links.length === 0)) return keeping
  const failure = error ?? (status === 'error' ? living.snapshot.error : undefined)
  const reason: DownReason = failure !== undefined ? 'failed' : status === 'done' ? 'done' : 'stopped'
  const down = downOf(draft.actor, { reason, restarting: keeping.restartDue !== undefined, error: failure })
  for (const to of monitors) sendFrom(desk, draft, to, { kind: 'system', event: { type: '@down', ...down } })
  for (const { to, ids } of links) sendFrom(desk, draft, to, { kind: 'system', event: { type: '@exit', ...down, ids } })
  const { monitors: _monitors, links: _links, ...kept } = keeping
  return kept
}

/** What the machine asks of other actors in this turn: the messages, and the actor's own side of the links it makes and cuts. */
export function watchOthers(desk: Desk, draft: Draft, keeping: StoredKeeping, watches: Outcome['watches'] = []): StoredKeeping {
  let links = keeping.links ?? []
  for (const [at, { to, event }] of watches.entries()) {
    const { type } = event
    const known = links.find((link) => link.to === to)
    if (type === '@link' && known) continue // one link is enough
    const ids = type === '@link' ? [`${draft.actor}#${draft.turn}.${at}`] : (known?.ids ?? [])
    sendFrom(desk, draft, to, { kind: 'system', event: { type, ...(isLinking(type) && { ids }) } })
    if (isLinking(type)) links = type === '@link' ? tied(links, to, ids) : cut(links, to, ids)
  }
  return watches.some(({ event }) => isLinking(event.type)) ? { ...keeping, links } : keeping
}

export const tied = (links: readonly StoredLink[], to: ActorId, ids: readonly string[]): readonly StoredLink[] => {
  const known = links.find((link) => link.to === to)
  return [...links.filter((link) => link.to !== to), { to, ids: [...new Set([...(known?.ids ?? []), ...ids])] }]
}

/** Without the ties of these ids; one that the other has made since stays. */
export const cut = (links: readonly StoredLink[], to: ActorId, ids: readonly string[]): readonly StoredLink[] =>
  links.flatMap((link) => {
    if (link.to !== to) return [link]
    const left = link.ids.filter((id) => !ids.includes(id))
    return left.length === 0 ? [] : [{ to, ids: left }]
  })

const isLinking = (type: WatchType): boolean => type === '@link' || type === '@unlink'

export const downOf = (
  actor: ActorId,
  { reason, restarting, error }: { reason: DownReason; restarting: boolean; error: unknown },
): Omit<ActorEvent, 'type'> => ({ actor, reason, restarting, ...(error !== undefined && { error: encodeFailure(error) }) })
