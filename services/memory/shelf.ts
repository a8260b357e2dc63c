// Shelf
// The points of one tenant in one collection, in memory: an exact scan over unit vectors that lie side by side.
// Not an index that approximates: it finds the true neighbours, at a cost that grows with the points.
//
// S1. A point's id, payload and vector stand at one slot; slots have no gaps (a removed point is replaced by the last).
// S2. Every vector has length 1 or is all zeros, so a dot product is the cosine.
import type { MemoryHit, MemoryMatch, MemoryPoint } from '../../actors/ports.ts'

export class Shelf {
  readonly #dimensions: number
  readonly #slots = new Map<string, number>()
  readonly #ids: string[] = []
  readonly #payloads: MemoryPoint['payload'][] = []
  #vectors: Float32Array

  constructor(dimensions: number) {
    this.#dimensions = dimensions
    this.#vectors = new Float32Array(dimensions * firstSlots)
  }

  get size(): number {
    return this.#ids.length
  }

  has(id: string): boolean {
    return this.#slots.has(id)
  }

  /** The payload of a point that is here and matches. */
  find(id: string, match: MemoryMatch | undefined): MemoryPoint['payload'] | undefined {
    const payload = this.#payloads[this.#slots.get(id) ?? -1]
    return payload !== undefined && matches(payload, match) ? payload : undefined
  }

  idsMatching(match: MemoryMatch | undefined): readonly string[] {
    return this.#ids.filter((id) => this.find(id, match) !== undefined)
  }

  put(point: MemoryPoint): void {
    const slot = this.#slots.get(point.id) ?? this.#ids.length
    this.#grow(slot + 1)
    this.#slots.set(point.id, slot)
    this.#ids[slot] = point.id
    this.#payloads[slot] = point.payload
    this.#vectors.set(toUnit(point.vector), slot * this.#dimensions) // S2
  }

  remove(id: string): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    const last = this.#ids.length - 1
    const [lastId, lastPayload] = [this.#ids.pop(), this.#payloads.pop()]
    this.#slots.delete(id)
    if (slot === last || lastId === undefined || lastPayload === undefined) return
    this.#slots.set(lastId, slot) // S1
    this.#ids[slot] = lastId
    this.#payloads[slot] = lastPayload
    this.#vectors.copyWithin(slot * this.#dimensions, last * this.#dimensions, (last + 1) * this.#dimensions)
  }

  /** The nearest by cosine, best first. */
  nearest(vector: Float32Array, limit: number, match: MemoryMatch | undefined): readonly MemoryHit[] {
    const query = toUnit(vector)
    const best: MemoryHit[] = []
    for (let slot = 0; slot < this.#ids.length; slot += 1) {
      const [id, payload] = [this.#ids[slot], this.#payloads[slot]]
      if (id === undefined || payload === undefined || !matches(payload, match)) continue
      const score = dot(this.#vectors, slot * this.#dimensions, query)
      const worst = best[limit - 1]
      if (worst === undefined || score > worst.score) insert(best, { id, score, payload }, limit)
    }
    return best
  }

  #grow(slots: number): void {
    if (slots * this.#dimensions <= this.#vectors.length) return
    const wider = new Float32Array(this.#vectors.length * 2)
    wider.set(this.#vectors)
    this.#vectors = wider
  }
}

const firstSlots = 16

function matches(payload: MemoryPoint['payload'], match: MemoryMatch | undefined): boolean {
  for (const name in match) if (payload[name] !== match[name]) return false
  return true
}

function toUnit(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  return length === 0 ? vector : vector.map((value) => value / length)
}

/** Four sums at a time: the processor need not wait for one addition before the next. Past the end of the query all is zero. */
function dot(vectors: Float32Array, start: number, query: Float32Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0]
  for (let at = 0; at < query.length; at += 4) {
    first += (vectors[start + at] ?? 0) * (query[at] ?? 0)
    second += (vectors[start + at + 1] ?? 0) * (query[at + 1] ?? 0)
    third += (vectors[start + at + 2] ?? 0) * (query[at + 2] ?? 0)
    fourth += (vectors[start + at + 3] ?? 0) * (query[at + 3] ?? 0)
  }
  return first + second + third + fourth
}

/** Puts a hit where it belongs in a list that is sorted, best first, and no longer than the limit. */
function insert(best: MemoryHit[], hit: MemoryHit, limit: number): void {
  let at = best.length
  while (at > 0 && (best[at - 1]?.score ?? Infinity) < hit.score) at -= 1
  best.splice(at, 0, hit)
  if (best.length > limit) best.pop()
}
