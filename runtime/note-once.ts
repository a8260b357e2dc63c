// Note once
// What an actor remembers of the producers that number their messages: the last sequence of each, and its last replies.
//
// N2. The sequence moves in the same entry as the turn, so a crash leaves both or neither.
import type { Once, Reply } from '../machines/message.ts'
import { refusalTo, type Cause } from './entry.ts'
import { refusals } from './errors.ts'
import type { Draft } from './group.ts'
import type { StoredAsk, StoredKeeping, StoredProducer } from './statechart/index.ts'

/** What the actor keeps after an entry: the sequence that it applies (N2), and the replies that it gives to producers. */
export function noteOnce(draft: Draft, cause: Cause, before: readonly StoredAsk[], keeping: StoredKeeping): StoredKeeping {
  const once = cause.message?.once
  if (!once && before.length === 0) return keeping
  const answered = before.filter((ask) => ask.once && !keeping.asks.includes(ask))
  if (!once && answered.length === 0) return keeping
  let producers = keeping.producers ?? {}
  if (once) producers = withProducer(producers, once, replyIn(draft, cause.message?.replyTo))
  for (const ask of answered) if (ask.once) producers = withProducer(producers, ask.once, replyIn(draft, ask))
  return { ...keeping, producers }
}

type Producers = Readonly<Record<string, StoredProducer>>

function withProducer(producers: Producers, { producer, seq }: Once, reply: Reply | undefined): Producers {
  const name = nameInState(producer)
  const { [name]: former, ...others } = producers
  const replies = former?.replies ?? []
  const next: StoredProducer = {
    seq: Math.max(seq, former?.seq ?? 0),
    replies: reply ? [...replies.slice(1 - repliesMax), { seq, reply: bounded(reply) }] : replies,
  }
  return { ...(isGivenId(producer) ? withoutOldestId(others) : others), [name]: next }
}

/** Of the ids that askers gave, the newest are known. */
function withoutOldestId(producers: Producers): Producers {
  const ids = Object.keys(producers).filter(isGivenId)
  const [oldest] = ids
  if (ids.length < givenIdsMax || oldest === undefined) return producers
  const { [oldest]: _gone, ...rest } = producers
  return rest
}

function replyIn({ replies = [] }: Draft, to: { readonly inbox: string; readonly id: string } | undefined): Reply | undefined {
  return to && replies.find(({ inbox, reply }) => inbox === to.inbox && reply.id === to.id)?.reply
}

/** A large reply is not kept; its asker hears so when it asks again. */
function bounded(reply: Reply): Reply {
  const characters = JSON.stringify(reply).length
  if (characters <= replyCharactersMax) return reply
  return refusalTo(reply.id, {
    code: refusals.replyNotKept,
    cause: `the message was applied before; its reply of ${characters} characters was too large to keep`,
  })
}

/** What the actor knows of a producer. */
export const knownOf = ({ producers }: StoredKeeping, producer: string): StoredProducer | undefined => producers?.[nameInState(producer)]

/** Marked, so that it is none of the names that every object inherits. */
const nameInState = (producer: string): string => (isGivenId(producer) ? producer : `=${producer}`)

/** A message id that an asker gave stands for a producer of one message. */
export const isGivenId = (producer: string): boolean => producer.startsWith('#')

const givenIdsMax = 64
const repliesMax = 16
const replyCharactersMax = 16 * 1024
