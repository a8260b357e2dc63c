// Write rows
// Row changes into Postgres: folded to one row a key, then one statement a table, whatever their number.
//
// R1. A row that is written again by the same part of the log is left as it is, so projecting a log twice changes nothing.
// R2. A row that several entries write takes them in the order of the log; a column that a later one leaves out keeps its value.
import type { MikroORM } from '@mikro-orm/postgresql'
import { tableNames, tables, type TableName } from '../history/entities/index.ts'
import type { RowChange } from './projections/index.ts'
import type { Client } from './transaction.ts'

/** Tables whose rows begin with one entry and are finished by later ones. The rows of the others are written once. */
const growing: ReadonlySet<TableName> = new Set(['actors', 'tasks', 'task_executions', 'effects', 'agents', 'decisions'])

export interface TableWriter {
  readonly table: TableName
  readonly keys: readonly string[]
  readonly statement: string
}

/** Writes to one table, made from its entity. */
export const tableWriters = (orm: MikroORM): readonly TableWriter[] => tableNames.map((table) => tableWriter(orm, table))

export async function writeRows(client: Client, writers: readonly TableWriter[], changes: readonly RowChange[]): Promise<void> {
  for (const { table, keys, statement } of writers) {
    const rows = foldRows(changes, table, keys)
    if (rows.length > 0) await client.query({ name: `project ${table}`, text: statement, values: [JSON.stringify(rows)] })
  }
}

/** One row a key, in the order of their first change (R1, R2). */
export function foldRows(changes: readonly RowChange[], table: TableName, keys: readonly string[]): readonly object[] {
  const rows = new Map<string, object>()
  for (const change of changes) {
    if (change.table !== table) continue
    const row: Readonly<Record<string, unknown>> = change.row
    const key = JSON.stringify(keys.map((name) => row[name]))
    const before = rows.get(key)
    if (before === undefined) rows.set(key, row)
    else if (growing.has(table)) rows.set(key, { ...before, ...definedOf(row) })
  }
  return [...rows.values()]
}

const definedOf = (row: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== null))

function tableWriter(orm: MikroORM, table: TableName): TableWriter {
  const { props, primaryKeys } = orm.getMetadata().getByClassName(tables[table].meta.className)
  const written = props.filter(({ generated }) => generated === undefined) // the others Postgres makes itself
  const columns = written.map(({ name, fieldNames, columnTypes }) => ({
    name,
    column: quoted(fieldNames[0]),
    type: columnTypes[0] ?? 'text',
  }))
  const keys = columns.filter(({ name }) => primaryKeys.includes(name))
  const values = columns.filter((column) => !keys.includes(column)).map(({ column }) => column)
  const merge = `do update set ${values.map((column) => `${column} = coalesce(excluded.${column}, held.${column})`).join(', ')}
    where (excluded."seq", excluded."index") > (held."seq", held."index")` // R1
  return {
    table,
    keys: keys.map(({ name }) => name),
    statement: `insert into ${quoted(table)} as held (${columns.map(({ column }) => column).join(', ')})
    select ${columns.map(({ name }) => quoted(name)).join(', ')}
    from jsonb_to_recordset($1::jsonb) as given (${columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')})
    on conflict (${keys.map(({ column }) => column).join(', ')}) ${growing.has(table) ? merge : 'do nothing'}`,
  }
}

const quoted = (name: string | undefined): string => `"${name}"`
