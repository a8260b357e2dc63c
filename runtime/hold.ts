// Hold
// An actor that stands still for whoever debugs it. It stays owned and supervised; what comes to it waits, and a step lets one through.
//
// H1. Nothing is lost: messages wait in the state, as for a restart; timers and results of effects wait with the owner, and the next owner has them again.
// H2. A hold ends by itself at `until`, whoever forgot it.
// H3. A cancel, a stop and what kernels say to each other pass: an actor that stands still can still be ended.
import type { ActorEvent } from '../machines/message.ts'
import { parseActorId } from '../machines/address.ts'
import { holdMsMax, type Breakpoint, type DebugCommand, type StoredHold, type TypeBreakpoint } from '../machines/debug.ts'
import type { ForkCommand } from '../machines/fork.ts'
import type { Activation } from './activation.ts'
import { conclude } from './conclude.ts'
import { draftOf, letterOf, refuse, seal, type Cause, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import { firstTurn, waitsForItsTurn } from './fork.ts'
import type { EffectOrder } from './group.ts'
import { pauseLookMs } from './tenants.ts'
import { stateNames, traceOf, type Host, type Living, type Outcome, type StoredKeeping, type Trace } from './statechart/index.ts'

/** What of a held actor waits in memory looks this often whether it may pass. */
export const holdLookMs = 100

/** Whether what arrives has to wait. */
export function isHeld({ group }: Desk, { keeping: { hold } }: Activation): boolean {
  return hold !== undefined && hold.held && hold.steps === 0 && group.now < hold.until // H2
}

/** How long an effect has to wait before it may start: its tenant is paused, or it is a fork's that holds or has others to take first. 0: not at all. */
export function startWaitMs(order: EffectOrder, tenants: { isPaused(tenant: string): boolean }, now: number): number {
  const { address, keeping } = order.activation
  const { fork, hold } = keeping
  if (tenants.isPaused(address.tenant)) return pauseLookMs
  const holds = fork !== undefined && hold?.held && hold.steps === 0 && now < hold.until
  return holds || waitsForItsTurn(order) ? holdLookMs : 0
}

/** A command from outside: who asks is told how the actor stands now. */
export function onDebug(desk: Desk, activation: Activation, cause: Cause): void {
  const { host, living, keeping } = activation
  if (cause.event.type === '@fork') return onFork(desk, activation, cause)
  if (!host || living?.snapshot.status !== 'active')
    return refuse(desk, activation, cause, { code: refusals.notBorn, cause: `no living actor ${activation.actor} to debug` })
  // Checked when it came in (items.ts).
  const command = cause.event as unknown as DebugCommand
  const fault = command.type === '@breakpoints' ? missingState(host, command.breakpoints) : stepFault(desk, keeping, command)
  if (fault !== undefined) return refuse(desk, activation, cause, { code: refusals.notAccepted, cause: fault })
  change(desk, activation, cause, holdAfter(keeping.hold, command, desk.group.now))
}

/** The actor is born as a fork. Its state is the entry's, so the command is told without it. */
function onFork(desk: Desk, activation: Activation, cause: Cause): void {
  const { host, actor, address } = activation
  const command = cause.event as unknown as ForkCommand
  const { type, of, turn, by } = command
  const told: Cause = { ...cause, event: { type, of, turn, by } }
  if (!host || activation.living || parseActorId(of)?.type !== address.type) {
    const why = activation.living ? `${actor} exists already` : `a fork of ${of} is an actor of its type, and of one that is hosted`
    return refuse(desk, activation, told, { code: refusals.notAccepted, cause: why })
  }
  try {
    const first = firstTurn(host, command, { actor, now: desk.group.now })
    if (typeof first === 'string') return refuse(desk, activation, told, { code: refusals.needsMigration, cause: first })
    activation.host = first.host
    conclude(desk, activation, told, first.change)
  } catch (error) {
    activation.host = host // nothing has happened
    refuse(desk, activation, told, letterOf(error)) // a state that is none
  }
}

/** Whether an event must wait at a breakpoint; then the hold begins. */
export function breaksAt(desk: Desk, activation: Activation, cause: Cause): boolean {
  const { hold } = activation.keeping
  const ofType = desk.breakpointsOf(activation.address)
  if ((!hold && !ofType) || hold?.held || hold?.hit?.message === cause.id) return false
  const reached = reachedAmong(desk, hold, ofType, ({ on, match }) => on === 'event' && match === cause.event.type)
  if (!reached) return false
  const { breakpoint } = reached.hit
  change(
    desk,
    activation,
    { ...cause, id: `${cause.id}.break`, event: { type: '@break', breakpoint } },
    { ...reached, hit: { breakpoint, message: cause.id } },
  )
  return true
}

/** The hold that begins at the first breakpoint that is reached: the actor's own, else one of its type. */
function reachedAmong(
  { group: { now } }: Pick<Desk, 'group'>,
  hold: StoredHold | undefined,
  ofType: readonly TypeBreakpoint[] | undefined,
  isReached: (breakpoint: Breakpoint) => boolean,
): (StoredHold & Required<Pick<StoredHold, 'hit'>>) | undefined {
  const own = hold && now < hold.until ? hold : undefined
  const mine = own?.breakpoints.find(isReached)
  if (own && mine) return { ...own, held: true, hit: { breakpoint: mine.id } }
  const common = ofType?.find((one) => now < one.until && isReached(one))
  if (!common) return undefined
  const { by, holdMs, id } = common
  const { breakpoints = [], until = 0, armedUntil = until } = own ?? {}
  const ofItsOwn = { breakpoints, ...(breakpoints.length > 0 && { armedUntil }) }
  return { by, since: now, until: now + holdMs, steps: 0, ...ofItsOwn, held: true, hit: { breakpoint: id } }
}

/** The same for the first of those that wait already. */
export function breaksAtFirst(desk: Desk, activation: Activation): boolean {
  const [first] = activation.keeping.parked
  return first?.kind === 'event' && breaksAt(desk, activation, { id: first.id, event: first.event, message: first })
}

/** The hold after a turn: a step is spent, or a breakpoint is hit. */
export function holdAfterTurn(
  desk: Desk,
  { address, living }: Pick<Activation, 'address' | 'living'>,
  keeping: StoredKeeping,
  outcome: Outcome,
): StoredKeeping {
  const { hold } = keeping
  const ofType = desk.breakpointsOf(address)
  if (!hold && !ofType) return keeping
  if (hold?.held) return { ...keeping, hold: { ...hold, steps: Math.max(0, hold.steps - 1) } }
  const isActive = outcome.next.snapshot.status === 'active' // one that has ended does nothing more that could be looked at
  const reached = isActive ? reachedAmong(desk, hold, ofType, passedIn(living, outcome)) : undefined
  if (reached) return { ...keeping, hold: reached }
  if (!hold?.hit) return keeping
  const { hit: _passed, ...armed } = hold
  const { hold: _over, ...rest } = keeping
  return armed.breakpoints.length > 0 ? { ...keeping, hold: armed } : rest
}

/** The same for an actor that begins, or begins again: it entered the states that it is in. */
export const holdAfterBirth = (
  desk: Desk,
  { address }: Pick<Activation, 'address'>,
  keeping: StoredKeeping,
  outcome: Outcome,
): StoredKeeping => (keeping.hold?.held ? keeping : holdAfterTurn(desk, { address, living: undefined }, keeping, outcome))

/** Lets go what is over; what waited is taken. */
export function expireHold(desk: Desk, activation: Activation): void {
  const { hold } = activation.keeping
  if (!hold || desk.group.now < hold.until) return
  const event: ActorEvent = { type: '@release', by: 'time', held: hold.held }
  const armedAgain = isArmedAfter(hold, desk.group.now) ? letGo(hold) : undefined
  const next = armedAgain ?? passing({ ...hold, breakpoints: [] }, desk.group.now)
  change(desk, activation, { id: `${activation.actor}.release.${activation.turn + 1}`, event }, next)
}

const isArmedAfter = ({ armedUntil = 0, breakpoints }: StoredHold, now: number): boolean => breakpoints.length > 0 && now < armedUntil

/** It goes on, with its own breakpoints for as long as they were set. */
function letGo({ armedUntil, ...hold }: StoredHold): StoredHold {
  return { ...hold, steps: 0, held: false, until: armedUntil ?? hold.until }
}

/** A hold that has ended at an event lets that one pass, and is gone after it: a breakpoint of the type would stop it again. */
const passing = (hold: StoredHold, now: number): StoredHold | undefined =>
  hold.held && hold.hit?.message !== undefined ? { ...hold, held: false, steps: 0, until: now + holdMsMax } : undefined

function change(desk: Desk, activation: Activation, cause: Cause, hold: StoredHold | undefined): void {
  const { living, actor, keeping } = activation
  if (!living) return
  const { hold: _before, ...rest } = keeping
  const draft = draftOf(desk, activation, cause, activation.turn + 1)
  const replyTo = cause.message?.replyTo
  const isCommand = cause.message?.kind === 'debug'
  if (replyTo && isCommand)
    desk.group.reply(draft, replyTo, {
      id: replyTo.id,
      ok: true,
      value: { held: hold?.held ?? false, ...hold, waiting: keeping.parked.length },
    })
  seal(desk, activation, draft, { living, keeping: { ...rest, ...(hold && { hold }) } })
  if (hold) desk.group.timers.push({ actor, id: undefined, n: 0, due: hold.until }) // H2
  if (keeping.parked.length > 0) desk.group.again.push(actor)
}

function holdAfter(hold: StoredHold | undefined, command: DebugCommand, now: number): StoredHold | undefined {
  const { by } = command
  const armed = { by, since: now, steps: 0, breakpoints: hold?.breakpoints ?? [] }
  switch (command.type) {
    case '@hold':
      return { ...armed, since: hold?.held ? hold.since : now, until: now + command.ttlMs, held: true }
    case '@step':
      return hold && { ...hold, steps: command.count ?? 1 }
    case '@release':
      return hold && (hold.breakpoints.length > 0 ? { ...letGo(hold), by, since: now } : passing(hold, now))
    case '@fork':
      return hold // handled before
    case '@breakpoints': {
      if (command.breakpoints.length === 0 && !hold?.held) return undefined
      const { armedUntil: _former, ...standing } = hold ?? {}
      return { ...armed, ...standing, by, until: now + command.ttlMs, held: hold?.held ?? false, breakpoints: command.breakpoints }
    }
  }
}

function stepFault({ group }: Desk, { hold }: StoredKeeping, command: DebugCommand): string | undefined {
  const holds = hold?.held && group.now < hold.until
  return command.type === '@step' && !holds ? 'the actor is not held: there is nothing to step through' : undefined
}

/** What is wrong with breakpoints of states that the machine has not; undefined when it has them all. */
export function missingState(host: Host, breakpoints: readonly Breakpoint[]): string | undefined {
  const names = stateNames(host)
  const missing = breakpoints.find(({ on, match }) => on === 'state' && !names.includes(match))
  return (
    missing && `breakpoint '${missing.id}': the machine has no state '${missing.match}'; it has ${names.slice(0, namesShown).join(', ')}`
  )
}

const namesShown = 40

/** Whether a breakpoint was reached within a turn. What happened there is looked at for the first one that could be. */
function passedIn(before: Living | undefined, outcome: Outcome): (breakpoint: Breakpoint) => boolean {
  let trace: Trace | undefined
  return ({ on, match }) => {
    if (on === 'event') return false
    const { entered, guards } = (trace ??= traceOf(before, outcome))
    return on === 'state' ? entered.includes(match) : guards.some(({ name, result }) => result && name === match)
  }
}
