// Turns
// One item becomes one or more entries of the group: the actor is born if need be, takes its turn, and what it asked for is put into the group.
//
// T2. Every message of the mailbox ends as a turn, a dead letter, or (when it repeats or is out of date) a count.
// T3. An ask is answered exactly once: by `reply`, by a refusal, or when the actor ends.
import type { ActorEvent, EventMeta, Message } from '../machines/message.ts'
import { nothingKept, type Activation } from './activation.ts'
import { answerAsk } from './asks.ts'
import { conclude } from './conclude.ts'
import { draftOf, letterOf, refuse, seal, sendFrom, type Cause, type Desk } from './entry.ts'
import { refusals, ResultTooLarge } from './errors.ts'
import { endInstead, failedChild, parkMessage, superviseFailure, superviseStillbirth, unparkFirst } from './failure.ts'
import type { EffectResult, Item } from './items.ts'
import {
  accepts,
  birth,
  encodeFailure,
  takeTurn,
  type Arrival,
  type Birth,
  type Host,
  type Json,
  type Outcome,
  type StoredKeeping,
} from './statechart/index.ts'
import { keepingThroughRestart } from './supervise.ts'
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
    case 'timer':
      return arrive(
        desk,
        activation,
        { kind: 'timer', id: item.id, n: item.n },
        { id: `${item.id}.${item.n}`, event: { type: '@timer', id: item.id }, correlation: activation.keeping.correlation },
      )
    case 'result':
      return onResult(desk, activation, item)
    case 'restart':
      return onRestart(desk, activation)
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
  if (!host)
    return refuse(desk, activation, cause, {
      code: refusals.unknownType,
      cause: `no actor type '${activation.address.type}' is registered`,
    })
  if (activation.unfit) return refuse(desk, activation, cause, { code: refusals.needsMigration, cause: activation.unfit })
  if (message.deadline !== undefined && message.deadline < desk.group.now && message.replyTo)
    return refuse(desk, activation, cause, {
      code: refusals.deadlinePassed,
      cause: `the deadline passed ${desk.group.now - message.deadline} ms ago`,
    })
  switch (message.kind) {
    case 'init':
      return activation.living ? undefined : born(desk, activation, host, cause)
    case 'stop':
      if (activation.keeping.restartDue === undefined) return arrive(desk, activation, { kind: 'stop' }, cause)
      return void endInstead(desk, activation, cause, activation.keeping)
    case 'cancel':
    case 'event':
      return onEvent(desk, activation, { host, cause, message, parked })
  }
}

function onEvent(
  desk: Desk,
  activation: Activation,
  { host, cause, message, parked }: { host: Host; cause: Cause; message: Message; parked: boolean },
): void {
  const fault = message.from === undefined && message.kind === 'event' ? host.definition.accepts?.(message.event) : undefined
  if (fault !== undefined) return refuse(desk, activation, cause, { code: refusals.notAccepted, cause: fault })
  if (!activation.living) {
    if (!host.definition.createdByMessage || message.kind === 'cancel')
      return refuse(desk, activation, cause, { code: refusals.notBorn, cause: `no actor ${activation.actor} exists` })
    born(desk, activation, host, { id: `${cause.id}.birth`, event: { type: '@init' }, correlation: cause.correlation })
    if (!activation.living)
      return refuse(desk, activation, cause, { code: refusals.notBorn, cause: `${activation.actor} could not be born` })
  }
  const isActive = activation.living.snapshot.status === 'active'
  const mustWait = isActive && !parked && activation.keeping.parked.length > 0 // those before it are still to be taken
  if (activation.keeping.restartDue !== undefined || mustWait) return parkMessage(desk, activation, cause, message)
  if (!isActive) return afterTheEnd(desk, activation, cause)
  if (message.kind === 'cancel' && !accepts(host, activation.living, message.event))
    return arrive(desk, activation, { kind: 'stop' }, cause)
  arrive(desk, activation, { kind: 'event', event: message.event, ...(message.from && { from: message.from }) }, cause)
}

