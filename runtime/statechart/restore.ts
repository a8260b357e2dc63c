// Restore
// A living actor as stored JSON and back. XState's own restore is called without context and children: it would walk and change the one, and rebuild live actors for the other.
//
// R1. fromStored(toStored(living)) takes every later turn as `living` would.
// R2. What has not changed since the image before is neither encoded nor copied.
import { getStateNodes, type AnyMachineSnapshot, type AnyStateNode, type Snapshot, type StateValue } from 'xstate'
import type { ActorId } from '../../machines/address.ts'
import { refTo, type AnyRef } from '../../machines/authoring.ts'
import { NeedsMigration } from '../errors.ts'
import { diff, type Patch } from '../patch.ts'
import { decode, encode, Encoded } from './codec.ts'
import { childRef } from './scope.ts'
import { childNodes } from './structure.ts'
import type { StoredChart, StoredChild } from './stored.ts'
import type { Host, Living } from './turn.ts'

/** The whole state, encoded. Throws `NotStorable` with the path of what cannot be. */
export const toStored = (host: Host, living: Living): StoredChart =>
  // The image has the stored form's fields; encoding makes their values JSON.
  encode(imageOf(host, living)) as unknown as StoredChart

/** The operations that make the stored form of one state that of the next (R2). */
export const changes = (host: Host, before: Living, after: Living): Patch => diff(imageOf(host, before), imageOf(host, after), encode)

/** The stored form with nothing encoded yet: what `diff(before, after, encode)` compares, with what else is kept spread beside it. */
export function imageOf(_host: Host, living: Living): Readonly<Record<string, unknown>> {
  const { stamp, snapshot, children, timers, counter, input, parent } = living
  return {
    definition: stamp,
    status: snapshot.status,
    value: snapshot.value,
    context: snapshot.context,
    historyValue: historyIds(snapshot),
    ...(snapshot.output !== undefined && { output: snapshot.output }),
    ...(snapshot.status === 'error' && { error: snapshot.error }),
    children: new Encoded(children),
    timers: new Encoded(timers),
    counter,
    input: new Encoded(input),
    ...(parent && { parent }),
  }
}

/** Brings a stored state to life. Throws `NeedsMigration` when the machine has no such state and the actor has not ended; `check` says what is missing. */
export function fromStored(host: Host, address: ActorId, stored: StoredChart): Living {
  const { definition, children, timers, counter, input, parent } = stored
  const refs = childRefs(children)
  const byAddress = new Map<string, AnyRef>(Object.values(refs).map((ref) => [ref.sessionId, ref]))
  const refFor = (to: ActorId): AnyRef => byAddress.get(to) ?? refTo(to)
  const bones = bonesOf(host, address, stored)
  const snapshot = {
    ...settled(bones ?? anyBonesOf(host)),
    ...(!bones && { status: stored.status, value: stored.value }),
    context: decode(stored.context, refFor),
    children: refs,
    output: stored.output === undefined ? undefined : decode(stored.output, refFor),
    error: stored.error === undefined ? undefined : decode(stored.error, refFor),
  }
  // A snapshot's type has one variant a status, which a spread loses.
  const restored = snapshot as AnyMachineSnapshot
  return { address, stamp: definition, snapshot: restored, children, timers, counter, input, ...(parent && { parent }) }
}

/** The state nodes, the status and the history: a snapshot without context and children; undefined for an ended actor whose state is gone, which takes no turn. */
function bonesOf(
  { machine }: Host,
  address: ActorId,
  { definition, status, value, historyValue }: StoredChart,
): AnyMachineSnapshot | undefined {
  const history = Object.fromEntries(Object.entries(historyValue).map(([node, ids]) => [node, ids.map((id) => ({ id }))]))
  // What XState persists has these fields, which its type `Snapshot` leaves out; the scope is only for rebuilding children.
  const persisted = { status, value, historyValue: history, context: {}, children: {} } as unknown as Snapshot<unknown>
  try {
    return machine.restoreSnapshot(persisted, undefined as never)
  } catch (cause) {
    if (status !== 'active') return undefined
    throw new NeedsMigration(
      `restoring ${address}: state ${JSON.stringify(value)}, written by ${definition.name} ${definition.version}, does not exist in machine '${machine.id}'; migrate it`,
      { cause },
    )
  }
}

/** The bones of the machine's first state. */
const anyBonesOf = ({ machine }: Host): AnyMachineSnapshot =>
  machine.restoreSnapshot(
    { status: 'stopped', value: {}, historyValue: {}, context: {}, children: {} } as unknown as Snapshot<unknown>,
    undefined as never,
  )

/** References to the children, the same objects as before where they name the same incarnation. */
export function childRefs(
  children: Readonly<Record<string, StoredChild>>,
  before: Readonly<Record<string, AnyRef>> = {},
): Record<string, AnyRef> {
  const refs = Object.entries(children).map(([id, { address }]) => {
    const known = before[id]
    return [id, known?.sessionId === address ? known : childRef(address, id)] as const
  })
  return Object.fromEntries(refs)
}

/**
 * The snapshot with its active nodes as a restore would find them (R1): all that the state value names, in document order.
 * XState keeps them in the order they were entered, and takes eventless transitions of parallel regions in that order, which a restore forgets;
 * and it can leave out an ancestor, when a region returns to a history node in the very step in which another region leaves their common parent.
 */
export function settled(snapshot: AnyMachineSnapshot, before?: AnyMachineSnapshot): AnyMachineSnapshot {
  if (snapshot._nodes === before?._nodes) return snapshot
  const root: AnyStateNode = snapshot.machine.root
  const active = new Set<AnyStateNode>(getStateNodes(root, snapshot.value))
  const nodes = [...active].toSorted((one, other) => one.order - other.order)
  return { ...snapshot, _nodes: nodes, value: valueOf(root, active), tags: new Set(nodes.flatMap(({ tags }) => tags)) }
}

function valueOf(node: AnyStateNode, active: ReadonlySet<AnyStateNode>): StateValue {
  const inner = childNodes(node).filter((child) => active.has(child))
  const [only] = inner
  if (node.type === 'compound' && only && childNodes(only).length === 0) return only.key
  return Object.fromEntries(inner.map((child) => [child.key, valueOf(child, active)]))
}

function historyIds({ historyValue }: AnyMachineSnapshot): Readonly<Record<string, readonly string[]>> {
  const nodes: Readonly<Record<string, readonly AnyStateNode[]>> = historyValue
  return Object.fromEntries(Object.entries(nodes).map(([id, remembered]) => [id, remembered.map((node) => node.id)]))
}
