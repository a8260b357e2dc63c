// Qdrant memory
// The same port on a Qdrant server. Each point has two vectors: `meaning` (dense, cosine) and `words` (sparse, BM25 weights made here,
// rarity by the server); a query with text asks for both and the server fuses the two lists by rank.
//
// Q1. Every request carries the tenant: as a field of what is stored, as a condition of what is asked for. The caller's own fields lie
//     under `payload`, so they cannot pose as the tenant.
// Q2. Qdrant's ids are UUIDs. A point's UUID is made of its tenant and id, so the same point is replaced; the id itself is kept beside.
import { hash } from 'node:crypto'
import { QdrantClient, type Schemas } from '@qdrant/js-client-rest'
import { z } from 'zod'
import type { Memory, MemoryHit, MemoryMatch, MemoryPoint, MemoryQuery } from '../../actors/ports.ts'
import { CollectionNotFound, MemoryRefused, MemoryUnavailable } from './errors.ts'
import { checkCollection, checkMatch, checkPoints, checkQuery, checkSameDimensions } from './limits.ts'
import { weighDocument, weighQuery } from './words.ts'

export interface QdrantOptions {
  readonly url: string
  readonly apiKey?: string | undefined
  /** One request; default 10 000. */
  readonly requestTimeoutMs?: number
}

/** Connects and asks once, so that a wrong address is found at the start. */
export async function openQdrant({ url, apiKey, requestTimeoutMs = 10_000 }: QdrantOptions): Promise<Memory> {
  const memory = new QdrantMemory(makeClient(url, apiKey, requestTimeoutMs), new URL(url).origin)
  await memory.connect()
  return memory
}

/** Candidates from each of the two searches before they are fused. */
const candidatesMin = 50
/** Fields of a payload that searches match: ingestion looks for a file's pieces, a task for lessons of its type. */
const filteredBy = ['file', 'taskType'] as const

class QdrantMemory implements Memory {
  readonly #client: QdrantClient
  readonly #server: string
  readonly #dimensions = new Map<string, number>()

  constructor(client: QdrantClient, server: string) {
    this.#client = client
    this.#server = server
  }

  async connect(): Promise<void> {
    await this.#ask(undefined, () => this.#client.versionInfo())
  }

  async ensureCollection(collection: string, dimensions: number): Promise<void> {
    checkCollection(collection, dimensions)
    const { exists } = await this.#ask(collection, () => this.#client.collectionExists(collection))
    if (!exists) await this.#create(collection, dimensions)
    checkSameDimensions(collection, await this.#dimensionsOf(collection), dimensions)
    await this.#ask(collection, () =>
      this.#client.createPayloadIndex(collection, { field_name: 'tenant', field_schema: { type: 'keyword', is_tenant: true }, wait: true }),
    )
    // Servers in strict mode refuse to filter by a field without an index.
    for (const name of filteredBy) {
      await this.#ask(collection, () =>
        this.#client.createPayloadIndex(collection, { field_name: `payload.${name}`, field_schema: 'keyword', wait: true }),
      )
    }
  }

  async upsert(collection: string, tenant: string, points: readonly MemoryPoint[]): Promise<void> {
    checkPoints(collection, await this.#dimensionsOf(collection), points)
    if (points.length === 0) return
    await this.#ask(collection, () =>
      this.#client.upsert(collection, { wait: true, points: points.map((point) => encodePoint(tenant, point)) }),
    )
  }

  async search(collection: string, tenant: string, query: MemoryQuery): Promise<readonly MemoryHit[]> {
    checkQuery(collection, await this.#dimensionsOf(collection), query)
    const request = encodeQuery(tenant, query)
    const { points } = await this.#ask(collection, () => this.#client.query(collection, { ...request, with_payload: true }))
    return points.map((point) => {
      const { id, payload } = storedPayload.parse(point.payload)
      return { id, score: point.score, payload }
    })
  }

  async remove(collection: string, tenant: string, match?: MemoryMatch): Promise<void> {
    checkMatch(collection, match)
    await this.#dimensionsOf(collection)
    await this.#ask(collection, () => this.#client.delete(collection, { wait: true, filter: encodeFilter(tenant, match) }))
  }

  async count(collection: string, tenant: string, match?: MemoryMatch): Promise<number> {
    checkMatch(collection, match)
    await this.#dimensionsOf(collection)
    const filter = encodeFilter(tenant, match)
    return (await this.#ask(collection, () => this.#client.count(collection, { filter, exact: true }))).count
  }

  /** Nothing to do: the client's idle connections do not keep the process alive. */
  async close(): Promise<void> {}

  async #create(collection: string, dimensions: number): Promise<void> {
    try {
      await this.#client.createCollection(collection, {
        vectors: { meaning: { size: dimensions, distance: 'Cosine' } },
        sparse_vectors: { words: { modifier: 'idf' } },
      })
    } catch (error) {
      // Another worker was faster; whether it made the same collection is checked next.
      if (statusOf(error) !== 409) throw this.#convert(collection, error)
    }
  }

  async #dimensionsOf(collection: string): Promise<number> {
    const known = this.#dimensions.get(collection)
    if (known !== undefined) return known
    const found = collectionShape.safeParse(await this.#ask(collection, () => this.#client.getCollection(collection)))
    if (!found.success) {
      throw new MemoryRefused(
        `collection ${collection} at ${this.#server} was not made by Troupe: it has no vector "meaning"; use another name`,
      )
    }
    const { size } = found.data.config.params.vectors.meaning
    this.#dimensions.set(collection, size)
    return size
  }

  async #ask<Answer>(collection: string | undefined, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call()
    } catch (error) {
      throw this.#convert(collection, error)
    }
  }

  #convert(collection: string | undefined, error: unknown): Error {
    const status = statusOf(error)
    const options = { cause: error }
    if (status === undefined || status === 429 || status >= 500) {
      const found = status === undefined ? 'does not answer' : `answers with status ${status}`
      return new MemoryUnavailable(`memory: the Qdrant server at ${this.#server} ${found}; start it, or correct its URL`, options)
    }
    if (collection !== undefined) this.#dimensions.delete(collection)
    if (status === 404 && collection !== undefined) {
      return new CollectionNotFound(
        `Qdrant ${this.#server}: there is no collection ${collection}; ingest a folder or create it first`,
        options,
      )
    }
    const where = collection === undefined ? '' : ` for collection ${collection}`
    return new MemoryRefused(`Qdrant ${this.#server} refused a request${where} with status ${status}: ${reasonOf(error)}`, options)
  }
}

