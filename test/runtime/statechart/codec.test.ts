import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode, encodeFailure, Encoded, type Json } from '../../../runtime/statechart/index.ts'
import { storables } from './storables.ts'

const throughJson = (json: Json): Json => JSON.parse(JSON.stringify(json)) as Json

test('whatever is encoded comes back equal, through JSON text', () => {
  fc.assert(
    fc.property(storables, (value) => {
      expect(decode(throughJson(encode(value)))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('encoding is the same again after a restore', () => {
  fc.assert(
    fc.property(storables, (value) => {
      expect(encode(decode(throughJson(encode(value))))).toEqual(encode(value))
    }),
    { numRuns: 500 },
  )
})

test('JSON that nobody encoded comes through unchanged unless it holds a tag', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(decode(value as Json)).toEqual(value)
    }),
  )
})

test('plain data is not copied, either way', () => {
  const plain = { list: [{ a: 1 }], text: 'x' }
  expect(encode(plain)).toBe(plain)
  expect(decode(plain)).toBe(plain)
})

test('a field named __proto__ stays a field', () => {
  const tricky = JSON.parse('{"__proto__": {"polluted": true}, "n": {"@Number": "NaN"}}') as Json
  const decoded = decode(tricky) as object
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  expect(Object.hasOwn(decoded, '__proto__')).toBe(true)
})

test('an error keeps name, message, stack, cause and own fields; what its library hung on it is kept as text', () => {
  const error = Object.assign(new SyntaxError('bad', { cause: new Error('root') }), { code: 'E1', request: new AbortController() })
  const back = decode(throughJson(encode(error))) as typeof error
  expect(back).toBeInstanceOf(Error)
  expect({
    name: back.name,
    message: back.message,
    stack: back.stack,
    code: back.code,
    request: back.request,
    cause: String(back.cause),
  }).toEqual({
    name: 'SyntaxError',
    message: 'bad',
    stack: error.stack,
    code: 'E1',
    request: '(an instance of AbortController)',
    cause: 'Error: root',
  })
})

test('what could not be brought back is refused with its place', () => {
  const cycle: Record<string, unknown> = {}
  cycle['again'] = cycle
  expect(() => encode({ a: [{ f: () => 1 }] })).toThrow(/'a\.0\.f' is a function/)
  expect(() => encode(Symbol('s'))).toThrow(/it is a symbol/)
  expect(() => encode({ u: new URL('http://localhost') })).toThrow(/'u' is an instance of URL/)
  expect(() => encode(cycle)).toThrow(/deeper than 200, probably a cycle/)
  expect(() => encode({ u: new Uint8Array(1) })).toThrow(expect.objectContaining({ code: 'TR_VALUE_NOT_STORABLE' }))
})

test('anything thrown can be encoded', () => {
  expect(encodeFailure('text')).toBe('text')
  expect(encodeFailure(new URL('http://localhost'))).toMatchObject({ '@Error': { name: 'NotStorable' } })
})

test('what is marked as encoded is not encoded again', () => {
  expect(encode({ event: new Encoded({ '@Date': 'x' }) })).toEqual({ event: { '@Date': 'x' } })
})
