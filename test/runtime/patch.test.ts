import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyPatch, diff, type Patch } from '../../runtime/patch.ts'
import { encode, Encoded, type Json } from '../../runtime/statechart/index.ts'
import { storables } from './statechart/storables.ts'

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value
const bytesOf = (patch: Patch): number => Buffer.byteLength(JSON.stringify(patch))

function expectPatched(before: unknown, after: unknown): Patch {
  const stored = throughJson(encode(before))
  const untouched = throughJson(stored)
  const patch = throughJson(diff(before, after, encode))
  expect(applyPatch(stored, patch)).toEqual(throughJson(encode(after)))
  expect(stored).toEqual(untouched)
  return patch
}

test('a patch makes the stored form of one value that of any other, and leaves the stored one alone', () => {
  fc.assert(
    fc.property(storables, storables, (before, after) => void expectPatched(before, after)),
    { numRuns: 500 },
  )
})

/** Small immutable updates of one state, as a machine makes them. */
const updates = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('set'), fc.constantFrom('a', 'b', '@Date', '__proto__'), storables),
    fc.tuple(fc.constant('drop'), fc.constantFrom('a', 'b', 'list'), fc.constant(0)),
    fc.tuple(fc.constant('append'), fc.constant(''), storables),
    fc.tuple(fc.constant('replace'), fc.constant(''), storables),
    fc.tuple(fc.constant('remove'), fc.constant(''), fc.nat(5)),
    fc.tuple(fc.constant('write'), fc.constant(''), fc.string({ unit: 'grapheme' })),
  ),
  { maxLength: 8 },
)

interface State {
  readonly list?: readonly unknown[]
  readonly text?: string
  readonly [field: string]: unknown
}

function update(state: State, [kind, key, value]: readonly [string, string, unknown]): State {
  const { list = [], text = '🙂'.repeat(50) } = state
  switch (kind) {
    case 'set':
      return { ...state, [key]: value }
    case 'drop':
      return Object.fromEntries(Object.entries(state).filter(([name]) => name !== key))
    case 'append':
      return { ...state, list: [...list, value] }
    case 'replace':
      return { ...state, list: list.map((item, at) => (at === 1 ? value : item)) }
    case 'remove':
      return { ...state, list: list.filter((_item, at) => at !== value) }
    default:
      return { ...state, text: `${text.slice(0, 40)}${String(value)}${text.slice(44)}` }
  }
}

test('the patches of a chain of updates lead to the same stored state as encoding the last', () => {
  fc.assert(
    fc.property(updates, (chain) => {
      let state: State = { list: [1, { deep: [2] }, 3] }
      let stored = throughJson(encode(state))
      for (const step of chain) {
        const next = update(state, step)
        stored = applyPatch(stored, throughJson(diff(state, next, encode)))
        state = next
      }
      expect(stored).toEqual(throughJson(encode(state)))
    }),
    { numRuns: 500 },
  )
})

const messages = Array.from({ length: 200 }, (_, n) => ({ role: 'user', content: `message ${n} `.repeat(45) }))

test('one message appended to a context of 100 KB makes a patch of less than 1 KB', () => {
  const before = { task: 't', messages }
  expect(bytesOf([['set', [], encode(before)]])).toBeGreaterThan(100_000)
  const patch = expectPatched(before, { ...before, messages: [...messages, { role: 'assistant', content: 'x'.repeat(500) }] })
  expect(bytesOf(patch)).toBeLessThan(1_000)
})

test('the same holds when the machine copied everything', () => {
  const before = { task: 't', messages }
  const copy = structuredClone(before)
  expect(expectPatched(before, { ...copy, messages: [...copy.messages, { role: 'assistant', content: 'new' }] })).toHaveLength(1)
})

test('unchanged parts are not encoded', () => {
  const seen: unknown[] = []
  diff({ messages, n: 1 }, { messages, n: 2 }, (value) => {
    seen.push(value)
    return encode(value)
  })
  expect(seen).toEqual([2])
})

test('text that grows is spliced, never within a character', () => {
  const before = 'ab🙂'.repeat(100)
  const [patch] = [expectPatched({ before }, { before: `${before.slice(0, -2)}🙃 and more` })]
  expect(patch).toEqual([['text', ['before'], before.length - 2, 2, '🙃 and more']])
})

test('what is encoded already is reached into and not encoded again', () => {
  const parked = [{ event: { at: { '@Date': 'x' } } }]
  const more: Json = { '@Date': 'y' }
  expect(diff({ keeping: new Encoded({ parked }) }, { keeping: new Encoded({ parked: [...parked, more] }) }, encode)).toEqual([
    ['splice', ['keeping', 'parked'], 1, 0, [more]],
  ])
})

test('a value that cannot be stored is refused with its place', () => {
  expect(() => diff({ context: { a: 1 } }, { context: { a: { f: () => 1 } } }, encode)).toThrow(/'context\.a\.f' is a function/)
})

test('a patch for another value is refused', () => {
  expect(() => applyPatch<Json>({ a: 1 }, [['set', ['b', 'c'], 1]])).toThrow(/'set' at 'b\.c' finds nothing/)
  expect(() => applyPatch<Json>({ a: 1 }, [['text', ['a'], 0, 0, 'x']])).toThrow(/'text' at 'a' finds nothing/)
})
