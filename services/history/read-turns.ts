// Read turns
// The turns of one actor: where each stands in the log, what it took, and which messages it may have had before it when it took an earlier one.
import type { Database } from './database.ts'

/** Where a turn stands in the log: entry `index` of record `seq` of the log of `partition`. */
export interface TurnPlace {
  readonly turn: number
  readonly partition: number
  readonly seq: number
  readonly index: number
}

export interface TurnSpan {
  readonly first: number
  readonly last: number
}

export interface ListedTurn {
  readonly turn: number
  readonly at: number
  readonly event: string
  readonly from: string | undefined
  readonly state: unknown
  /** The code of the dead letter. */
  readonly failure: string | undefined
  readonly worker: string
  readonly correlation: string | undefined
}

/** The first and the last turn that the history knows of; undefined of an actor it does not know. */
export async function turnSpan(database: Database, actor: string): Promise<TurnSpan | undefined> {
  const [row] = await database.em
    .fork()
    .execute<{ first: string | null; last: string | null }[]>('select min(turn) as first, max(turn) as last from turns where actor = ?', [
      actor,
    ])
  return row?.first && row.last ? { first: Number(row.first), last: Number(row.last) } : undefined
}

/** In order. */
export async function turnPlaces(database: Database, actor: string, from: number, to: number): Promise<readonly TurnPlace[]> {
  const rows = await database.em
    .fork()
    .execute<{ turn: string; partition: number; seq: string; index: number }[]>(
      'select turn, partition, seq, index from turns where actor = ? and turn between ? and ? order by turn',
      [actor, from, to],
    )
  return rows.map(({ turn, partition, seq, index }) => ({ turn: Number(turn), partition, seq: Number(seq), index }))
}

/** The newest first, before turn `before` when it is given. */
export async function turnPage(
  database: Database,
  actor: string,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly ListedTurn[]> {
  const rows = await database.em.fork().execute<TurnRow[]>(
    `select turn, at, event, sender, state, failure, worker, correlation from turns
     where actor = ? and turn < ? order by turn desc limit ?`,
    [actor, before ?? Number.MAX_SAFE_INTEGER, limit],
  )
  return rows.map(({ turn, at, event, sender, state, failure, worker, correlation }) => ({
    turn: Number(turn),
    at: new Date(at).getTime(),
    event,
    from: sender ?? undefined,
    state,
    failure: failure ?? undefined,
    worker,
    correlation: correlation ?? undefined,
  }))
}

interface TurnRow {
  readonly turn: string
  readonly at: string
  readonly event: string
  readonly sender: string | null
  readonly state: unknown
  readonly failure: string | null
  readonly worker: string
  readonly correlation: string | null
}

/** A message that a turn took, and when an actor sent it, as far as it was an actor that did. */
export interface TakenMessage extends TurnPlace {
  readonly id: string
  readonly type: string
  readonly from: string | undefined
  readonly at: number
  readonly sentAt: number | undefined
}

/** The messages of the next turns of an actor, in order; not what its own timers and effects brought about. */
export async function nextMessages(
  database: Database,
  actor: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly TakenMessage[]> {
  const rows = await database.em.fork().execute<MessageRow[]>(
    `select t.turn, t.partition, t.seq, t.index, t.message, t.event, t.sender, t.at, sent.at as sent_at from (
       select * from turns where actor = ? and turn > ? order by turn limit ?
     ) t
     left join lateral (
       select at from messages where id = t.message and direction = 'sent' order by at limit 1
     ) sent on true
     where not starts_with(t.event, '@') and not starts_with(t.event, 'xstate.')
     order by t.turn`,
    [actor, after, limit],
  )
  return rows.map((row) => ({
    turn: Number(row.turn),
    partition: row.partition,
    seq: Number(row.seq),
    index: row.index,
    id: row.message,
    type: row.event,
    from: row.sender ?? undefined,
    at: new Date(row.at).getTime(),
    sentAt: row.sent_at === null ? undefined : new Date(row.sent_at).getTime(),
  }))
}

interface MessageRow {
  readonly turn: string
  readonly partition: number
  readonly seq: string
  readonly index: number
  readonly message: string
  readonly event: string
  readonly sender: string | null
  readonly at: string
  readonly sent_at: string | null
}
