// Actor query
// What actors are looked for by, as conditions on their rows. Pure.
import type { Part } from './key-page.ts'

/** What one tag means: the states of an actor type that carry it. */
export interface TaggedStates {
  readonly type: string
  readonly paths: readonly string[]
}

export interface ActorFilter {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  /** A type, or with `*` at its end all that begin so. */
  readonly type?: string | undefined
  readonly status?: string | undefined
  /** Only those that stand still, or only those that do not. */
  readonly held?: boolean | undefined
  /** In the address, in any case. */
  readonly text?: string | undefined
  /** The path of a state: those that are in it, or in a state below it. */
  readonly state?: string | undefined
  readonly tagged?: readonly TaggedStates[] | undefined
  /** Those that took a turn filed under this id: a task, or whatever a client named. */
  readonly correlation?: string | undefined
  /** Took their last turn before, or not before. */
  readonly quietSince?: Date | undefined
  readonly activeSince?: Date | undefined
  /** Took their first turn before, or not before. */
  readonly bornBefore?: Date | undefined
  readonly bornSince?: Date | undefined
  readonly costUsdMin?: number | undefined
  readonly failuresMin?: number | undefined
}

export function conditionsOf(filter: ActorFilter): readonly Part[] {
  const { tenant, type, status, held, text, state, tagged, correlation } = filter
  return [
    compared('tenant =', tenant),
    type?.endsWith('*') ? { sql: 'starts_with(actor_type, ?)', values: [type.slice(0, -1)] } : compared('actor_type =', type),
    compared('status =', status),
    held === undefined ? undefined : { sql: held ? 'held' : 'held is not true', values: [] },
    // In the collation C, or lower() costs more than the rest of a look at every address.
    text === undefined || text === '' ? undefined : { sql: 'lower(actor collate "C") like lower(? collate "C")', values: [like(text)] },
    state === undefined ? undefined : { sql: 'paths @> array[?]::text[]', values: [state] },
    tagged && anyOf(tagged),
    compared('actor in (select actor from turns where correlation =', correlation, ')'),
    compared('at <', filter.quietSince),
    compared('at >=', filter.activeSince),
    compared('born_at <', filter.bornBefore),
    compared('born_at >=', filter.bornSince),
    positive('llm_calls > 0', 'cost_usd', filter.costUsdMin),
    positive('failures > 0', 'failures', filter.failuresMin),
  ].filter((part) => part !== undefined)
}

const compared = (sql: string, value: string | number | Date | undefined, end = ''): Part | undefined =>
  value === undefined ? undefined : { sql: `${sql} ?${end}`, values: [value] }

/** The indexes hold only those that called a model, or failed, so that is said beside the figure. */
const positive = (indexed: string, column: string, min: number | undefined): Part | undefined =>
  min === undefined || min <= 0 ? undefined : { sql: `${indexed} and ${column} >= ?`, values: [min] }

function anyOf(tagged: readonly TaggedStates[]): Part {
  if (tagged.length === 0) return { sql: 'false', values: [] }
  const one = '(actor_type = ? and paths && ?::text[])'
  return {
    sql: `(${tagged.map(() => one).join(' or ')})`,
    values: tagged.flatMap(({ type, paths }) => [type, arrayOf(paths)]),
  }
}

/** As Postgres writes an array of texts. */
const arrayOf = (texts: readonly string[]): string => `{${texts.map((text) => JSON.stringify(text)).join(',')}}`

const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
