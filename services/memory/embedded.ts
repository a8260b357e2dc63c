// Embedded memory
// The store without a server: points in one SQLite file that all workers of a machine share, an exact scan over a copy in memory,
// and full-text search (FTS5, bm25) over the payload's `text`, fused by rank. Made for tens of thousands of points; above that, Qdrant.
//
// E1. Every write gives its row a new, higher revision; revisions become visible in order, because SQLite has one writer at a time.
// E2. The copy in memory is the file up to `#revision`. Each call first catches up, so a process sees what others have committed.
// E3. A removed point stays as a row without a vector until all copies can be told another way: when such rows are swept, the
//     horizon is raised, and a copy that is behind the horizon starts again from nothing.
// E4. A tenant's points stand on a shelf of their own: a search cannot meet another tenant's points, filter or not.
//
// node:sqlite blocks the thread, so work is cut: reading goes by pages and removing by batches with a turn of the event loop between.
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Memory, MemoryHit, MemoryMatch, MemoryPoint, MemoryQuery } from '../../actors/ports.ts'
import { TroupeError } from '../../runtime/errors.ts'
import { openDatabase, prepareStatements, readRow, toBytes, transact, type PointRow, type Statements } from './embedded-database.ts'
import { CollectionNotFound, MemoryRefused, MemoryUnavailable } from './errors.ts'
import { checkCollection, checkMatch, checkPoints, checkQuery, checkSameDimensions, memoryLimits } from './limits.ts'
import { fuseRanks } from './rank-fusion.ts'
import { Shelf } from './shelf.ts'
import { queryWordsMax, words } from './words.ts'

export interface EmbeddedOptions {
  readonly file: string
  /** Points in the file, over all collections: they are all held in memory. Default 100 000. */
  readonly pointsMax?: number
  /** Removed points kept so that other processes can catch up. Default 10 000. */
  readonly removedMax?: number
}

export function openEmbedded({ file, pointsMax = 100_000, removedMax = 10_000 }: EmbeddedOptions): Memory {
  return new EmbeddedMemory(openDatabase(file), file, { pointsMax, removedMax })
}

/** Rows read before the event loop gets a turn. */
const pageRows = 2_000
/** Candidates from each of the two searches before they are fused. */
const candidatesMin = 50

class EmbeddedMemory implements Memory {
  readonly #db: DatabaseSync
  readonly #statements: Statements
  readonly #file: string
  readonly #limits: { readonly pointsMax: number; readonly removedMax: number }
  /** By collection and tenant. */
  readonly #shelves = new Map<string, Shelf>()
  #revision = 0
  #horizon = 0

  constructor(db: DatabaseSync, file: string, limits: { readonly pointsMax: number; readonly removedMax: number }) {
    this.#db = db
    this.#statements = prepareStatements(db)
    this.#file = file
    this.#limits = limits
  }

  async ensureCollection(collection: string, dimensions: number): Promise<void> {
    checkCollection(collection, dimensions)
    this.#run(() => this.#statements.addCollection.run(collection, dimensions))
    checkSameDimensions(collection, this.#dimensions(collection), dimensions)
  }

  async upsert(collection: string, tenant: string, points: readonly MemoryPoint[]): Promise<void> {
    checkPoints(collection, this.#dimensions(collection), points)
    await this.#catchUp()
    this.#write(() => {
      this.#checkRoom(collection, tenant, points)
      for (const point of points) this.#put(collection, tenant, point)
    })
  }

  async search(collection: string, tenant: string, query: MemoryQuery): Promise<readonly MemoryHit[]> {
    checkQuery(collection, this.#dimensions(collection), query)
    await this.#catchUp()
    const shelf = this.#shelves.get(shelfName(collection, tenant))
    if (shelf === undefined) return []
    const wanted = words(query.text ?? '', queryWordsMax)
    if (wanted.length === 0) return shelf.nearest(query.vector, query.limit, query.match)
    const candidates = Math.max(candidatesMin, query.limit)
    const near = shelf.nearest(query.vector, candidates, query.match).map((hit) => hit.id)
    const worded = this.#worded(collection, tenant, wanted).filter((id) => shelf.find(id, query.match) !== undefined)
    return fuseRanks([near, worded.slice(0, candidates)])
      .slice(0, query.limit)
      .map(({ id, score }) => ({ id, score, payload: shelf.find(id, query.match) ?? {} }))
  }

  async remove(collection: string, tenant: string, match?: MemoryMatch): Promise<void> {
    this.#dimensions(collection)
    checkMatch(collection, match)
    await this.#catchUp()
    const name = shelfName(collection, tenant)
    const ids = this.#shelves.get(name)?.idsMatching(match) ?? []
    for (let at = 0; at < ids.length; at += memoryLimits.batchPointsMax) {
      const batch = ids.slice(at, at + memoryLimits.batchPointsMax)
      // What another process has replaced since it was listed is looked at again inside the transaction.
      this.#write(() => {
        for (const id of batch) if (this.#shelves.get(name)?.find(id, match) !== undefined) this.#drop(collection, tenant, id)
      })
      await setImmediate()
    }
    this.#sweep()
  }

