// Limits
// What every memory store refuses, whichever it is, so that a program that runs on one runs on the other.
import type { MemoryMatch, MemoryPoint, MemoryQuery } from '../../actors/ports.ts'
import { MemoryRefused, VectorInvalid } from './errors.ts'

export const memoryLimits = {
  dimensionsMax: 4_096,
  /** Points of one upsert. */
  batchPointsMax: 1_000,
  payloadBytesMax: 64 * 1024,
  /** Hits of one search. */
  hitsMax: 1_000,
  idCharactersMax: 512,
  nameCharactersMax: 128,
} as const

/** Payload names are plain words: a store may read dots and brackets as a path. */
const fieldName = /^[A-Za-z_]\w*$/
const collectionName = /^[A-Za-z0-9][\w-]*$/

export function checkCollection(collection: string, dimensions: number): void {
  if (!collectionName.test(collection) || collection.length > memoryLimits.nameCharactersMax) {
    throw new MemoryRefused(
      `memory: "${collection}" is no name for a collection; use letters, digits, "_" and "-", at most ${memoryLimits.nameCharactersMax}`,
    )
  }
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > memoryLimits.dimensionsMax) {
    throw new VectorInvalid(
      `collection ${collection}: ${dimensions} dimensions; it must be a whole number from 1 to ${memoryLimits.dimensionsMax}`,
    )
  }
}

export function checkSameDimensions(collection: string, held: number, wanted: number): void {
  if (held === wanted) return
  throw new VectorInvalid(
    `collection ${collection} holds vectors of ${held} dimensions, ${wanted} were asked for; use another collection for another embedding model`,
  )
}

export function checkPoints(collection: string, dimensions: number, points: readonly MemoryPoint[]): void {
  if (points.length > memoryLimits.batchPointsMax) {
    throw new MemoryRefused(
      `collection ${collection}: ${points.length} points in one upsert; send at most ${memoryLimits.batchPointsMax} at a time`,
    )
  }
  for (const point of points) checkPoint(collection, dimensions, point)
}

export function checkQuery(collection: string, dimensions: number, query: MemoryQuery): void {
  checkVector(`a query of collection ${collection}`, dimensions, query.vector)
  checkMatch(collection, query.match)
  if (Number.isInteger(query.limit) && query.limit >= 1 && query.limit <= memoryLimits.hitsMax) return
  throw new MemoryRefused(`collection ${collection}: a search for ${query.limit} hits; ask for 1 to ${memoryLimits.hitsMax}`)
}

export function checkMatch(collection: string, match: MemoryMatch | undefined): void {
  for (const name of Object.keys(match ?? {})) checkFieldName(`collection ${collection}: match`, name)
}

function checkPoint(collection: string, dimensions: number, point: MemoryPoint): void {
  const what = `point ${point.id.slice(0, 80)} of collection ${collection}`
  if (point.id === '' || point.id.length > memoryLimits.idCharactersMax) {
    throw new MemoryRefused(`${what}: the id has ${point.id.length} characters; use 1 to ${memoryLimits.idCharactersMax}`)
  }
  checkVector(what, dimensions, point.vector)
  for (const [name, value] of Object.entries(point.payload)) {
    checkFieldName(what, name)
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new MemoryRefused(`${what}: payload field ${name} is ${value}, which cannot be stored; leave it out`)
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(point.payload))
  if (bytes <= memoryLimits.payloadBytesMax) return
  throw new MemoryRefused(`${what}: the payload has ${bytes} bytes, the limit is ${memoryLimits.payloadBytesMax}; store smaller pieces`)
}

function checkVector(what: string, dimensions: number, vector: Float32Array): void {
  if (vector.length !== dimensions) {
    throw new VectorInvalid(
      `${what}: the vector has ${vector.length} dimensions, the collection has ${dimensions}; use the same embedding model`,
    )
  }
  if (vector.every(Number.isFinite)) return
  throw new VectorInvalid(`${what}: the vector holds a number that is not finite; the embedding model has failed`)
}

function checkFieldName(what: string, name: string): void {
  if (fieldName.test(name)) return
  throw new MemoryRefused(`${what}: "${name}" is no name for a payload field; use letters, digits and "_"`)
}
