// State values
// In which state an actor is after each of its turns. The log says what a turn changed, so what the turn before left is remembered here, or asked of the rows.
//
// V1. What is remembered is what the committed rows say: a batch that is not committed leaves no trace.
// V2. The memory is bounded; what it has forgotten is in the rows.
import type { ActorId } from '../../machines/address.ts'
import { applyPatch, type PatchOp } from '../../runtime/patch.ts'
import type { Entry } from '../../runtime/record.ts'
import type { Json } from '../../runtime/statechart/stored.ts'
import { RecordMalformed } from './errors.ts'
import type { RecordSource } from './projections/index.ts'
import type { Pool } from './transaction.ts'

/** Actors whose state is remembered, per partition. */
const rememberedMax = 2_000

/** The states of one batch while its rows are made. */
export interface BatchStates {
  readonly values: ReadonlyMap<ActorId, Json | undefined>
  /** The state after the next entry of the batch. */
  after(entry: Entry): Json | undefined
}

export class StateValues {
  /** The least recently changed first. */
  readonly #remembered = new Map<ActorId, Json>()

  /** What every actor of the batch was in before it. */
  async before(pool: Pool, records: readonly RecordSource[]): Promise<BatchStates> {
    const values = new Map<ActorId, Json | undefined>()
    const unknown = new Map<ActorId, number>()
    for (const { record } of records) {
      for (const { actor, turn, snapshot } of record.kind === 'turns' ? record.entries : []) {
        if (values.has(actor)) continue
        const value = this.#remembered.get(actor)
        values.set(actor, value)
        if (value === undefined && snapshot === undefined && turn > 1) unknown.set(actor, turn)
      }
    }
    if (unknown.size > 0) for (const { actor, state } of await lookUp(pool, unknown)) values.set(actor, state ?? undefined)
    return {
      values,
      after: (entry) => {
        const value = valueAfter(values.get(entry.actor), entry)
        values.set(entry.actor, value)
        return value
      },
    }
  }

  /** Remembers a batch that is committed (V1). */
  keep({ values }: BatchStates): void {
    for (const [actor, value] of values) {
      this.#remembered.delete(actor)
      if (value !== undefined) this.#remembered.set(actor, value)
    }
    const tooMany = this.#remembered.size - rememberedMax
    if (tooMany > 0) for (const actor of [...this.#remembered.keys()].slice(0, tooMany)) this.#remembered.delete(actor) // V2
  }
}

/** The state value after an entry; undefined while only a part of it is known. */
export function valueAfter(before: Json | undefined, entry: Entry): Json | undefined {
  if (entry.snapshot !== undefined) return entry.snapshot.value
  const changes = (entry.patch ?? []).filter(([, path]) => path.length === 0 || path[0] === 'value')
  const whole = changes.findLastIndex(setsAll)
  if (changes.length === 0 || (before === undefined && whole < 0)) return before
  try {
    return applyPatch({ value: before ?? null }, changes.slice(Math.max(0, whole))).value
  } catch (cause) {
    throw new RecordMalformed(
      `${entry.actor} turn ${entry.turn}: its patch does not fit the state before it, ${JSON.stringify(before)}; this is a fault of the worker that wrote it`,
      { cause },
    )
  }
}

const setsAll = ([kind, path]: PatchOp): boolean => kind === 'set' && path.length <= 1

/** The state that the last turn before the given one left, by actor. */
async function lookUp(pool: Pool, turns: ReadonlyMap<ActorId, number>): Promise<readonly { actor: ActorId; state: Json | null }[]> {
  const statement = `select asked.actor, turns.state from unnest($1::text[], $2::bigint[]) as asked (actor, turn)
    cross join lateral (select state from turns where turns.actor = asked.actor and turns.turn < asked.turn order by turns.turn desc limit 1) as turns`
  const { rows } = await pool.query<{ actor: ActorId; state: Json | null }>(statement, [[...turns.keys()], [...turns.values()]])
  return rows
}
