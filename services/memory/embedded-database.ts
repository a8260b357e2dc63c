// Embedded database
// The one place that speaks SQL for the embedded memory: its tables, its statements, and how a row becomes a point.
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { MemoryPoint } from '../../actors/ports.ts'
import { MemoryRefused, MemoryUnavailable } from './errors.ts'

/** Opens the file, makes its tables if they are missing, and sets it up for several processes at once. */
export function openDatabase(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: busyTimeoutMs })
    db.exec('pragma journal_mode = wal; pragma synchronous = normal')
    transact(db, () => createTables(db, file))
    return db
  } catch (error) {
    if (error instanceof MemoryRefused) throw error
    throw new MemoryUnavailable(`memory ${file}: the file cannot be opened as a store; check that the folder is there and may be written`, {
      cause: error,
    })
  }
}

export type Statements = ReturnType<typeof prepareStatements>

export function prepareStatements(db: DatabaseSync) {
  const prepare = (sql: string): StatementSync => db.prepare(sql)
  return {
    addCollection: prepare('insert or ignore into collections (name, dimensions) values (?, ?)'),
    findCollection: prepare('select dimensions from collections where name = ?'),
    insertPoint: prepare('insert into points (collection, tenant, id, vector, payload) values (?, ?, ?, ?, ?)'),
    deletePoint: prepare('delete from points where collection = ? and tenant = ? and id = ? returning revision'),
    insertWords: prepare('insert into words (rowid, text) values (?, ?)'),
    deleteWords: prepare('delete from words where rowid = ?'),
    searchWords: prepare(
      `select points.id as id from words join points on points.revision = words.rowid
       where words match ? and points.collection = ? and points.tenant = ? order by bm25(words) limit ${wordHitsMax}`,
    ),
    readAfter: prepare('select revision, collection, tenant, id, vector, payload from points where revision > ? order by revision limit ?'),
    readHorizon: prepare('select revision as horizon from horizon'),
    countRemoved: prepare('select count(*) as removed from points where vector is null'),
    raiseHorizon: prepare('update horizon set revision = (select max(revision) from points where vector is null)'),
    sweepRemoved: prepare('delete from points where vector is null'),
  }
}

/** Runs `work` as one write transaction; what it throws undoes all of it. */
export function transact(db: DatabaseSync, work: () => void): void {
  db.exec('begin immediate')
  try {
    work()
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

export interface PointRow {
  readonly revision: number
  readonly collection: string
  readonly tenant: string
  readonly id: string
  /** Undefined: the point was removed. */
  readonly point: MemoryPoint | undefined
}

export function readRow(row: Record<string, SQLOutputValue>): PointRow {
  const id = String(row['id'])
  const vector = row['vector']
  return {
    revision: Number(row['revision']),
    collection: String(row['collection']),
    tenant: String(row['tenant']),
    id,
    point: vector instanceof Uint8Array ? { id, vector: fromBytes(vector), payload: parsePayload(String(row['payload'])) } : undefined,
  }
}

export const toBytes = (vector: Float32Array): Uint8Array => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)

/** Copies, because a Float32Array must begin at a multiple of four. */
const fromBytes = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer)

/** Only `insertPoint` has written this column, so its text is a payload. */
const parsePayload = (text: string): MemoryPoint['payload'] => JSON.parse(text)

/** How long a write waits for another process's write, blocking this thread; writes take milliseconds. */
const busyTimeoutMs = 5_000
/** Points with matching words that are ranked at all. */
const wordHitsMax = 500
const version = 1

/** `revision` never repeats (autoincrement), so a new row is always the newest. Tombstones are rows without a vector. */
function createTables(db: DatabaseSync, file: string): void {
  const found = Number(db.prepare('pragma user_version').get()?.['user_version'])
  if (found === version) return
  if (found !== 0) {
    throw new MemoryRefused(`memory ${file}: the file has version ${found}, this program reads version ${version}; use another file`)
  }
  db.exec(`
    create table collections (name text primary key, dimensions integer not null) strict;
    create table points (
      revision integer primary key autoincrement,
      collection text not null, tenant text not null, id text not null,
      vector blob, payload text not null,
      unique (collection, tenant, id)
    ) strict;
    create index removed on points (revision) where vector is null;
    create virtual table words using fts5 (text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2');
    create table horizon (revision integer not null) strict;
    insert into horizon values (0);
    pragma user_version = ${version};
  `)
}
