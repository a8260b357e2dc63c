// Turns
// One item becomes one or more entries of the group: the actor is born if need be, takes its turn, and what it asked for is put into the group.
//
// T2. Every message of the mailbox ends as a turn, a dead letter, a refusal to its asker, or (when it repeats or is out of date) a count.
// T3. An ask is answered exactly once: by `reply`, by a refusal, or when the actor ends; not at all when its deadline passed while it waited.
import type { ActorEvent, Message } from '../machines/message.ts'
import { effectsOf, nothingKept, type Activation } from './activation.ts'
import { afterTheEnd, arrive, metaFor } from './arrive.ts'
import { conclude } from './conclude.ts'
import { draftOf, letterOf, refuse, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { refusals, ResultTooLarge } from './errors.ts'
import { endInstead, failedChild, parkMessage, superviseFailure, unparkFirst } from './failure.ts'
import { earlyMs } from './fork-clock.ts'
import { comesLater } from './fork.ts'
import type { EffectOrder } from './group.ts'
import { resultItem } from './inside-items.ts'
import type { EffectResult, Item } from './items.ts'
import { parkUnfit } from './park-unfit.ts'
import { startChildren } from './group-restart.ts'
import { hasNoRoom, isRepeated } from './once.ts'
import { restart } from './restart.ts'
import { countExpired, shed } from './shed.ts'
import { answerIdleStop } from './stops.ts'
import { breaksAt, breaksAtFirst, expireHold, holdLookMs, holdAfterBirth, isHeld, onDebug } from './hold.ts'
import { onSystemMessage } from './system-messages.ts'
import { accepts, birth, encodeFailure, whenTold, type Birth, type Host, type Json, type StoredKeeping } from './statechart/index.ts'
import { pauseLookMs } from './tenants.ts'
import { startTurnSpan } from './telemetry.ts'

export function take(desk: Desk, activation: Activation, item: Item): void {
  switch (item.kind) {
    case 'message':
      return onMessage(desk, activation, item.message)
    case 'refused':
      return refuse(
        desk,
        activation,
        { id: item.id, event: { type: '@refused' }, ...(item.replyTo && { message: refusedMessage(item) }) },
        item.letter,
      )
    case 'shed':
      return shed(desk, activation, item)
    case 'expired':
      return countExpired(desk, activation, item)
    case 'timer':
      if (desk.isPaused(activation.address.tenant)) return postpone(desk, item, pauseLookMs)
      if (isHeld(desk, activation)) return postpone(desk, item, holdLookMs)
      if (comesLater(activation, item)) return postpone(desk, item, holdLookMs)
      if (earlyMs(activation, item, desk.group.now) > 0) return postpone(desk, item, earlyMs(activation, item, desk.group.now))
      return arrive(
        desk,
        activation,
        { kind: 'timer', id: item.id, n: item.n },
        { id: `${item.id}.${item.n}`, event: { type: '@timer', id: item.id }, correlation: activation.keeping.correlation },
      )
    case 'result':
      if (isHeld(desk, activation)) return void desk.group.later.push(item)
      return onResult(desk, activation, item)
    case 'restart':
      return onRestart(desk, activation)
    case 'start':
      return onStartOfEffect(desk, activation, item.order)
    case 'quarantined':
      return onQuarantined(desk, activation, item)
    case 'wake':
      desk.group.wakes.push(item)
  }
}

const refusedMessage = (item: Extract<Item, { kind: 'refused' }>): Message => ({
  id: item.id,
  to: item.actor,
  kind: 'event',
  event: { type: '@refused' },
  ...(item.replyTo && { replyTo: item.replyTo }),
})

function onMessage(desk: Desk, activation: Activation, message: Message, parked = false): void {
  const cause = causeOf(desk, activation, message)
  const { host } = activation
  if (!host && message.kind === 'stop') return answerIdleStop(desk, activation, cause)
  if (!host)
    return refuse(desk, activation, cause, {
      code: refusals.unknownType,
      cause: `no actor type '${activation.address.type}' is registered`,
    })
  if (message.deadline !== undefined && message.deadline < desk.group.now && message.replyTo)
    return refuse(desk, activation, cause, {
      code: refusals.deadlinePassed,
      cause: `the deadline passed ${desk.group.now - message.deadline} ms ago`,
    })
  if (activation.unfit !== undefined) return parkUnfit(desk, activation, cause, message)
  switch (message.kind) {
    case 'init':
      return activation.living ? undefined : born(desk, activation, host, cause)
    case 'stop':
      return onStop(desk, activation, cause)
    case 'system':
      return onSystemMessage(desk, activation, cause)
    case 'debug':
      return onDebug(desk, activation, cause)
    case 'cancel':
    case 'event':
      return onEvent(desk, activation, { host, cause, message, parked })
  }
}

function onStop(desk: Desk, activation: Activation, cause: Cause): void {
  const { living, keeping } = activation
  if (keeping.restartDue === undefined && living?.snapshot.status === 'active') return arrive(desk, activation, { kind: 'stop' }, cause)
  if (keeping.restartDue !== undefined) endInstead(desk, activation, cause, keeping)
  answerIdleStop(desk, activation, cause)
}

function onEvent(
  desk: Desk,
  activation: Activation,
  { host, cause, message, parked }: { host: Host; cause: Cause; message: Message; parked: boolean },
): void {
  const fault = message.from === undefined && message.kind === 'event' ? host.definition.accepts?.(message.event) : undefined
  if (fault !== undefined) return refuse(desk, activation, cause, { code: refusals.notAccepted, cause: fault })
  if (!activation.living) {
    if (desk.isPaused(activation.address.tenant) && message.kind === 'event')
      return refuse(desk, activation, cause, { code: refusals.tenantPaused, cause: `tenant ${activation.address.tenant} is paused` })
    if (!host.definition.createdByMessage || message.kind === 'cancel')
      return refuse(desk, activation, cause, { code: refusals.notBorn, cause: `no actor ${activation.actor} exists` })
    born(desk, activation, host, { id: `${cause.id}.birth`, event: { type: '@init' }, correlation: cause.correlation })
    if (!activation.living)
      return refuse(desk, activation, cause, { code: refusals.notBorn, cause: `${activation.actor} could not be born` })
  }
  if (desk.isPaused(activation.address.tenant) && message.kind === 'event') return waitForTenant(desk, activation, cause, message)
  if (isRepeated(desk, activation, cause, message) || hasNoRoom(desk, activation, cause, message)) return
  const isActive = activation.living.snapshot.status === 'active'
  const mustWait = isActive && !parked && activation.keeping.parked.length > 0 // those before it are still to be taken
  const waits = isActive && !parked && message.kind === 'event' && (isHeld(desk, activation) || breaksAt(desk, activation, cause))
  if (activation.keeping.restartDue !== undefined || mustWait || waits) return parkMessage(desk, activation, cause, message)
  if (!isActive) return afterTheEnd(desk, activation, cause)
  if (message.kind === 'cancel' && !accepts(host, activation.living, message.event))
    return arrive(desk, activation, { kind: 'stop' }, cause)
  arrive(desk, activation, { kind: 'event', event: message.event, ...(message.from && { from: message.from }) }, cause)
}

/** A timer of a paused tenant, or of an actor that is held, comes up again until it goes on. */
function postpone({ group }: Desk, { actor, id, n }: Extract<Item, { kind: 'timer' }>, lookMs: number): void {
  group.timers.push({ actor, id, n, due: group.now + lookMs })
}

/** A message for a paused tenant waits with its actor; who asks is told at once. */
function waitForTenant(desk: Desk, activation: Activation, cause: Cause, message: Message): void {
  if (!message.replyTo) return parkMessage(desk, activation, cause, message)
  refuse(desk, activation, cause, {
    code: refusals.tenantPaused,
    cause: `tenant ${activation.address.tenant} is paused; nothing was applied`,
  })
}

function onResult(desk: Desk, activation: Activation, item: Extract<Item, { kind: 'result' }>): void {
  const { id, key, correlation, trace } = item
  const { result, event } = fittingResult(desk, item)
  arrive(desk, activation, { kind: 'result', id, key, result }, { id: key, event, correlation, trace, result: key })
}

/** A result that no entry can hold is a failure of its effect, so that the machine hears of it. */
function fittingResult(
  { options }: Desk,
  { id, key, result }: Extract<Item, { kind: 'result' }>,
): { result: EffectResult; event: ActorEvent } {
  const event: ActorEvent = result.ok
    ? { type: `xstate.done.actor.${id}`, output: encodeFailure(result.output) }
    : { type: `xstate.error.actor.${id}`, error: encodeFailure(result.error) }
  const size = JSON.stringify(event).length
  if (size <= options.messageBytesMax) return { result, event }
  const error = new ResultTooLarge(
    `effect ${key}: its result is ${size} characters, the limit is ${options.messageBytesMax}; keep the large part elsewhere and return where it is`,
  )
  return { result: { ok: false, error }, event: { type: `xstate.error.actor.${id}`, error: encodeFailure(error) } }
}

/** An effect that was held back until it could be started carefully: if it is still asked for. */
function onStartOfEffect(desk: Desk, activation: Activation, order: EffectOrder): void {
  const isAskedFor = effectsOf(activation).some(([, { address }]) => address === order.key)
  if (!isAskedFor) return desk.outOfDate(activation.actor, `effect ${order.src}`)
  const held = { ...order, activation }
  desk.group.effects.push(held)
  desk.group.held.add(held)
}

/** What killed workers is not taken: a message is a dead letter and its actor restarts, an effect has failed. */
function onQuarantined(desk: Desk, activation: Activation, { item, error }: Extract<Item, { kind: 'quarantined' }>): void {
  switch (item.kind) {
    case 'message':
      return superviseFailure(desk, activation, causeOf(desk, activation, item.message), error)
    case 'start':
      return onResult(desk, activation, resultItem(item.order, { ok: false, error }))
    case 'result':
      return onResult(desk, activation, { ...item, result: { ok: false, error } })
    case 'timer':
    case 'restart': {
      const id = item.kind === 'timer' ? `${item.id}.${item.n}` : `${activation.actor}.restart.${activation.turn + 1}`
      return superviseFailure(
        desk,
        activation,
        { id, event: { type: `@${item.kind}` }, correlation: activation.keeping.correlation },
        error,
      )
    }
    case 'refused':
    case 'shed':
    case 'expired':
    case 'wake':
    case 'quarantined':
      return take(desk, activation, item) // none of these runs an actor's code
  }
}

/** The restart that is due, of the actor or of its children; after its own one item for each message that waited, so that no record has to hold them all. */
function onRestart(desk: Desk, activation: Activation): void {
  const { actor, keeping } = activation
  const { now } = desk.group
  const { plan, restartDue: due } = keeping
  if (plan?.due !== undefined && plan.due <= now) return startChildren(desk, activation, plan)
  if (plan?.due !== undefined) desk.group.timers.push({ actor, id: undefined, n: 0, due: plan.due })
  if (due === whenTold) return
  if (due !== undefined && due > now) return void desk.group.timers.push({ actor, id: undefined, n: 0, due }) // the clock was put back
  if (due !== undefined) restart(desk, activation)
  else {
    if (desk.isPaused(activation.address.tenant)) return // `Partition.resume` comes back to it
    expireHold(desk, activation)
    if (isHeld(desk, activation) || breaksAtFirst(desk, activation)) return
    const message = unparkFirst(desk, activation)
    if (message) onMessage(desk, activation, message, true)
  }
  if (activation.keeping.restartDue === undefined && activation.keeping.parked.length > 0) desk.group.again.push(actor)
}

function born(desk: Desk, activation: Activation, host: Host, cause: Cause): void {
  const given = cause.message?.kind === 'init' ? (cause.message.event as unknown as { input: Json; parent: Birth['parent'] }) : undefined
  const { tenant, type, key } = activation.address
  const input = given ? given.input : { tenant, type, key }
  const first: Birth = { address: activation.actor, input, ...(given?.parent && { parent: given.parent }) }
  begin(desk, activation, first, {
    cause,
    keeping: { ...nothingKept, ...(cause.correlation !== undefined && { correlation: cause.correlation }) },
  })
  if (!activation.living && given?.parent && host) tellParent(desk, activation, given.parent, cause)
}

function begin(desk: Desk, activation: Activation, first: Birth, { cause, keeping }: { cause: Cause; keeping: StoredKeeping }): void {
  const { host } = activation
  if (!host) return
  try {
    const outcome = birth(host, first, metaFor(desk, activation, cause))
    conclude(desk, activation, cause, {
      living: outcome.next,
      keeping: holdAfterBirth(desk, activation, keeping, outcome),
      outcome,
      whole: true,
    })
  } catch (error) {
    refuse(desk, activation, cause, letterOf(error))
  }
}

/** A child that cannot be born is a failed child. */
function tellParent(desk: Desk, activation: Activation, parent: NonNullable<Birth['parent']>, cause: Cause): void {
  const draft = draftOf(
    desk,
    activation,
    { id: `${cause.id}.unborn`, event: { type: '@unborn' }, correlation: cause.correlation },
    activation.turn,
  )
  sendFrom(desk, draft, parent.address, failedChild(parent.id, new Error(`${activation.actor} could not be born`)))
  seal(desk, activation, draft, undefined)
}

function causeOf(desk: Desk, activation: Activation, message: Message): Cause {
  const { id, event, trace } = message
  const correlation = message.correlation ?? (message.from === undefined ? id : undefined)
  if (trace === undefined) return { id, event, message, correlation }
  const span = startTurnSpan(trace, `turn ${activation.address.type} ${event.type}`, {
    'troupe.actor': activation.actor,
    'troupe.message': id,
    'troupe.turn': activation.turn + 1,
  })
  desk.group.spans.push(span.end)
  return { id, event, message, correlation, trace: span.traceparent }
}
