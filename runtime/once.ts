// Once
// Messages of a producer that numbers them are applied once for ever, and a repeated ask gets the reply of the first.
// What is needed for that is part of the actor's state: the last sequence of each producer, and its last replies.
//
// N1. A message whose sequence is not above the last one applied is not applied, however much later it comes.
import type { Message, Once } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import { conclude } from './conclude.ts'
import { draftOf, refuse, refusalTo, seal, type Cause, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import { isGivenId, knownOf } from './note-once.ts'

/** Whether the message was applied before; then it is dealt with here: its asker gets the reply of the first, a send is counted (N1). */
export function isRepeated(desk: Desk, activation: Activation, cause: Cause, { once }: Message): boolean {
  const producer = once && knownOf(activation.keeping, once.producer)
  if (!once || !producer || once.seq > producer.seq) return false
  const to = cause.message?.replyTo
  if (!to) {
    desk.outOfDate(activation.actor, cause.event.type)
    return true
  }
  const { keeping, living, actor, turn } = activation
  const waiting = keeping.asks.findIndex((ask) => ask.once?.producer === once.producer && ask.once.seq === once.seq)
  const asked = keeping.asks[waiting]
  if (living && asked) {
    const asks = keeping.asks.with(waiting, { ...asked, ...to, ...deadlineOf(cause) })
    conclude(desk, activation, cause, { living, keeping: { ...keeping, asks } })
    return true
  }
  const draft = draftOf(desk, activation, cause, turn)
  const kept = producer.replies.find(({ seq }) => seq === once.seq)
  const forgotten = { code: refusals.replyNotKept, cause: `${actor} has applied ${nameOf(once)} before, and keeps its reply no more` }
  desk.group.reply(draft, to, kept ? { ...kept.reply, id: to.id } : refusalTo(to.id, forgotten))
  seal(desk, activation, draft, undefined)
  return true
}

/** Whether another producer is one too many; then the message is refused here. */
export function hasNoRoom(desk: Desk, activation: Activation, cause: Cause, { once }: Message): boolean {
  const { keeping } = activation
  if (!once || knownOf(keeping, once.producer) || isGivenId(once.producer)) return false
  const count = Object.keys(keeping.producers ?? {}).filter((name) => !isGivenId(name)).length
  if (count < producersMax) return false
  refuse(desk, activation, cause, {
    code: refusals.producersFull,
    cause: `${activation.actor} knows ${count} producers, which is the limit; '${once.producer}' is one more`,
  })
  return true
}

const deadlineOf = ({ message }: Cause): { deadline?: number } => (message?.deadline === undefined ? {} : { deadline: message.deadline })

const nameOf = ({ producer, seq }: Once): string =>
  isGivenId(producer) ? `message ${producer.slice(1)}` : `message ${seq} of producer '${producer}'`

const producersMax = 256
