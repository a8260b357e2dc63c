// Qdrant stand-in
// NOT Qdrant: a small HTTP server that answers the requests our adapter makes the way Qdrant does, so that the real client can be tested
// without a server. It really stores, filters, computes cosine and BM25-like sparse scores, and fuses by rank. The same contract suite
// runs against a real server when QDRANT_URL is set; that run, not this file, says whether we speak Qdrant.
//
// What it does not know it refuses with 400: nothing is ignored in silence.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Schemas } from '@qdrant/js-client-rest'
import { z } from 'zod'

export interface QdrantStandIn {
  readonly url: string
  readonly requests: readonly string[]
  close(): Promise<void>
}

export async function startQdrantStandIn(): Promise<QdrantStandIn> {
  const collections = new Map<string, Collection>()
  const requests: string[] = []
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(collections, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    void respond(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Qdrant stand-in: no port')
  return { url: `http://127.0.0.1:${address.port}`, requests, close: () => close(server) }
}

interface Collection {
  readonly size: number
  readonly points: Map<string, Point>
}

type Point = z.infer<typeof pointShape>

class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const sparseShape = z.strictObject({ indices: z.array(z.number()), values: z.array(z.number()) })
const pointShape = z.strictObject({
  id: z.uuid(),
  vector: z.strictObject({ meaning: z.array(z.number()), words: sparseShape.optional() }),
  payload: z.record(z.string(), z.unknown()),
})
const conditionShape = z.union([
  z.strictObject({ key: z.string(), match: z.strictObject({ value: z.union([z.string(), z.number().int(), z.boolean()]) }) }),
  z.strictObject({ key: z.string(), range: z.strictObject({ gte: z.number(), lte: z.number() }) }),
])
const filterShape = z.strictObject({ must: z.array(conditionShape) })
const branchShape = z.union([
  z.strictObject({ query: z.array(z.number()), using: z.literal('meaning'), filter: filterShape, limit: z.number() }),
  z.strictObject({ query: sparseShape, using: z.literal('words'), filter: filterShape, limit: z.number() }),
])
const fusionShape = z.strictObject({
  prefetch: z.array(branchShape),
  query: z.strictObject({ fusion: z.literal('rrf') }),
  limit: z.number(),
  with_payload: z.literal(true),
})
const queryShape = z.union([fusionShape, branchShape.options[0].extend({ with_payload: z.literal(true) })])
const createShape = z.strictObject({
  vectors: z.strictObject({ meaning: z.strictObject({ size: z.number().int(), distance: z.literal('Cosine') }) }),
  sparse_vectors: z.strictObject({ words: z.strictObject({ modifier: z.literal('idf') }) }),
})

async function answer(collections: Map<string, Collection>, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  try {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (url.pathname === '/') return { status: 200, body: { title: 'Qdrant stand-in', version: '1.18.0' } satisfies Schemas['VersionInfo'] }
    const result = handle(collections, `${request.method} ${url.pathname}`, await readJson(request))
    return { status: 200, body: { time: 0, status: 'ok', result } }
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 400
    const body: Schemas['ErrorResponse'] = { time: 0, status: { error: String(error) } }
    return { status, body }
  }
}

function handle(collections: Map<string, Collection>, route: string, body: unknown): unknown {
  const [, method, name = '', path = ''] = /^(\w+) \/collections\/([^/]+)(.*)$/.exec(route) ?? []
  const operation = `${method} ${path}`
  if (operation === 'GET /exists') return { exists: collections.has(name) } satisfies Schemas['CollectionExistence']
  if (operation === 'PUT ') return create(collections, name, body)
  const collection = collections.get(name)
  if (collection === undefined) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`)
  switch (operation) {
    case 'GET ':
      return describe(collection)
    case 'PUT /index':
      return completed
    case 'PUT /points':
      return upsert(collection, body)
    case 'POST /points/query':
      return { points: query(collection, queryShape.parse(body)) } satisfies Schemas['QueryResponse']
    case 'POST /points/delete':
      for (const point of select(collection, z.strictObject({ filter: filterShape }).parse(body).filter)) collection.points.delete(point.id)
      return completed
    case 'POST /points/count':
      return {
        count: select(collection, z.strictObject({ filter: filterShape, exact: z.literal(true) }).parse(body).filter).length,
      } satisfies Schemas['CountResult']
    default:
      throw new Refusal(404, `the stand-in does not know ${route}`)
  }
}

const completed: Schemas['UpdateResult'] = { operation_id: 0, status: 'completed' }

function create(collections: Map<string, Collection>, name: string, body: unknown): boolean {
  if (collections.has(name)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`)
  collections.set(name, { size: createShape.parse(body).vectors.meaning.size, points: new Map() })
  return true
}

function describe({ size, points }: Collection): Pick<Schemas['CollectionInfo'], 'status' | 'optimizer_status' | 'points_count'> & {
  config: { params: Schemas['CollectionParams'] }
} {
  const params: Schemas['CollectionParams'] = {
    vectors: { meaning: { size, distance: 'Cosine' } },
    sparse_vectors: { words: { modifier: 'idf' } },
  }
  return { status: 'green', optimizer_status: 'ok', points_count: points.size, config: { params } }
}

function upsert(collection: Collection, body: unknown): Schemas['UpdateResult'] {
  const { points } = z.strictObject({ points: z.array(pointShape) }).parse(body)
  for (const { vector } of points) checkSize(collection, vector.meaning)
  for (const point of points) collection.points.set(point.id, point)
  return completed
}

function checkSize({ size }: Collection, vector: readonly number[]): void {
  if (vector.length !== size) throw new Refusal(400, `Wrong input: Vector dimension error: expected dim: ${size}, got ${vector.length}`)
}

function query(collection: Collection, request: z.infer<typeof queryShape>): Schemas['ScoredPoint'][] {
  const ranked = 'prefetch' in request ? fuse(request.prefetch.map((branch) => rank(collection, branch))) : rank(collection, request)
  return ranked.slice(0, request.limit).map(({ point, score }) => ({ id: point.id, version: 0, score, payload: point.payload }))
}

interface Scored {
  readonly point: Point
  readonly score: number
}

function rank(collection: Collection, branch: z.infer<typeof branchShape>): Scored[] {
  const points = select(collection, branch.filter)
  if (branch.using === 'meaning') checkSize(collection, branch.query)
  const scored = points.map((point) => ({
    point,
    score: branch.using === 'meaning' ? cosine(branch.query, point.vector.meaning) : sparseScore(collection, branch.query, point),
  }))
  return scored
    .filter(({ score }) => branch.using === 'meaning' || score > 0)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, branch.limit)
}

