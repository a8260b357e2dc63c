// Fork
// An actor that begins with the state another one had after a turn, and is given what the world answered that one.
//
// K1. Its first state is in the log before it does anything.
// K2. It touches nobody: what it sends is dropped unless its type is named, it has no parent, and its children are its own.
// K3. What is recorded is given once, in the order and the state in which the original took it; what it does beside that is where it diverges:
//     there it holds, or goes on for real.
// K4. A crash loses nothing of it: recordings are part of its state until they are applied.
// K5. It lives in its original's time, and draws its numbers while it relives (fork-clock.ts).
// K6. What is recorded and can come no more, since the fork went another way, is passed over when an effect waits for what stands behind it.
import { parseActorId, type ActorId } from '../machines/address.ts'
import type { StoredHold } from '../machines/debug.ts'
import { isResultOf, rebase, type ForkCommand, type Recorded, type StoredFork } from '../machines/fork.ts'
import type { ActorEvent, Message } from '../machines/message.ts'
import { nothingKept, type Activation } from './activation.ts'
import type { Change } from './entry.ts'
import type { EffectOrder } from './group.ts'
import type { EffectResult } from './items.ts'
import {
  childNameOf,
  decode,
  encodeFailure,
  fit,
  quietOutcome,
  type Host,
  type Json,
  type Living,
  type Outcome,
  type StoredChart,
  type StoredChild,
  type StoredKeeping,
} from './statechart/index.ts'

/** What the fork is at first and what it asks for, with the version that it runs on; a text says why it cannot be. */
export function firstTurn(
  host: Host,
  command: ForkCommand,
  { actor, now }: { readonly actor: ActorId; readonly now: number },
): { readonly host: Host; readonly change: Change } | string {
  const stored = storedAt(host, command, actor)
  const fitting = fit(host, actor, stored)
  if (fitting.kind === 'unfit') return `turn ${command.turn} of ${command.of} fits no version hosted here: ${fitting.findings.join('; ')}`
  const { living } = fitting
  const children = Object.entries(living.children)
  const outcome: Outcome = {
    ...quietOutcome,
    next: living,
    handled: true,
    effects: children.flatMap(([id, { kind, src, ended, address: key, input = null }]) =>
      kind === 'effect' && !ended ? [{ id, src, key, input }] : [],
    ),
    spawned: children.flatMap(([id, { kind, ended, address, input = null }]) =>
      kind === 'actor' && !ended ? [{ id, address: address as ActorId, input }] : [],
    ),
    replies: [{ value: { fork: actor } }],
  }
  const { of, turn, at, by, unrecorded, sendsTo, ttlMs, held } = command
  const recorded = rebase(command.recorded, of, actor) as readonly Recorded[]
  const change: Change = {
    living,
    keeping: {
      ...nothingKept,
      fork: { of, turn, by, unrecorded, sendsTo, ttlMs, recorded, clock: { at, now } },
      ...(held && { hold: holdOf(command, now, 'the fork') }),
    },
    outcome,
    whole: true,
  }
  return { host: fitting.host, change }
}

/** The original's state as the fork's: addresses are its own, and nobody is its parent. */
function storedAt(host: Host, { of, stored }: ForkCommand, actor: ActorId): StoredChart {
  const { parent: _parent, keeping: _keeping, ...chart } = rebase(stored, of, actor) as StoredChart & { readonly keeping?: unknown }
  const children = Object.entries(chart.children).map(([id, child]) => [id, ownChild(host, actor, id, child)] as const)
  return { ...chart, children: Object.fromEntries(children) }
}

function ownChild(host: Host, actor: ActorId, id: string, child: StoredChild): StoredChild {
  if (child.kind === 'effect') return child
  const n = Number(/\.(\d+)$/.exec(child.address)?.[1] ?? 0)
  return { ...child, address: childNameOf(host, actor, { src: child.src, id, n }) }
}

