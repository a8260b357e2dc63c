// Mailbox
// What had come for an actor at a moment of its past and was not taken yet, as far as it can be known afterwards.
// Exact are the messages that waited in its state. Of the rest this holds what is certain: sent by an actor before the moment, or stored before it, and taken later.
// Not here: a message that came from outside shortly before the moment, when the log does not tell; one that was never taken; and what is taken more
// than `aheadTurns` turns later.
import type { TurnPlace } from '../../history/read-turns.ts'
import { nextMessages, type TakenMessage } from '../../history/read-turns.ts'
import type { Database } from '../../history/database.ts'
import type { Entries } from './entries.ts'
import type { PastMoment } from './past.ts'

export interface WaitingThen {
  readonly id: string
  readonly type: string
  readonly from?: string
  /** The turn that took it; undefined while it waited in the state. */
  readonly turn?: number
  /** When that was, epoch ms. */
  readonly at?: number
  /** How it is known to have waited: it stood in the state, an actor had sent it, or the server had stored it. */
  readonly known: 'state' | 'sent' | 'stored'
}

const aheadTurns = 100

export async function mailboxAt(database: Database, entries: Entries, { moment, place }: PastMoment): Promise<readonly WaitingThen[]> {
  const parked = moment.stored.keeping.parked.map(({ id, event, from }): WaitingThen => ({
    id,
    type: event.type,
    ...(from !== undefined && { from }),
    known: 'state',
  }))
  const inState = new Set(parked.map(({ id }) => id))
  const later = await nextMessages(database, moment.actor, { after: place.turn, limit: aheadTurns })
  const told = await Promise.all(
    later.filter(({ id }) => !inState.has(id)).map(async (message) => ({ message, known: await knownHow(entries, message, moment.at) })),
  )
  const waited = told.flatMap(({ message, known }): readonly WaitingThen[] => (known ? [waitingThen(message, known)] : []))
  return [...parked, ...waited]
}

const waitingThen = ({ id, type, from, turn, at }: TakenMessage, known: 'sent' | 'stored'): WaitingThen => ({
  id,
  type,
  ...(from !== undefined && { from }),
  turn,
  at,
  known,
})

async function knownHow(entries: Entries, message: TakenMessage, at: number): Promise<'sent' | 'stored' | undefined> {
  if (message.sentAt !== undefined) return message.sentAt <= at ? 'sent' : undefined
  if (message.from !== undefined) return undefined // an actor sent it, and the history does not say when
  return (await storedBy(entries, message)) <= at ? 'stored' : undefined
}

/** When the server had stored, at the latest, all that the record of a turn has taken. */
async function storedBy(entries: Entries, place: TurnPlace): Promise<number> {
  const record = await entries.record(place)
  return record === undefined || record.offset.at === 0 ? Infinity : record.offset.at
}
