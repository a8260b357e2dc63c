import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { MemoryPoint } from '../../actors/ports.ts'
import { openEmbedded } from '../../services/memory/embedded.ts'
import { MemoryRefused, MemoryUnavailable } from '../../services/memory/errors.ts'
import { openMemory } from '../../services/memory/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const x = Float32Array.of(1, 0)
const point = (id: string, text = ''): MemoryPoint => ({ id, vector: x, payload: { text } })

async function openStores(count: number, limits: { pointsMax?: number; removedMax?: number } = {}) {
  const file = join(await temporaryFolder(), 'memory.sqlite')
  const stores = Array.from({ length: count }, () => openEmbedded({ file, ...limits }))
  const [first, second = first] = stores
  if (first === undefined || second === undefined) throw new Error('no store')
  onTestFinished(async () => {
    for (const store of stores) await store.close()
  })
  await first.ensureCollection('notes', 2)
  return { file, first, second }
}

test('two stores on one file see each other write, replace and remove', async () => {
  const { first, second } = await openStores(2)
  await first.upsert('notes', 'acme', [point('a', 'from the first')])
  await second.upsert('notes', 'acme', [point('b', 'from the second')])
  await second.upsert('notes', 'acme', [point('a', 'replaced by the second')])
  const hits = await first.search('notes', 'acme', { vector: x, text: 'replaced', limit: 9 })
  expect(hits.map((hit) => [hit.id, hit.payload['text']])).toEqual([
    ['a', 'replaced by the second'],
    ['b', 'from the second'],
  ])
  await first.remove('notes', 'acme', { text: 'from the second' })
  expect(await second.count('notes', 'acme')).toBe(1)
})

test('E3: a store that slept through a sweep of removed points still forgets them', async () => {
  const { first, second } = await openStores(2, { removedMax: 3 })
  await first.upsert(
    'notes',
    'acme',
    ['a', 'b', 'c', 'd', 'e'].map((id) => point(id, id)),
  )
  expect(await second.count('notes', 'acme')).toBe(5)
  await first.remove('notes', 'acme')
  await first.upsert('notes', 'acme', [point('f')])
  expect(await second.count('notes', 'acme')).toBe(1)
  expect((await second.search('notes', 'acme', { vector: x, limit: 9 })).map((hit) => hit.id)).toEqual(['f'])
})

test('a store that is opened again has what was stored, over more than one page of rows', async () => {
  const folder = await temporaryFolder()
  const before = await openMemory({ folder })
  await before.ensureCollection('notes', 2)
  for (let batch = 0; batch < 5; batch += 1) {
    await before.upsert(
      'notes',
      'acme',
      Array.from({ length: 1_000 }, (_, at) => point(`${batch}-${at}`)),
    )
  }
  await before.close()
  const after = await openMemory({ folder })
  onTestFinished(() => after.close())
  expect(await after.count('notes', 'acme')).toBe(5_000)
})

test('an upsert past the limit of points is refused whole, a replacement at the limit is not', async () => {
  const { first } = await openStores(1, { pointsMax: 2 })
  await first.upsert('notes', 'acme', [point('a'), point('b')])
  await expect(first.upsert('notes', 'globex', [point('c')])).rejects.toThrow(/2 points held, 1 more would pass the limit of 2/)
  await first.upsert('notes', 'acme', [point('b'), point('b')])
  expect(await first.count('notes', 'globex')).toBe(0)
})

test('a store that is closed says that it is unavailable', async () => {
  const { first } = await openStores(1)
  await first.close()
  await expect(first.count('notes', 'acme')).rejects.toThrow(MemoryUnavailable)
  await first.close()
})

test('a file of another version is refused and left as it is', async () => {
  const file = join(await temporaryFolder(), 'memory.sqlite')
  const db = new DatabaseSync(file)
  db.exec('pragma user_version = 7')
  db.close()
  expect(() => openEmbedded({ file })).toThrow(MemoryRefused)
  expect(() => openEmbedded({ file: '/nowhere/memory.sqlite' })).toThrow(MemoryUnavailable)
})