/** The change as a fork makes it: what it may not send is dropped, the next of what is recorded waits with it, and where nothing is it holds (K2, K3). */
export function asFork({ actor }: Pick<Activation, 'actor'>, change: Change, now: number): Change {
  const { outcome, living } = change
  if (!change.keeping.fork) return change
  const giving: Giving = { actor, now, keeping: change.keeping }
  const spawned = outcome?.spawned.filter((child) => isBornForReal(giving, child)) ?? []
  const unrecorded = outcome?.effects.find((effect) => find(giving.keeping.fork, isResultOf(effect)) < 0)
  if (unrecorded) diverge(giving, `effect ${unrecorded.src}`)
  passOver(giving, living)
  giveNext(giving, living)
  if (!outcome) return { ...change, keeping: giving.keeping }
  const sends = outcome.sends.filter(({ to }) => mayReach(giving, living, to))
  return { ...change, keeping: giving.keeping, outcome: { ...outcome, sends, spawned, watches: [], armed: [] } }
}

interface Giving {
  readonly actor: ActorId
  readonly now: number
  keeping: StoredKeeping
}

function mayReach({ actor, keeping: { fork } }: Giving, { children }: Living, to: ActorId): boolean {
  if (to === actor) return true
  const isChild = Object.values(children).some(({ kind, address }) => kind === 'actor' && address === to)
  return isChild ? fork?.unrecorded === 'real' : (fork?.sendsTo.includes(parseActorId(to)?.type ?? '') ?? false)
}

/** A message or the end of a child, when it is its turn: all before it are taken, and the fork is where the original was (K3). */
function giveNext(giving: Giving, { snapshot, children }: Living): void {
  const { fork, parked } = giving.keeping
  const next = fork?.recorded[0]
  if (!next || parked.length > 0 || snapshot.status !== 'active') return
  if (next.kind === 'effect' || next.kind === 'timer' || !isAt(next.state, snapshot)) return
  const child = next.kind === 'child' && Object.hasOwn(children, next.id) ? children[next.id] : undefined
  const from = next.kind === 'mail' ? next.from : child && !child.ended ? (child.address as ActorId) : undefined
  if (from === undefined) return
  takeOut(giving, (one) => one === next)
  const message = give(giving, next.event, from)
  const { fork: left } = giving.keeping
  const { random, at } = next
  const drawn = { message, ...(random !== undefined && { random }), ...(at !== undefined && { at }) }
  if (left) giving.keeping = { ...giving.keeping, fork: { ...left, given: drawn } }
}

/** K6 */
function passOver(giving: Giving, { snapshot, children, timers }: Living): void {
  const { fork, parked } = giving.keeping
  if (!fork || parked.length > 0) return
  const running = runningEffects(children)
  const isAwaited = (one: Recorded): boolean => running.some(isResultOfChild(one))
  const mayCome = (one: Recorded): boolean => {
    if (one.kind === 'effect') return isAwaited(one)
    if (one.kind === 'timer') return Object.hasOwn(timers, one.id)
    return isAt(one.state, snapshot) && (one.kind === 'mail' || Object.hasOwn(children, one.id))
  }
  if (!fork.recorded.some(isAwaited)) return
  const from = fork.recorded.findIndex(mayCome)
  if (from > 0) giving.keeping = { ...giving.keeping, fork: { ...fork, recorded: fork.recorded.slice(from) } }
}

const runningEffects = (children: Living['children']): readonly StoredChild[] =>
  Object.values(children).filter(({ kind, ended }) => kind === 'effect' && !ended)

const isResultOfChild =
  (one: Recorded) =>
  ({ src, input = null }: StoredChild): boolean =>
    isResultOf({ src, input })(one)

/** Whether a timer that rings has to wait for what the original took before it was due, since that is on its way: however long the fork stood still (K3). */
export function comesLater(
  { living, keeping }: Pick<Activation, 'living' | 'keeping'>,
  { id, n }: { readonly id: string; readonly n: number },
): boolean {
  const { fork, parked } = keeping
  const timer = living && Object.hasOwn(living.timers, id) ? living.timers[id] : undefined
  if (!fork || timer?.n !== n) return false
  const given = parked.some((message) => message.id === fork.given?.message) ? fork.given : undefined
  const first = given ?? (fork.recorded[0] && isOnItsWay(fork.recorded[0], living) ? fork.recorded[0] : undefined)
  const isItself = first !== undefined && 'kind' in first && first.kind === 'timer' && first.id === id
  return first?.at !== undefined && !isItself && timer.due >= first.at
}