  async count(collection: string, tenant: string, match?: MemoryMatch): Promise<number> {
    this.#dimensions(collection)
    checkMatch(collection, match)
    await this.#catchUp()
    const shelf = this.#shelves.get(shelfName(collection, tenant))
    return match === undefined ? (shelf?.size ?? 0) : (shelf?.idsMatching(match).length ?? 0)
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close()
  }

  #dimensions(collection: string): number {
    const row = this.#run(() => this.#statements.findCollection.get(collection))
    if (row !== undefined) return Number(row['dimensions'])
    throw new CollectionNotFound(`memory ${this.#file}: there is no collection ${collection}; ingest a folder or create it first`)
  }

  /** Ids of the tenant's points with any of the words, best bm25 first. Word statistics are those of the whole file. */
  #worded(collection: string, tenant: string, wanted: readonly string[]): readonly string[] {
    const expression = wanted.map((word) => `"${word}"`).join(' OR ')
    return this.#run(() => this.#statements.searchWords.all(expression, collection, tenant)).map((row) => String(row['id']))
  }

  async #catchUp(): Promise<void> {
    while (this.#run(() => this.#readPage()) === 'more') await setImmediate()
  }

  /** E2. Takes over the next page of rows. */
  #readPage(): 'more' | 'done' {
    const rows = this.#statements.readAfter.all(this.#revision, pageRows)
    // The horizon is read after the rows: a sweep before the rows is then always seen, one in between costs only a fresh start.
    const horizon = Number(this.#statements.readHorizon.get()?.['horizon'])
    const missedRemovals = horizon > this.#horizon && horizon > this.#revision
    this.#horizon = horizon
    if (missedRemovals) {
      this.#shelves.clear() // E3
      this.#revision = 0
      return 'more'
    }
    for (const row of rows) this.#take(readRow(row))
    return rows.length < pageRows ? 'done' : 'more'
  }

  #take({ revision, collection, tenant, id, point }: PointRow): void {
    const name = shelfName(collection, tenant)
    if (point === undefined) this.#shelves.get(name)?.remove(id)
    else {
      const shelf = this.#shelves.get(name) ?? new Shelf(point.vector.length)
      this.#shelves.set(name, shelf)
      shelf.put(point)
    }
    this.#revision = revision
  }

  #put(collection: string, tenant: string, { id, vector, payload }: MemoryPoint): void {
    this.#deleteRow(collection, tenant, id)
    const { lastInsertRowid } = this.#statements.insertPoint.run(collection, tenant, id, toBytes(vector), JSON.stringify(payload)) // E1
    const text = payload['text']
    if (typeof text === 'string') this.#statements.insertWords.run(lastInsertRowid, text)
  }

  #drop(collection: string, tenant: string, id: string): void {
    this.#deleteRow(collection, tenant, id)
    this.#statements.insertPoint.run(collection, tenant, id, null, '{}') // E3
  }

  #deleteRow(collection: string, tenant: string, id: string): void {
    const old = this.#statements.deletePoint.get(collection, tenant, id)
    if (old !== undefined) this.#statements.deleteWords.run(Number(old['revision']))
  }

  /** E3. */
  #sweep(): void {
    const removed = Number(this.#run(() => this.#statements.countRemoved.get())?.['removed'])
    if (removed <= this.#limits.removedMax) return
    this.#write(() => {
      this.#statements.raiseHorizon.run()
      this.#statements.sweepRemoved.run()
    })
  }

  #checkRoom(collection: string, tenant: string, points: readonly MemoryPoint[]): void {
    const shelf = this.#shelves.get(shelfName(collection, tenant))
    const added = new Set(points.filter((point) => shelf?.has(point.id) !== true).map((point) => point.id)).size
    let held = 0
    for (const each of this.#shelves.values()) held += each.size
    if (held + added <= this.#limits.pointsMax) return
    throw new MemoryRefused(
      `memory ${this.#file}: ${held} points held, ${added} more would pass the limit of ${this.#limits.pointsMax}; remove some or use a Qdrant server`,
    )
  }

  #write(change: () => void): void {
    this.#run(() =>
      transact(this.#db, () => {
        while (this.#readPage() === 'more');
        change()
      }),
    )
    this.#run(() => this.#readPage())
  }

  /** Calls SQLite; what it throws becomes this part's error. */
  #run<Result>(call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      if (error instanceof TroupeError) throw error
      throw new MemoryUnavailable(`memory ${this.#file}: the store could not do this now; it may be busy, closed, full or damaged`, {
        cause: error,
      })
    }
  }
}

/** A collection's name has no space, so no two pairs make one name. */
const shelfName = (collection: string, tenant: string): string => `${collection} ${tenant}`