/** An actor that has ended still says what came of it; anything else sent to it is a dead letter. */
function afterTheEnd(desk: Desk, activation: Activation, cause: Cause): void {
  const ended = activation.living?.snapshot
  if (ended?.status === 'done' && cause.message?.replyTo) {
    const draft = draftOf(desk, activation, cause, activation.turn)
    answerAsk(desk.group, draft, cause.message.replyTo, ended.output)
    return seal(desk, activation, draft, undefined)
  }
  refuse(desk, activation, cause, { code: refusals.stopped, cause: `${activation.actor} has ended (${ended?.status ?? 'unborn'})` })
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

/** The restart that is due; after it one item for each message that waited, so that no record has to hold them all. */
function onRestart(desk: Desk, activation: Activation): void {
  const { actor, keeping } = activation
  const due = keeping.restartDue
  if (due !== undefined && due > desk.group.now) return void desk.group.timers.push({ actor, id: undefined, n: 0, due }) // the clock was put back
  if (due !== undefined) restart(desk, activation)
  else {
    const message = unparkFirst(desk, activation)
    if (message) onMessage(desk, activation, message, true)
  }
  if (activation.keeping.restartDue === undefined && activation.keeping.parked.length > 0) desk.group.again.push(actor)
}

function restart(desk: Desk, activation: Activation): void {
  const { host, living, actor } = activation
  if (!host || !living) return
  const keeping = keepingThroughRestart(activation, desk.group.now)
  const { input, counter, parent } = living
  const again: Birth = { address: actor, input, counter, ...(parent && { parent }) }
  const cause: Cause = {
    id: `${actor}.restart.${activation.turn + 1}`,
    event: { type: '@restart' },
    correlation: activation.keeping.correlation,
  }
  try {
    const outcome = birth(host, again, metaFor(desk, activation, cause))
    conclude(desk, activation, cause, { living: outcome.next, keeping, outcome, whole: true })
  } catch (error) {
    superviseStillbirth(desk, activation, cause, { error, keeping })
  }
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
    conclude(desk, activation, cause, { living: outcome.next, keeping, outcome, whole: true })
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

/** The one place where a living actor takes a turn. */
function arrive(desk: Desk, activation: Activation, arrival: Arrival, cause: Cause): void {
  const { host, living } = activation
  if (!host || !living) return desk.outOfDate(activation.actor, cause.event.type)
  try {
    const outcome = takeTurn(host, living, arrival, metaFor(desk, activation, cause))
    if (outcome)
      return conclude(desk, activation, cause, { living: outcome.next, keeping: keepingAfter(activation, cause, outcome), outcome })
  } catch (error) {
    return superviseFailure(desk, activation, cause, error)
  }
  desk.outOfDate(activation.actor, cause.event.type)
  if (cause.message?.replyTo) afterTheEnd(desk, activation, cause)
}

/** A good turn ends a row of failures. What waits after it (an effect, a timer) is filed under what began it. */
function keepingAfter({ keeping }: Activation, cause: Cause, { effects, armed }: Outcome): StoredKeeping {
  const waits = effects.length > 0 || armed.length > 0
  const correlation = (waits ? cause.correlation : undefined) ?? keeping.correlation
  if (keeping.failures === 0 && keeping.correlation === correlation) return keeping
  return { ...keeping, failures: 0, ...(correlation !== undefined && { correlation }) }
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

function metaFor(desk: Desk, activation: Activation, cause: Cause): EventMeta {
  const from = cause.message?.from
  return {
    at: desk.group.now,
    id: cause.id,
    random: randomOf(activation.actor, activation.turn + 1),
    ...(from !== undefined && { from }),
    ...(cause.correlation !== undefined && { correlation: cause.correlation }),
  }
}

/** A number in [0, 1) that only the actor and the turn decide, so that a replay draws the same. FNV-1a, finished by MurmurHash3's mixer. */
function randomOf(actor: string, turn: number): number {
  let hash = 0x811c9dc5 ^ turn
  for (let at = 0; at < actor.length; at++) hash = Math.imul(hash ^ actor.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
