// Fork's clock
// The time that a fork lives in: its original's. It goes on as the world's does, and leaps to what is recorded.
//
// F1. A turn that takes what is recorded has the time of the original's turn, and draws its number.
// F2. Between two such turns time does not pass the second one.
// F3. A timer has as long to go as it had, by this time; one that is recorded to have fired next fires at once, and others that are due later
//     wait for what is recorded and can come (`comesLater` in fork.ts).
import { isResultOf, type ForkClock, type Recorded, type StoredFork } from '../machines/fork.ts'
import type { EventMeta } from '../machines/message.ts'
import type { Living, StoredChild, StoredKeeping } from './statechart/index.ts'

/** What a turn is about, as far as it may be recorded. */
export interface Relived {
  readonly message: string
  /** Whose result it applies. */
  readonly effect?: StoredChild | undefined
  /** The timer that has fired. */
  readonly timer?: string | undefined
}

/** The facts of a turn at the world's time, as those of the actor's own turn (F1, F2). They are the same for an actor that is no fork. */
export function ownMeta({ fork }: StoredKeeping, meta: EventMeta, relived: Relived): EventMeta {
  if (!fork) return meta
  const taken = takenBy(fork, relived)
  const at = taken?.at === undefined ? timeOf(fork, meta.at) : Math.max(fork.clock?.at ?? 0, taken.at)
  return { ...meta, at, ...(taken?.random !== undefined && { random: taken.random }) }
}

/** What is recorded and taken by this turn. */
function takenBy({ recorded, given }: StoredFork, { message, effect, timer }: Relived): Pick<Recorded, 'at' | 'random'> | undefined {
  if (given?.message === message) return given
  const [next] = recorded
  if (timer !== undefined) return next?.kind === 'timer' && next.id === timer ? next : undefined
  return effect && next && isResultOf({ src: effect.src, input: effect.input ?? null })(next) ? next : undefined
}

/** F2 */
function timeOf({ recorded: [next], clock: kept }: StoredFork, now: number): number {
  const clock = kept ?? { at: now, now }
  const passed = clock.at + Math.max(0, now - clock.now)
  return next?.at === undefined ? passed : Math.max(clock.at, Math.min(passed, next.at))
}

/** When a timer is due by the world's clock; epoch ms. */
export const dueOf = ({ fork }: StoredKeeping, { due }: { readonly due: number }): number =>
  fork?.clock ? due + fork.clock.now - fork.clock.at : due

/** The timers of a living actor with the times at which they ring (F3). */
export function ringing({ timers }: Pick<Living, 'timers'>, keeping: StoredKeeping): readonly { id: string; n: number; due: number }[] {
  const next = keeping.parked.length === 0 ? keeping.fork?.recorded[0] : undefined
  const first = next?.kind === 'timer' ? next.id : undefined
  return Object.entries(timers).map(([id, timer]) => ({ id, n: timer.n, due: id === first ? 0 : dueOf(keeping, timer) }))
}

/** The timers as people see them: due by the world's clock. */
export const shownTimers = ({ timers }: Pick<Living, 'timers'>, keeping: StoredKeeping): Living['timers'] =>
  keeping.fork ? Object.fromEntries(Object.entries(timers).map(([id, timer]) => [id, { ...timer, due: dueOf(keeping, timer) }])) : timers

interface Clocked {
  readonly living: Living | undefined
  readonly keeping: StoredKeeping
}

/** How long a timer that rings has still to wait, since its actor's time was held back (F2); ms. */
export function earlyMs({ living, keeping }: Clocked, timer: { readonly id: string; readonly n: number }, now: number): number {
  if (!keeping.fork || !living) return 0
  const due = ringing(living, keeping).find(({ id, n }) => id === timer.id && n === timer.n)?.due ?? 0
  return Math.max(0, due - now)
}

/** What an actor keeps after a turn at the time `at`, while the world's was `now`. */
export const keptTime = (keeping: StoredKeeping, clock: ForkClock): StoredKeeping =>
  keeping.fork ? { ...keeping, fork: { ...keeping.fork, clock } } : keeping
