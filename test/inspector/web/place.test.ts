import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agentPath, pathOf, placeOf } from '../../../services/inspector/web/place.ts'

test('every position has an address that leads back to it, whatever the keys of actors hold', () => {
  const id = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/^\/|\/$/.test(text) && text.isWellFormed())
  fc.assert(
    fc.property(id, fc.option(fc.nat(), { nil: undefined }), (one, turn) => {
      const url = new URL(pathOf({ page: 'agents', id: one, ...(turn !== undefined && { turn }) }), 'http://page')
      const place = placeOf(url.pathname, url.search)
      fc.pre(!one.split('/').some((part) => part === '.' || part === '..')) // an address has no such parts
      expect(place).toEqual({ page: 'agents', id: one, ...(turn !== undefined && { turn }), query: {} })
    }),
  )
})

test('a key that ends like a moment is no moment', () => {
  expect(placeOf(agentPath('acme/counter/a@7'))).toEqual({ page: 'agents', id: 'acme/counter/a@7', query: {} })
  expect(placeOf(agentPath('acme/counter/a@7', 3))).toEqual({ page: 'agents', id: 'acme/counter/a@7', turn: 3, query: {} })
})

test('what is filtered stands in the address too', () => {
  expect(placeOf('/tasks', '?status=failed&q=a%20b')).toEqual({ page: 'tasks', query: { status: 'failed', q: 'a b' } })
  expect(pathOf({ page: 'tasks', query: { status: 'failed', q: 'a b' } })).toBe('/tasks?status=failed&q=a+b')
})

test('an address that means nothing is read without failing', () => {
  expect(placeOf('/')).toEqual({ page: 'fleet', query: {} })
  expect(placeOf('/agents/%E0%A4%A')).toEqual({ page: 'agents', id: '%E0%A4%A', query: {} })
  expect(placeOf('/agents/a/b/c@99999999999999999999')).toMatchObject({ page: 'agents' })
})
