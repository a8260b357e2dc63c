// Down
// The end of an actor as others hear of it: told in the entry that makes the end, to its monitors and to the actors it is linked with.
//
// X1. Whoever watches hears of the next end, once: telling takes it off the list, in the same entry as the end.
// X2. Leaving the memory or changing the owner is no end: nothing of it stands in the log.
import { parseActorId, type ActorId } from '../machines/address.ts'
import type { DownReason } from '../machines/authoring.ts'
import type { ActorEvent } from '../machines/message.ts'
import { sendFrom, type Change, type Desk } from './entry.ts'
import type { Draft } from './group.ts'
import { encodeFailure, type Outcome, type StoredKeeping } from './statechart/index.ts'

/** Tells everyone of the end that this entry makes, and takes them off the list (X1). */
export function tellDown(desk: Desk, draft: Draft, { living, keeping, error }: Change): StoredKeeping {
  const { monitors = [], links = [] } = keeping
  const { status } = living.snapshot
  if (status === 'active' || (monitors.length === 0 && links.length === 0)) return keeping
  const failure = error ?? (status === 'error' ? living.snapshot.error : undefined)
  const reason: DownReason = failure !== undefined ? 'failed' : status === 'done' ? 'done' : 'stopped'
  const down = downOf(draft.actor, { reason, restarting: keeping.restartDue !== undefined, error: failure })
  for (const to of monitors) sendFrom(desk, draft, to, { kind: 'system', event: { type: '@down', ...down } })
  for (const to of links) sendFrom(desk, draft, to, { kind: 'system', event: { type: '@exit', ...down } })
  const { monitors: _monitors, links: _links, ...kept } = keeping
  return kept
}

/** The actor's own side of the links it makes and cuts in this turn. */
export function noteLinks(keeping: StoredKeeping, outcome: Outcome | undefined): StoredKeeping {
  const changes = outcome?.watches.filter(({ event }) => event.type === '@link' || event.type === '@unlink') ?? []
  if (changes.length === 0) return keeping
  let links = keeping.links ?? []
  for (const { to, event } of changes) links = event.type === '@link' ? withOne(links, to) : links.filter((linked) => linked !== to)
  return { ...keeping, links }
}

export const downOf = (
  actor: ActorId,
  { reason, restarting, error }: { reason: DownReason; restarting: boolean; error: unknown },
): Omit<ActorEvent, 'type'> => ({ actor, reason, restarting, ...(error !== undefined && { error: encodeFailure(error) }) })

export const withOne = (list: readonly ActorId[], one: ActorId): readonly ActorId[] =>
  parseActorId(one) && !list.includes(one) ? [...list, one] : list
