// Memory contract
// What every vector store keeps, whichever it is. Each test makes a collection of its own, so the suite may run against a shared server.
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Memory, MemoryPoint } from '../../actors/ports.ts'
import { CollectionNotFound, MemoryRefused, VectorInvalid } from '../../services/memory/errors.ts'

export const contractPrefix = 'troupe-contract-'

export function memoryContract(name: string, open: () => Memory): void {
  describe(`memory: ${name}`, () => {
    test('the nearest neighbours are those of a brute-force search', async () => {
      const { memory, collection } = await makeCollection(open(), 16)
      const points = randomPoints(200, 16)
      await memory.upsert(collection, 'acme', points)
      for (const { vector } of randomPoints(5, 16)) {
        const hits = await memory.search(collection, 'acme', { vector, limit: 10 })
        const expected = bruteForce(points, vector).slice(0, 10)
        expect(hits.map((hit) => hit.id)).toEqual(expected.map((hit) => hit.id))
        for (const [at, hit] of hits.entries()) expect(hit.score).toBeCloseTo(expected[at]?.score ?? Number.NaN, 4)
      }
    })

    test('an upsert replaces the point with the same id', async () => {
      const { memory, collection } = await makeCollection(open())
      await memory.upsert(collection, 'acme', [point('a', [1, 0, 0], { text: 'old' })])
      await memory.upsert(collection, 'acme', [point('a', [0, 1, 0], { text: 'new' })])
      expect(await memory.count(collection, 'acme')).toBe(1)
      const hits = await memory.search(collection, 'acme', { vector: Float32Array.of(0, 1, 0), text: 'old', limit: 5 })
      expect(hits.map((hit) => hit.payload)).toEqual([{ text: 'new' }])
    })

    test('a search and a count keep only the points that match all of the payload', async () => {
      const { memory, collection } = await makeCollection(open())
      await memory.upsert(collection, 'acme', [
        point('a', [1, 0, 0], { file: 'a.md', draft: true, year: 2020 }),
        point('b', [1, 0, 0], { file: 'a.md', draft: false, year: 2020.5 }),
        point('c', [1, 0, 0], { file: 'b.md', draft: true }),
      ])
      const ids = async (match: MemoryPoint['payload']) =>
        (await memory.search(collection, 'acme', { vector: Float32Array.of(1, 0, 0), limit: 9, match })).map((hit) => hit.id).toSorted()
      expect(await ids({ file: 'a.md' })).toEqual(['a', 'b'])
      expect(await ids({ file: 'a.md', draft: true })).toEqual(['a'])
      expect(await ids({ year: 2020.5 })).toEqual(['b'])
      expect(await ids({ year: 2020 })).toEqual(['a'])
      expect(await ids({ year: '2020' })).toEqual([])
      expect(await memory.count(collection, 'acme', { draft: true })).toBe(2)
    })

    test('a point whose words match comes before a nearer one whose words do not', async () => {
      const { memory, collection } = await makeCollection(open())
      await memory.upsert(collection, 'acme', [
        point('near', [1, 0.05, 0], { text: 'an ordinary sentence about rivers' }),
        point('worded', [1, 0.1, 0], { text: 'the only sentence about the axolotl' }),
        point('far', [0, 0, 1], { text: 'an ordinary sentence about mountains' }),
      ])
      const query = { vector: Float32Array.of(1, 0, 0), limit: 3 }
      expect((await memory.search(collection, 'acme', query)).map((hit) => hit.id)).toEqual(['near', 'worded', 'far'])
      const worded = await memory.search(collection, 'acme', { ...query, text: 'Axolotl? "NEAR(* OR' })
      expect(worded[0]?.id).toBe('worded')
    })

    test('no sequence of calls shows one tenant the points of another', async () => {
      const { memory, collection } = await makeCollection(open(), 2)
      const tenant = fc.constantFrom('acme', 'globex', 'acme globex')
      const write = fc.record({ tenant, id: fc.constantFrom('1', '2', '3'), drop: fc.boolean() })
      await fc.assert(
        fc.asyncProperty(fc.array(write, { maxLength: 8 }), tenant, async (writes, reader) => {
          for (const each of ['acme', 'globex', 'acme globex']) await memory.remove(collection, each)
          const expected = new Set<string>()
          for (const { tenant: owner, id, drop } of writes) {
            if (drop) await memory.remove(collection, owner, { mark: id })
            else await memory.upsert(collection, owner, [point(id, [1, 1], { owner, mark: id, text: 'shared words' })])
            if (owner === reader) expected[drop ? 'delete' : 'add'](id)
          }
          const hits = await memory.search(collection, reader, { vector: Float32Array.of(1, 1), text: 'shared words', limit: 50 })
          expect(hits.map((hit) => hit.payload['owner']).filter((owner) => owner !== reader)).toEqual([])
          expect(hits.map((hit) => hit.id).toSorted()).toEqual([...expected].toSorted())
          expect(await memory.count(collection, reader)).toBe(expected.size)
        }),
        { numRuns: 25 },
      )
    })

    test('a payload field named tenant does not move a point to that tenant', async () => {
      const { memory, collection } = await makeCollection(open())
      await memory.upsert(collection, 'acme', [point('a', [1, 0, 0], { tenant: 'globex' })])
      expect(await memory.count(collection, 'globex')).toBe(0)
      expect(await memory.count(collection, 'acme', { tenant: 'globex' })).toBe(1)
    })

    test('remove deletes what matches, then everything, and a second call is harmless', async () => {
      const { memory, collection } = await makeCollection(open())
      await memory.upsert(collection, 'acme', [point('a', [1, 0, 0], { file: 'a' }), point('b', [1, 0, 0], { file: 'b' })])
      await memory.remove(collection, 'acme', { file: 'a' })
      await memory.remove(collection, 'acme', { file: 'a' })
      expect(await memory.count(collection, 'acme')).toBe(1)
      await memory.remove(collection, 'acme')
      expect(await memory.search(collection, 'acme', { vector: Float32Array.of(1, 0, 0), limit: 5 })).toEqual([])
    })

    test('vectors of other dimensions, or not finite, are refused', async () => {
      const { memory, collection } = await makeCollection(open())
      await expect(memory.upsert(collection, 'acme', [point('a', [1, 0], {})])).rejects.toThrow(VectorInvalid)
      await expect(memory.upsert(collection, 'acme', [point('a', [1, 0, Number.NaN], {})])).rejects.toThrow(VectorInvalid)
      await expect(memory.search(collection, 'acme', { vector: Float32Array.of(1), limit: 1 })).rejects.toThrow(VectorInvalid)
      await expect(memory.ensureCollection(collection, 4)).rejects.toThrow(/holds vectors of 3 dimensions, 4 were asked for/)
      await memory.ensureCollection(collection, 3)
    })

    test('a call that breaks a limit or a rule is refused whole', async () => {
      const { memory, collection } = await makeCollection(open())
      const good = point('good', [1, 0, 0], {})
      const upsert = (points: MemoryPoint[]) => memory.upsert(collection, 'acme', points)
      await expect(upsert([good, point('big', [1, 0, 0], { text: 'x'.repeat(70_000) })])).rejects.toThrow(MemoryRefused)
      await expect(upsert([good, point('path', [1, 0, 0], { 'a.b': 1 })])).rejects.toThrow(MemoryRefused)
      await expect(upsert([good, point('', [1, 0, 0], {})])).rejects.toThrow(MemoryRefused)
      await expect(upsert(Array.from({ length: 1_001 }, () => good))).rejects.toThrow(/1001 points in one upsert/)
      await expect(memory.search(collection, 'acme', { vector: good.vector, limit: 0 })).rejects.toThrow(MemoryRefused)
      expect(await memory.count(collection, 'acme')).toBe(0)
    })

    test('a collection nobody has made is said to be missing', async () => {
      const memory = open()
      const missing = `${contractPrefix}${randomUUID()}`
      await expect(memory.count(missing, 'acme')).rejects.toThrow(CollectionNotFound)
      await expect(memory.upsert(missing, 'acme', [])).rejects.toThrow(CollectionNotFound)
      await expect(memory.search(missing, 'acme', { vector: Float32Array.of(1), limit: 1 })).rejects.toThrow(CollectionNotFound)
    })
  })
}

const point = (id: string, vector: readonly number[], payload: MemoryPoint['payload']): MemoryPoint => ({
  id,
  vector: Float32Array.from(vector),
  payload,
})

async function makeCollection(memory: Memory, dimensions = 3): Promise<{ memory: Memory; collection: string }> {
  const collection = `${contractPrefix}${randomUUID()}`
  await memory.ensureCollection(collection, dimensions)
  return { memory, collection }
}

/** Always the same points, evenly spread: a linear congruential generator with a fixed seed. */
function randomPoints(count: number, dimensions: number): MemoryPoint[] {
  let state = count
  const coordinate = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  return Array.from({ length: count }, (_, at) => point(`p${at}`, Array.from({ length: dimensions }, coordinate), {}))
}

function bruteForce(points: readonly MemoryPoint[], query: Float32Array): { id: string; score: number }[] {
  const cosine = (vector: Float32Array) => dot(vector, query) / Math.sqrt(dot(vector, vector) * dot(query, query))
  return points.map(({ id, vector }) => ({ id, score: cosine(vector) })).toSorted((left, right) => right.score - left.score)
}

function dot(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}
