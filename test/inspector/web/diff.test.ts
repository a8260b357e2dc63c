import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines, diffLinesMax, summaryOf } from '../../../services/inspector/web/agent/diff.ts'

test('what changed stands in two lines, what stayed in one', () => {
  const lines = diffLines(
    { steps: 52, plan: [1, 2], task: { id: 'a', by: 'me' } },
    { steps: 53, plan: [1, 2], task: { id: 'b', by: 'me' }, answer: null },
  )
  expect(lines.map(({ kind, depth, name, text }) => [kind, depth, name, text])).toEqual([
    ['gone', 1, 'steps', '52'],
    ['new', 1, 'steps', '53'],
    ['same', 1, 'plan', '▸ 2 items'],
    ['same', 1, 'task', ''],
    ['gone', 2, 'id', '"a"'],
    ['new', 2, 'id', '"b"'],
    ['same', 2, 'by', '"me"'],
    ['new', 1, 'answer', 'null'],
  ])
})

test('two values have a changed line exactly when they differ, whatever they hold', () => {
  const value = fc.jsonValue({ maxDepth: 3 })
  fc.assert(
    fc.property(value, value, (one, other) => {
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
      expect(diffLines(one, other).some(({ kind }) => kind !== 'same')).toBe(!same)
      expect(diffLines(one, one).filter(({ kind }) => kind !== 'same')).toEqual([])
    }),
  )
})

test('names that every object inherits are fields like others', () => {
  const before = JSON.parse('{"constructor": 1, "__proto__": {"a": 1}}')
  expect(diffLines(before, {}).map(({ kind, name }) => [kind, name])).toEqual([
    ['gone', 'constructor'],
    ['gone', '__proto__'],
  ])
})

test('a huge change is cut, and says how much more there is', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, at]))
  const lines = diffLines({}, many)
  expect(lines).toHaveLength(diffLinesMax + 1)
  expect(lines.at(-1)?.text).toBe('… 600 lines more')
  expect(summaryOf('x'.repeat(1_000))).toHaveLength(160)
})

/** The order of fields says nothing, and JSON has one zero. */
const sorted = (value: unknown): unknown => {
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inside]) => [name, sorted(inside)])
    .concat([['{}', '']])
}