function fuse(lists: readonly Scored[][]): Scored[] {
  const fused = new Map<string, Scored>()
  for (const list of lists) {
    for (const [at, { point }] of list.entries()) {
      fused.set(point.id, { point, score: (fused.get(point.id)?.score ?? 0) + 1 / (at + 2) })
    }
  }
  return [...fused.values()].toSorted((left, right) => right.score - left.score)
}

function cosine(left: readonly number[], right: readonly number[]): number {
  let [dot, leftSquares, rightSquares] = [0, 0, 0]
  for (const [at, value] of left.entries()) {
    const other = right[at] ?? 0
    dot += value * other
    leftSquares += value * value
    rightSquares += other * other
  }
  return leftSquares === 0 || rightSquares === 0 ? 0 : dot / Math.sqrt(leftSquares * rightSquares)
}

function sparseScore({ points }: Collection, wanted: z.infer<typeof sparseShape>, { vector }: Point): number {
  let score = 0
  for (const [at, index] of wanted.indices.entries()) {
    const found = vector.words?.indices.indexOf(index) ?? -1
    if (found < 0) continue
    const holders = [...points.values()].filter((point) => point.vector.words?.indices.includes(index)).length
    const rarity = Math.log((points.size - holders + 0.5) / (holders + 0.5) + 1)
    score += (wanted.values[at] ?? 0) * (vector.words?.values[found] ?? 0) * rarity
  }
  return score
}

function select({ points }: Collection, filter: z.infer<typeof filterShape>): Point[] {
  return [...points.values()].filter((point) => filter.must.every((condition) => holds(condition, point.payload)))
}

function holds(condition: z.infer<typeof conditionShape>, payload: unknown): boolean {
  let value: unknown = payload
  for (const name of condition.key.split('.')) value = z.record(z.string(), z.unknown()).safeParse(value).data?.[name]
  if ('match' in condition) return value === condition.match.value
  return typeof value === 'number' && value >= condition.range.gte && value <= condition.range.lte
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