function isOnItsWay(next: Recorded, living: Living | undefined): boolean {
  if (next.kind === 'timer') return Object.hasOwn(living?.timers ?? {}, next.id)
  return next.kind === 'effect' && runningEffects(living?.children ?? {}).some(isResultOfChild(next))
}

const isAt = (state: unknown, { value }: Living['snapshot']): boolean => JSON.stringify(state) === JSON.stringify(value)

/** A child whose end is recorded is never born; one that is not is born only where the fork goes on for real, and has failed where it holds. */
function isBornForReal(giving: Giving, { id, address }: Outcome['spawned'][number]): boolean {
  if (find(giving.keeping.fork, (one) => one.kind === 'child' && one.id === id) >= 0) return false
  diverge(giving, `child ${id}`)
  if (giving.keeping.fork?.unrecorded === 'real') return true
  const error = encodeFailure(new Error(`what child ${id} came to is not recorded, and this fork starts no children`))
  give(giving, { type: `xstate.error.actor.${id}`, error, actorId: id }, address)
  return false
}

/** It waits with the fork's messages, in the log (K4), under the id that comes back. */
function give(giving: Giving, event: ActorEvent, from: ActorId): string {
  const { actor, keeping } = giving
  const id = `${actor}.given.${keeping.fork?.recorded.length ?? 0}.${keeping.parked.length}`
  const message: Message = { id, to: actor, kind: 'event', event, from }
  giving.keeping = { ...keeping, parked: [...keeping.parked, message] }
  return id
}

function diverge(giving: Giving, what: string): void {
  const { keeping, now } = giving
  const { fork } = keeping
  if (!fork || fork.diverged !== undefined) return
  const hold = holdOf(fork, now, `diverged: ${what}`)
  const alone = { ...fork, diverged: what, recorded: [] } // from here on nothing fits
  giving.keeping = { ...keeping, fork: alone, ...(fork.unrecorded === 'hold' && { hold }) }
}

const holdOf = ({ by, ttlMs }: Pick<StoredFork, 'by' | 'ttlMs'>, now: number, breakpoint: string): StoredHold => ({
  by,
  since: now,
  until: now + ttlMs,
  held: true,
  steps: 0,
  breakpoints: [],
  hit: { breakpoint },
})

/** What is recorded for an effect that is about to start, when it is its turn (K3). */
export function recordedResult({ activation, src, input }: Asked): EffectResult | undefined {
  const { fork } = activation.keeping
  const recorded = fork?.recorded[0]
  if (!recorded || !isResultOf({ src, input })(recorded)) return undefined
  const { event } = recorded
  const value = (field: string): unknown => decode((event[field] ?? null) as Json)
  return event.type.startsWith('xstate.done.') ? { ok: true, output: value('output') } : { ok: false, error: value('error') }
}

type Asked = Pick<EffectOrder, 'activation' | 'src' | 'input'>

/** Its result is recorded, and others come before it. */
export const waitsForItsTurn = ({ activation: { keeping }, src, input }: Asked): boolean =>
  find(keeping.fork, isResultOf({ src, input })) > 0 || (keeping.fork !== undefined && keeping.parked.length > 0)

/** What the fork keeps once the result of an effect is applied. */
export function withoutRecorded(keeping: StoredKeeping, effect: StoredChild | undefined): StoredKeeping {
  if (!keeping.fork || !effect) return keeping
  const giving: Giving = { actor: keeping.fork.of, now: 0, keeping }
  takeOut(giving, isResultOf({ src: effect.src, input: effect.input ?? null }))
  return giving.keeping
}

/** What the fork keeps once a timer has fired. */
export function withoutTimer(keeping: StoredKeeping, id: string): StoredKeeping {
  const { fork } = keeping
  const [next] = fork?.recorded ?? []
  return fork && next?.kind === 'timer' && next.id === id ? { ...keeping, fork: { ...fork, recorded: fork.recorded.slice(1) } } : keeping
}

const find = (fork: StoredFork | undefined, is: (one: Recorded) => boolean): number => fork?.recorded.findIndex(is) ?? -1

function takeOut(giving: Giving, is: (one: Recorded) => boolean): void {
  const { fork } = giving.keeping
  const at = find(fork, is)
  if (fork && at >= 0) giving.keeping = { ...giving.keeping, fork: { ...fork, recorded: fork.recorded.toSpliced(at, 1) } }
}