function makeClient(url: string, apiKey: string | undefined, requestTimeoutMs: number): QdrantClient {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new MemoryRefused('memory: the URL of the Qdrant server is no URL; write http://host:6333')
  return new QdrantClient({ url, timeout: requestTimeoutMs, checkCompatibility: false, ...(apiKey === undefined ? {} : { apiKey }) })
}

const storedPayload = z.object({ id: z.string(), payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) })
const collectionShape = z.object({
  config: z.object({ params: z.object({ vectors: z.object({ meaning: z.object({ size: z.number() }) }) }) }),
})

function encodePoint(tenant: string, { id, vector, payload }: MemoryPoint): Schemas['PointStruct'] {
  const text = payload['text']
  const sparse = weighDocument(typeof text === 'string' ? text : '')
  const meaning = [...vector]
  return {
    id: toUuid(tenant, id),
    vector: sparse.indices.length === 0 ? { meaning } : { meaning, words: sparse },
    payload: { tenant, id, payload }, // Q1
  }
}

function encodeQuery(tenant: string, { vector, text, limit, match }: MemoryQuery): Schemas['QueryRequest'] {
  const filter = encodeFilter(tenant, match)
  const meaning = { query: [...vector], using: 'meaning', filter }
  const sparse = weighQuery(text ?? '')
  if (sparse.indices.length === 0) return { ...meaning, limit }
  const candidates = Math.max(candidatesMin, limit)
  const prefetch = [
    { ...meaning, limit: candidates },
    { query: sparse, using: 'words', filter, limit: candidates },
  ]
  return { prefetch, query: { fusion: 'rrf' }, limit }
}

/** Q1. Numbers go as a range, because Qdrant matches only whole numbers by value. */
function encodeFilter(tenant: string, match: MemoryMatch | undefined): Schemas['Filter'] {
  const conditions = Object.entries(match ?? {}).map(([name, value]): Schemas['FieldCondition'] => {
    const key = `payload.${name}`
    return typeof value === 'number' ? { key, range: { gte: value, lte: value } } : { key, match: { value } }
  })
  return { must: [{ key: 'tenant', match: { value: tenant } }, ...conditions] }
}

/** Q2. A version 8 UUID: 122 bits of a SHA-256. */
function toUuid(tenant: string, id: string): string {
  const digest = hash('sha256', JSON.stringify([tenant, id]))
  const [, one, two, three, four, five] = /^(.{8})(.{4})(.{3})(.{3})(.{12})/.exec(digest) ?? []
  return `${one}-${two}-8${three}-8${four}-${five}`
}

const statusOf = (error: unknown): number | undefined => httpError.safeParse(error).data?.status
const reasonOf = (error: unknown): string => httpError.safeParse(error).data?.data?.status?.error?.slice(0, 300) ?? 'no reason given'
const httpError = z.object({
  status: z.number(),
  data: z
    .object({ status: z.object({ error: z.string() }).optional() })
    .optional()
    .catch(undefined),
})
