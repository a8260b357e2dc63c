// Inspection
// What Stately's inspector is told, in the protocol of @statelyai/inspect: an actor that is there, an event it took, the snapshot after it. Pure.
//
// I1. What is told is redacted and bounded (machines/redact.ts).
import { parseActorId, type ActorId } from '../../machines/address.ts'
import { redact, redactDefaults } from '../../machines/redact.ts'

/** The version of the package whose protocol this is: the inspector takes no message without one. */
export const protocolVersion = '0.7.2'

interface Message {
  readonly sessionId: ActorId
  readonly rootId: ActorId
  /** Epoch milliseconds, as text. */
  readonly createdAt: string
  /** The package sends none with actors and snapshots; here an event has the id of its message. */
  readonly id: string | null
  readonly _version: string
}

export interface Snapshot {
  readonly status: string
  readonly value: unknown
  /** Left out while it is not known for this turn. */
  readonly context?: unknown
  readonly output?: unknown
  readonly error?: unknown
}

export interface ActorInspection extends Message {
  readonly type: '@xstate.actor'
  readonly name: string
  readonly parentId?: ActorId
  /** The machine's configuration as JSON text. */
  readonly definition?: string
  readonly snapshot: Snapshot
}

export interface EventInspection extends Message {
  readonly type: '@xstate.event'
  readonly event: object
  readonly sourceId?: ActorId
}

export interface SnapshotInspection extends Message {
  readonly type: '@xstate.snapshot'
  readonly event: object
  readonly snapshot: Snapshot
}

export type Inspection = ActorInspection | EventInspection | SnapshotInspection

/** Who a message is about, and when. */
export interface About {
  readonly actor: ActorId
  readonly root: ActorId
  readonly at: number
}

const limits = { ...redactDefaults, bytesMax: 16_384 }

const messageOf = ({ actor, root, at }: About, id: string | null = null): Message => ({
  sessionId: actor,
  rootId: root,
  createdAt: String(at),
  id,
  _version: protocolVersion,
})

export function inspectActor(
  about: About,
  {
    parent,
    definition,
    snapshot,
  }: { readonly parent?: ActorId | undefined; readonly definition?: string | undefined; readonly snapshot: Snapshot },
): ActorInspection {
  return {
    type: '@xstate.actor',
    ...messageOf(about),
    name: nameOf(about.actor),
    ...(parent !== undefined && { parentId: parent }),
    ...(definition !== undefined && { definition }),
    snapshot: shown(snapshot),
  }
}

export function inspectEvent(
  about: About,
  { id, event, from }: { readonly id: string | null; readonly event: object; readonly from?: ActorId | undefined },
): EventInspection {
  return {
    type: '@xstate.event',
    ...messageOf(about, id),
    event: redact(event, limits) as object,
    ...(from !== undefined && { sourceId: from }),
  } // I1
}

/** Without an event it is the present state, told anew; the package writes that so too. */
export function inspectSnapshot(about: About, snapshot: Snapshot, event: object = { type: '' }): SnapshotInspection {
  return { type: '@xstate.snapshot', ...messageOf(about), event: redact(event, limits) as object, snapshot: shown(snapshot) }
}

/** The inspector lists actors by their names: the tenant is in their ids. */
function nameOf(actor: ActorId): string {
  const { type, key } = parseActorId(actor) ?? { type: '', key: actor }
  return `${type}/${key}`
}

function shown({ status, value, context, output, error }: Snapshot): Snapshot {
  return {
    status,
    value,
    ...(context !== undefined && { context: redact(context, limits) }),
    ...(output !== undefined && { output: redact(output, limits) }),
    ...(error !== undefined && { error: redact(error, limits) }),
  } // I1
}
