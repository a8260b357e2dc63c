// Fork
// A new actor that begins where another one was: its state of one turn, and what the world answered from there on, so that going on costs nothing
// until it does something that the other one did not.
import type { ActorId } from './address.ts'
import { parseActorId } from './address.ts'
import type { ActorEvent } from './message.ts'

/** What the world answered the original, in the order it was taken. Each is given once, when all before it are taken. */
export type Recorded = Answered & {
  /** The number that the original's turn drew, in [0, 1): the fork's draws it too, so that what it makes of chance is what the next answers are to. */
  readonly random?: number
  /** When the original took it, epoch ms: the time of the fork's turn as well. */
  readonly at?: number
}

type Answered =
  /** The result of an effect: an `xstate.done.actor.…` or `xstate.error.actor.…` event, given to the effect of this source with this input. */
  | { readonly kind: 'effect'; readonly src: string; readonly input: unknown; readonly event: ActorEvent }
  /** What a child actor came to, given to the child of this id. */
  | { readonly kind: 'child'; readonly id: string; readonly event: ActorEvent; readonly state: unknown }
  /** A message from an actor, given in the state value in which the original took it. */
  | { readonly kind: 'mail'; readonly from: ActorId; readonly event: ActorEvent; readonly state: unknown }
  /** A timer that fired: the fork's own of this id fires. */
  | { readonly kind: 'timer'; readonly id: string }

/** What happens where nothing is recorded: `hold` stands still before the effect, `real` runs it. */
export type Divergence = 'hold' | 'real'

export interface ForkCommand {
  readonly type: '@fork'
  readonly by: string
  /** The original, of the same actor type; nothing is sent to it. */
  readonly of: ActorId
  /** Its turn that the fork begins after, and when that was, epoch ms. */
  readonly turn: number
  readonly at: number
  /** Its stored state of that turn, without what the kernel keeps. */
  readonly stored: Readonly<Record<string, unknown>>
  readonly recorded: readonly Recorded[]
  readonly unrecorded: Divergence
  /** Actor types it may send to; to no other actor by default. */
  readonly sendsTo: readonly string[]
  /** How long it may stand still. */
  readonly ttlMs: number
  /** It stands still at once, so that something can be sent to it before it goes on. */
  readonly held?: boolean
}

/** What a fork keeps of being one. */
export interface StoredFork extends Pick<ForkCommand, 'of' | 'turn' | 'by' | 'unrecorded' | 'sendsTo' | 'ttlMs'> {
  /** Not given yet. */
  readonly recorded: readonly Recorded[]
  /** The message that was given last, with what its turn draws, and when it was. */
  readonly given?: Pick<Recorded, 'random' | 'at'> & { readonly message: string }
  /** Absent in what builds stored before forks had a time of their own: theirs is the world's. */
  readonly clock?: ForkClock
  /** The first thing it did that the original had not done. */
  readonly diverged?: string
}

/** A fork lives in its original's time. */
export interface ForkClock {
  /** The time of its last turn, epoch ms. */
  readonly at: number
  /** What the world's was then. */
  readonly now: number
}

/** Whether a recorded result is that of an effect with this source and input. */
export const isResultOf =
  ({ src, input }: { readonly src: string; readonly input: unknown }) =>
  (one: Recorded): one is Extract<Recorded, { readonly kind: 'effect' }> =>
    one.kind === 'effect' && one.src === src && JSON.stringify(one.input ?? null) === JSON.stringify(input)

export const recordedMax = 1_000
const sendsToMax = 20

/** What is wrong with a fork from outside; undefined when it is good. `by` and `ttlMs` are checked as those of every debug command. */
export function forkFault(command: Partial<Record<string, unknown>>): string | undefined {
  const { of, turn, at, stored, recorded, unrecorded, held, sendsTo } = command
  if (typeof of !== 'string' || !parseActorId(of)) return `'of' names no actor`
  if (!Number.isSafeInteger(turn) || Number(turn) < 1) return `'turn' is a positive whole number`
  if (!Number.isSafeInteger(at)) return `'at' is a time in epoch milliseconds`
  if (typeof stored !== 'object' || stored === null) return `'stored' is the state of the original`
  if (unrecorded !== 'hold' && unrecorded !== 'real') return `'unrecorded' is hold or real`
  if (held !== undefined && typeof held !== 'boolean') return `'held' is true or false`
  if (!Array.isArray(sendsTo) || sendsTo.length > sendsToMax || !sendsTo.every((type) => typeof type === 'string'))
    return `'sendsTo' is a list of at most ${sendsToMax} actor types`
  if (!Array.isArray(recorded) || recorded.length > recordedMax || !recorded.every(isRecorded))
    return `'recorded' is a list of at most ${recordedMax} results of effects, ends of children and messages`
  return undefined
}

function isRecorded(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { kind, src, id, from, event, random, at } = value as Partial<Record<string, unknown>>
  if (at !== undefined && !Number.isSafeInteger(at)) return false
  if (random !== undefined && !(typeof random === 'number' && random >= 0 && random < 1)) return false
  if (kind === 'timer') return typeof id === 'string'
  if (typeof event !== 'object' || event === null || typeof (event as { type?: unknown }).type !== 'string') return false
  if (kind === 'effect') return typeof src === 'string'
  return kind === 'child' ? typeof id === 'string' : kind === 'mail' && typeof from === 'string'
}

/** The value with every mention of the original's address replaced by the fork's: as a text, at the head of a key, and as {tenant, type, key}. */
export function rebase(value: unknown, of: ActorId, to: ActorId): unknown {
  const [from, into] = [parseActorId(of), parseActorId(to)]
  const walk = (inner: unknown): unknown => {
    if (typeof inner === 'string') return inner === of ? to : inner.startsWith(`${of}#`) ? `${to}${inner.slice(of.length)}` : inner
    if (typeof inner !== 'object' || inner === null) return inner
    if (Array.isArray(inner)) return inner.map(walk)
    const { tenant, type, key } = inner as Partial<Record<string, unknown>>
    const isAddress = from && into && tenant === from.tenant && type === from.type && key === from.key
    const fields = Object.entries(inner).map(([name, field]): [string, unknown] => [name, walk(field)])
    return { ...Object.fromEntries(fields), ...(isAddress && { key: into.key }) }
  }
  return walk(value)
}
