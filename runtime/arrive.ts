// Arrive
// The one place where a living actor takes a turn, and what is said to those who come after its end.
import type { EventMeta } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import { answerAsk } from './asks.ts'
import { conclude } from './conclude.ts'
import { draftOf, refuse, seal, type Cause, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import { superviseFailure } from './failure.ts'
import { keptTime, ownMeta, type Relived } from './fork-clock.ts'
import { withoutRecorded, withoutTimer } from './fork.ts'
import { holdAfterTurn } from './hold.ts'
import { withResult } from './saga.ts'
import { takeTurn, type Arrival, type Outcome, type StoredKeeping } from './statechart/index.ts'
import { isUndone, onUndone, triesAgain, undoAgain } from './undo.ts'

export function arrive(desk: Desk, activation: Activation, arrival: Arrival, cause: Cause): void {
  const { host, living } = activation
  if (!host || !living) return desk.outOfDate(activation.actor, cause.event.type)
  if (arrival.kind === 'result' && isUndone(activation, arrival.key)) return onUndone(desk, activation, arrival.result, cause)
  if (arrival.kind === 'event' && triesAgain(activation, arrival.event)) return undoAgain(desk, activation, cause)
  try {
    const started = desk.group.taken ? performance.now() : 0
    const effect = arrival.kind === 'result' ? living.children[arrival.id] : undefined
    const timer = arrival.kind === 'timer' ? arrival.id : undefined
    const meta = metaFor(desk, activation, cause, { effect, timer })
    const outcome = takeTurn(host, living, arrival, meta)
    if (outcome) {
      const keeping = keepingAfter(activation, arrival, cause, outcome)
      const isRelived = effect !== undefined && keeping.fork !== activation.keeping.fork
      return conclude(desk, activation, isRelived ? { ...cause, relived: true } : cause, {
        living: outcome.next,
        keeping: keptTime(holdAfterTurn(desk, activation, keeping, outcome), {
          at: meta.at,
          now: desk.group.now,
        }),
        outcome,
        ...(desk.group.taken && { durationMs: performance.now() - started }),
      })
    }
  } catch (error) {
    return superviseFailure(desk, activation, cause, error)
  }
  desk.outOfDate(activation.actor, cause.event.type)
  if (cause.message?.replyTo) afterTheEnd(desk, activation, cause)
}

/** A good turn ends a row of failures. What waits after it (an effect, a timer) is filed under what began it. */
function keepingAfter(activation: Activation, arrival: Arrival, cause: Cause, { effects, armed }: Outcome): StoredKeeping {
  const keeping = keptOfFork(activation, arrival)
  const waits = effects.length > 0 || armed.length > 0
  const correlation = (waits ? cause.correlation : undefined) ?? keeping.correlation
  if (keeping.failures === 0 && keeping.correlation === correlation) return keeping
  return { ...keeping, failures: 0, ...(correlation !== undefined && { correlation }) }
}

function keptOfFork(activation: Activation, arrival: Arrival): StoredKeeping {
  if (arrival.kind === 'timer') return withoutTimer(activation.keeping, arrival.id)
  if (arrival.kind !== 'result') return activation.keeping
  return withoutRecorded(withStep(activation, arrival), activation.living?.children[arrival.id])
}

/** The effect whose result this is may be a step of a saga. */
function withStep({ host, living, keeping }: Activation, { id, result }: Arrival & { kind: 'result' }): StoredKeeping {
  return host ? withResult(host.definition, living?.children[id], keeping, result) : keeping
}

/** An actor that has ended still says what came of it; anything else sent to it is a dead letter. */
export function afterTheEnd(desk: Desk, activation: Activation, cause: Cause): void {
  if (triesAgain(activation, cause.event)) return undoAgain(desk, activation, cause)
  const ended = activation.living?.snapshot
  if (ended?.status === 'done' && cause.message?.replyTo) {
    const draft = draftOf(desk, activation, cause, activation.turn)
    answerAsk(desk.group, draft, cause.message.replyTo, ended.output)
    return seal(desk, activation, draft, undefined)
  }
  refuse(desk, activation, cause, { code: refusals.stopped, cause: `${activation.actor} has ended (${ended?.status ?? 'unborn'})` })
}

/** The facts of a turn; a fork's are those of its original where it relives (`ownMeta`). */
export function metaFor(desk: Desk, activation: Activation, cause: Cause, about: Omit<Relived, 'message'> = {}): EventMeta {
  const from = cause.message?.from
  const meta: EventMeta = {
    at: desk.group.now,
    id: cause.id,
    random: randomOf(activation.actor, activation.turn + 1),
    ...(from !== undefined && { from }),
    ...(cause.correlation !== undefined && { correlation: cause.correlation }),
  }
  return ownMeta(activation.keeping, meta, { message: cause.id, ...about })
}

/** A number in [0, 1) that only the actor and the turn decide, so that a replay draws the same. FNV-1a, finished by MurmurHash3's mixer. */
export function randomOf(actor: string, turn: number): number {
  let hash = 0x811c9dc5 ^ turn
  for (let at = 0; at < actor.length; at++) hash = Math.imul(hash ^ actor.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
