import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deltaText, marksOf, runFindings, versionFindings } from '../../../services/inspector/web/compare/findings.ts'
import { comparePath, runNameOf, runText } from '../../../services/inspector/web/compare/run-name.ts'
import type { RunPart, Stats } from '../../../services/inspector/web/compare/wire.ts'
import { countText, durationText } from '../../../services/inspector/web/format.ts'

const stats = (more: Partial<Stats> = {}): Stats => ({ visits: 1, ms: 0, calls: 0, tokens: 0, costUsd: 0, failures: 0, ...more })
const part = (id: string, a: Partial<Stats>, b: Partial<Stats>, more: Partial<RunPart> = {}): RunPart => ({
  id,
  kind: 'state',
  title: id,
  a: stats(a),
  b: stats(b),
  who: 'both',
  ...more,
})

test('what only one of two runs did stands first, then where one took longer, then other differences', () => {
  const found = runFindings(
    [
      part('m', { ms: 9_000 }, { ms: 1_000 }),
      part('twice', { visits: 2 }, { visits: 3 }),
      part('slow', { ms: 8_000 }, { ms: 500 }),
      part('alike', { ms: 1_000 }, { ms: 1_001 }),
      part('alone', {}, { visits: 0 }, { who: 'only-a' }),
    ],
    'm',
  )
  expect(found.map(({ id, word, mark, lines }) => [id, word, mark.tone, mark.text, ...lines])).toEqual([
    ['alone', 'only in A', 'only-a', undefined, '1 visit in A, 0 in B'],
    ['slow', 'longer in A', 'hot', '−7.5 s', '1 visit in both', '8 s in A, 500 ms in B'],
    ['twice', 'differs', 'changed', '2→3', '2 visits in A, 3 in B'],
  ])
})

test('a state that holds others says nothing that they say already', () => {
  const found = runFindings(
    [part('on', { ms: 5_000, tokens: 9 }, { tokens: 3 }), part('on.fast', { ms: 5_000, tokens: 9 }, { tokens: 3 })],
    'm',
  )
  expect(found.map(({ id }) => id)).toEqual(['on.fast'])
})

test('two runs that were alike have no findings', () => {
  expect(runFindings([part('a', { ms: 10 }, { ms: 10 }), part('e', {}, {}, { kind: 'transition' })], 'm')).toEqual([])
})

test('a part that several things are to be said of has a mark for each', () => {
  const changes = [{ what: 'guard', a: 'none', b: 'isSure' }]
  const versions = versionFindings([{ id: 'x', kind: 'state', title: 'x', tone: 'changed', changes }])
  expect(versions[0]?.lines).toEqual(['guard: none → isSure'])
  const marks = marksOf([...versions, ...runFindings([part('x', {}, {}, { who: 'only-b' })], 'm')])
  expect(marks.get('x')?.map(({ tone }) => tone)).toEqual(['changed', 'only-b'])
})

test('a difference is told with its sign, and as none where it would read the same', () => {
  expect([deltaText(1, 3, countText), deltaText(3, 1, countText), deltaText(10_001, 10_002, countText)]).toEqual(['+2', '−2', 'same'])
  expect(deltaText(500, 2_000, durationText)).toBe('+1.5 s')
})

test('a run is named by its actor, with a turn or without, and its address reads as it was written', () => {
  expect(runNameOf(' main/task/42 ')).toEqual({ actor: 'main/task/42' })
  expect(runNameOf('main/task/42@12')).toEqual({ actor: 'main/task/42', turn: 12 })
  expect(runNameOf('main/task/a@b@3')).toEqual({ actor: 'main/task/a@b', turn: 3 })
  expect(runNameOf('main/task/x@0')).toEqual({ actor: 'main/task/x@0' })
  const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() === text)
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 1_000_000 }), (text, turn) => {
      const name = { actor: `main/task/${text}`, turn }
      expect(runNameOf(runText(name))).toEqual(name)
      const address = new URL(comparePath(name, name), 'http://page')
      expect(runNameOf(address.searchParams.get('b') ?? '')).toEqual(name)
    }),
  )
})
