import { expect, test } from 'vitest'
import { benchWith } from './support.ts'

const files = { 'birds.md': '# Herons\n\nThe heron stands still in the river.\n', 'tea.md': 'The kettle boils for the tea.\n' }

test('a search finds the passage, marked and cited', async () => {
  const { call, ingest } = await benchWith(files)
  await ingest('acme')
  const { ok, text, citations } = await call('search-documents', { query: 'Where does the heron stand?', limit: 1 })
  expect(ok).toBe(true)
  expect(citations).toEqual([{ file: 'birds.md', fromLine: 1, toLine: 3 }])
  expect(text).toContain('[[birds.md:1-3]]\n# Herons\n\nThe heron stands still')
})

test('documents of another tenant are not found', async () => {
  const { call, ingest } = await benchWith(files)
  await ingest('globex')
  expect(await call('search-documents', { query: 'heron' })).toEqual({
    ok: true,
    text: 'No results: nothing in collection documents is about this.',
    citations: [],
  })
})

test('a collection nobody has filled is an error the model can read', async () => {
  const { call } = await benchWith(files)
  const result = await call('search-documents', { query: 'heron' })
  expect(result.ok).toBe(false)
  expect(result.text).toContain('there is no collection documents; ingest a folder')
})

test('arguments that do not fit are explained', async () => {
  const { call } = await benchWith(files)
  const result = await call('search-documents', { query: ' ', limit: 99, mode: 'fast' })
  expect(result).toMatchObject({ ok: false, citations: [] })
  for (const part of ['search-documents: these arguments do not fit', 'at query', 'at limit', '"mode"']) expect(result.text).toContain(part)
})

test('a cancelled call ends with a result that says so', async () => {
  const { call } = await benchWith(files)
  expect(await call('search-documents', { query: 'x' }, AbortSignal.abort())).toMatchObject({
    ok: false,
    text: 'Error: search-documents was cancelled',
  })
})
