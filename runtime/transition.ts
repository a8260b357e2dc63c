// Transition
// All that a watcher who asks for detail is told of one committed turn: what the chart shows, why, and what it changed. Made only while somebody watches.
//
// W1. What leaves the worker is redacted and bounded (machines/redact.ts).
import type { ActorId } from '../machines/address.ts'
import type { ActorEvent } from '../machines/message.ts'
import { hidden, isSecretName, redact } from '../machines/redact.ts'
import type { Patch, PatchOp } from './patch.ts'
import { correlationOf, type Entry } from './record.ts'
import { traceOf, type Living, type Outcome, type Trace } from './statechart/index.ts'

/** What a turn leaves for whoever may watch: references only, nothing is computed. */
export interface Taken {
  readonly before: Living | undefined
  readonly outcome: Outcome
  /** How long the machine's turn took. */
  readonly durationMs: number
}

export interface TransitionDetail extends Trace {
  /** Where the turn stands in the log: record and index in it. */
  readonly place: string
  readonly message: string
  readonly event: ActorEvent
  readonly from?: ActorId
  readonly correlation?: string
  readonly trace?: string
  readonly durationMs: number
  readonly children: { readonly started: readonly { readonly id: string; readonly actor: ActorId }[]; readonly stopped: readonly ActorId[] }
  readonly sends: readonly { readonly to: ActorId; readonly type: string }[]
  /** Operations on the stored state, paths from its root: the context is below `context`. */
  readonly patch: readonly unknown[]
}

export function detailOf(entry: Entry, place: string, { before, outcome, durationMs }: Taken): TransitionDetail {
  const { message, event, from, trace, patch = [], sends = [] } = entry
  const correlation = correlationOf(entry)
  return {
    ...traceOf(before, outcome),
    place,
    message,
    event: redact(event) as ActorEvent,
    ...(from !== undefined && { from }),
    ...(correlation !== undefined && { correlation }),
    ...(trace !== undefined && { trace }),
    durationMs,
    children: { started: outcome.spawned.map(({ id, address }) => ({ id, actor: address })), stopped: outcome.stopped },
    sends: sends.map(({ message: sent }) => ({ to: sent.to, type: sent.event.type })),
    patch: shownPatch(patch),
  }
}

/** The operations as people may see them (W1). */
export const shownPatch = (patch: Patch): readonly unknown[] => redact(patch.filter(isShown).map(hideSecret)) as readonly unknown[]

/** What the kernel keeps beside the state is its own. */
const isShown = ([, path]: PatchOp): boolean => path[0] !== 'keeping' && path[0] !== 'definition'

/** An operation names the field it changes in its path, not in its value. */
function hideSecret(operation: PatchOp): readonly unknown[] {
  const [name, path] = operation
  return path.some((part) => typeof part === 'string' && isSecretName(part)) ? [name, path, hidden] : operation
}
