// Key page
// One page of a query, cut behind the key of its last row: the order ends in a key, so no row is shown twice or passed over, whatever is inserted meanwhile.
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { cursorOf, placeOf } from './cursor.ts'
import { CursorInvalid } from './errors.ts'

type Kind = 'text' | 'whole' | 'number' | 'date'

/** A condition and the values of its question marks. */
export interface Part {
  readonly sql: string
  readonly values: readonly unknown[]
}

export interface PageSpec<Row> {
  readonly columns: string
  /** A table, or more than one. */
  readonly from: string
  /** Of the question marks in it. */
  readonly values?: readonly unknown[]
  readonly where: readonly (Part | undefined)[]
  /** What the rows are ordered by, all in one direction: expressions that are never null, the last of them a key. */
  readonly order: readonly string[]
  readonly direction: 'asc' | 'desc'
  /** The name of the order: a cursor of one is none of another. */
  readonly by: string
  /** Where a row stands in the order, of these kinds. A date is kept to the millisecond, as the tables keep it. */
  place(row: Row): readonly (string | number | Date)[]
  readonly kinds: readonly Kind[]
  readonly after: string | undefined
  readonly limit: number
  /** Only the rows for which this holds among so many behind the cursor. Without a next page it says nothing of those beyond. */
  readonly among?: { readonly newest: number; readonly where: Part }
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Undefined: this is the last page. */
  readonly next: string | undefined
}

/** Throws `CursorInvalid`. */
export async function readPage<Row extends object>(em: SqlEntityManager, spec: PageSpec<Row>): Promise<Page<Row>> {
  const { sql, values } = pageStatement(spec)
  const found = await em.execute<Row[]>(sql, [...values])
  const rows = found.slice(0, spec.limit)
  const last = found.length > spec.limit ? rows.at(-1) : undefined
  return { rows, next: last && cursorOf(spec.by, spec.place(last).map(stored)) }
}

/** Also for a look at its plan. */
export function pageStatement<Row>(spec: PageSpec<Row>): Part {
  const { columns, from, values: own = [], order, direction, limit, among } = spec
  const parts = [...spec.where, behind(spec)].filter((part) => part !== undefined)
  const sorted = `order by ${order.map((column) => `${column} ${direction}`).join(', ')}`
  const conditions = parts.length === 0 ? '' : ` where ${parts.map(({ sql }) => sql).join(' and ')}`
  const values = [...own, ...parts.flatMap((part) => part.values)]
  if (!among) return { sql: `select ${columns} from ${from}${conditions} ${sorted} limit ?`, values: [...values, limit + 1] }
  return {
    sql: `select ${columns} from (select * from ${from}${conditions} ${sorted} limit ?) among where ${among.where.sql} ${sorted} limit ?`,
    values: [...values, among.newest, ...among.where.values, limit + 1],
  }
}

function behind<Row>({ after, by, order, direction, kinds }: PageSpec<Row>): Part | undefined {
  if (after === undefined) return undefined
  const place = placeOf(after, by, order.length)
  const values = kinds.map((kind, at) => restored[kind](place[at]))
  if (values.includes(undefined))
    throw new CursorInvalid(`reading a page by ${by}: its cursor names no place; give back that of the page before, or none`)
  const compared = direction === 'asc' ? '>' : '<'
  return { sql: `(${order.join(', ')}) ${compared} (${order.map(() => '?').join(', ')})`, values }
}

const stored = (value: string | number | Date): string | number => (value instanceof Date ? value.getTime() : value)

/** Back as the database compares it; undefined: it is none, and no cursor of ours. */
const restored: Readonly<Record<Kind, (value: unknown) => unknown>> = {
  text: (value) => (typeof value === 'string' && !value.includes('\u0000') ? value : undefined),
  whole: (value) => (Number.isSafeInteger(value) ? value : undefined),
  number: (value) => (Number.isFinite(value) ? value : undefined),
  date: (value) => (Number.isSafeInteger(value) && Math.abs(Number(value)) < yearsMs ? new Date(Number(value)) : undefined),
}
/** What both JavaScript and Postgres take for a date. */
const yearsMs = 100_000_000_000_000

export const equal = (column: string, value: string | number | undefined): Part | undefined =>
  value === undefined ? undefined : { sql: `${column} = ?`, values: [value] }
