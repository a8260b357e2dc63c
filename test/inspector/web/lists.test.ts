import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldsOf, fits, isSame, parseText, queryIn, queryWith, textOf } from '../../../services/inspector/web/actors/query.ts'
import { bucketMs, bucketsMax, merged, shifted, withRows } from '../../../services/inspector/web/actors/sightings.ts'
import { cumulative, inRank, matrixOf, scaleOfAll } from '../../../services/inspector/web/coordinator/ranges.ts'
import { niceTicks, timeTicks } from '../../../services/inspector/web/figures/scale.ts'
import { offsetText } from '../../../services/inspector/web/format.ts'
import { afterBatch, beginOf, nextBatch, shareOf } from '../../../services/inspector/web/letters/batches.ts'

test('what is looked for is the same as text, as fields of an address, and back', () => {
  const query = parseText(
    '  type:agent-* status:active held:true state:working.thinking idle:>5m age:<2h cost:>0.01 failures:>0 mailbox:2 sort:cost a b:c ',
  )
  expect(query).toEqual({
    type: 'agent-*',
    status: 'active',
    held: 'true',
    state: 'working.thinking',
    idleMs: '300000',
    youngMs: '7200000',
    costUsd: '0.01',
    failures: '1',
    mailbox: '2',
    sort: 'cost',
    q: 'a b:c',
  })
  expect(parseText(textOf(query))).toEqual(query)
  expect(queryIn(fieldsOf(query))).toEqual(query)
  expect(isSame(query, queryWith(query, { tag: '' }))).toBe(true)
  expect(fieldsOf(queryWith(query, { sort: '', q: '' }))).not.toHaveProperty('sort')
})

test('what cannot be read as a field is looked for as words, and nothing that objects inherit is a field', () => {
  for (const text of ['idle:soon', 'cost:<3', 'failures:x', 'constructor:x', '__proto__:x', 'toString:1'])
    expect(parseText(text)).toEqual({ q: text })
  expect(queryIn({ constructor: 'x', type: '' })).toEqual({})
})

test('whatever is looked for comes back from its own text', () => {
  const ms = fc.integer({ min: 0, max: 1e9 }).map(String)
  const word = fc.stringMatching(/^[a-z][a-z.-]{0,8}$/)
  const field = { type: word, state: word, tag: word, task: word, idleMs: ms, activeMs: ms, ageMs: ms, youngMs: ms, q: word }
  fc.assert(
    fc.property(fc.record(field, { requiredKeys: [] }), (query) => {
      expect(parseText(textOf(query))).toEqual(query)
    }),
  )
})

test('an actor that is born while the list is open is in it only when it fits', () => {
  const query = parseText('type:agent-* status:active main/agent')
  const born = { actor: 'main/agent-analyst/1', type: 'agent-analyst', status: 'active', state: { working: 'thinking' } }
  expect(fits(query, born)).toBe(true)
  expect(fits(query, { ...born, status: 'done' })).toBe(false)
  expect(fits(query, { ...born, type: 'task' })).toBe(false)
  expect(fits(queryWith(query, { held: 'true' }), born)).toBe(false)
  expect(['working', 'working.thinking', 'work', 'thinking'].map((state) => fits(queryWith(query, { state }), born))).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(fits(queryWith(query, { costUsd: '1' }), born)).toBe(false)
})

const row = (turn: number, state = 'a') => ({
  actor: 'main/task/1',
  tenant: 'main',
  type: 'task',
  key: '1',
  state,
  status: 'active',
  turn,
  at: turn,
  event: 'e',
})

test('S2: an older state of an actor never replaces a newer one, wherever it comes from', () => {
  const seen = withRows(withRows(new Map(), [row(5, 'new')], 0), [row(4, 'old')], 0)
  expect(seen.get('main/task/1')?.row.state).toBe('new')
  expect(merged({ rows: [row(3, 'older')], isWhole: true }, seen, () => true).map(({ state }) => state)).toEqual(['new'])
  expect(merged({ rows: [row(6, 'newest')], isWhole: true }, seen, () => true).map(({ state }) => state)).toEqual(['newest'])
})

test('before a list with pages behind it stand only those that were certainly born since, the newest first', () => {
  const of = (key: string, turn: number) => ({ ...row(turn), actor: `main/task/${key}`, key })
  const early = withRows(new Map(), [of('old', 500), of('one', 1)], 0)
  const seen = withRows(withRows(early, [of('two', 2)], 1_000), [of('one', 90)], 2_000)
  const keys = (isWhole: boolean) => merged({ rows: [of('listed', 4)], isWhole }, seen, () => true).map(({ key }) => key)
  expect(keys(false)).toEqual(['two', 'one', 'listed'])
  expect(keys(true)).toEqual(['two', 'old', 'one', 'listed'])
})

test('a row stays the same object until its actor is told of again', () => {
  const listed = { rows: [row(3)], isWhole: true }
  const seen = withRows(new Map(), [row(5)], 0)
  const [first] = merged(listed, seen, () => true)
  expect(merged(listed, new Map(seen), () => true)[0]).toBe(first)
  expect(merged(listed, withRows(seen, [row(6)], 1), () => true)[0]).not.toBe(first)
})

test('turns are counted in the time they were taken in, and leave with it', () => {
  const seen = withRows(withRows(new Map(), [row(1)], 0), [row(4)], bucketMs)
  const now = seen.get('main/task/1')
  expect(now?.turns.slice(-2)).toEqual([1, 3])
  expect(shifted(now, (now?.bucket ?? 0) + bucketsMax).every((turns) => turns === 0)).toBe(true)
})

test('every letter is in one batch, in order, and no batch is more than a few seconds of sending', () => {
  fc.assert(
    fc.property(fc.array(fc.uuid(), { maxLength: 200 }), fc.integer({ min: 1, max: 500 }), (ids, perSecond) => {
      const sent: string[] = []
      let waiting: readonly string[] = ids
      while (waiting.length > 0) {
        const [batch, behind] = nextBatch(waiting, perSecond)
        expect(batch.length).toBeLessThanOrEqual(Math.min(1_000, perSecond * 3))
        sent.push(...batch)
        waiting = behind
      }
      expect(sent).toEqual(ids)
    }),
  )
})

test('a redrive is done when all are sent or said to be left out', () => {
  const begun = beginOf({ ids: ['1', '2', '3'], perSecond: 1, max: 2 })
  expect(shareOf(begun)).toBe(0)
  const done = afterBatch(begun, { redriven: [{ id: '1', message: 'm' }], skipped: [{ id: '2', why: 'it was sent again before' }] })
  expect(shareOf(done)).toBe(1)
  expect(shareOf(beginOf({ ids: [], perSecond: 1, max: 9 }))).toBe(1)
})

const candidate = (arm: string, sample: number | undefined, low: number) => ({
  arm,
  agent: arm,
  trials: 1,
  success: { mean: (low + 1) / 2, low, high: 1 },
  ...(sample === undefined ? { excluded: 'does not do it' } : { sample }),
})

test('the chosen candidate stands first, the excluded ones last, on one scale', () => {
  const all = [candidate('out', undefined, 0.2), candidate('low', 0.4, 0.5), candidate('taken', 0.5, 0.6), candidate('high', 0.9, 0.7)]
  expect(inRank(all, 'taken').map(({ arm }) => arm)).toEqual(['taken', 'high', 'low', 'out'])
  expect(scaleOfAll(all, ({ success }) => success)[0]).toBeCloseTo(0.2)
  expect(scaleOfAll([], ({ success }) => success)).toEqual([0, 1])
})

test('what was learned stands by agent and type, whatever their names are', () => {
  const learned = [
    { arm: '__proto__', taskType: 'constructor', outcomes: 9, reward: 0.5 },
    { arm: 'b', taskType: 'question', outcomes: 2, reward: 1 },
  ]
  const { arms, types, cell } = matrixOf(learned, { arms: 5, types: 5 })
  expect([arms, types]).toEqual([
    ['__proto__', 'b'],
    ['constructor', 'question'],
  ])
  expect(cell('__proto__', 'constructor')?.outcomes).toBe(9)
  expect(cell('b', 'constructor')).toBeUndefined()
  expect(cumulative([1, 2, 3])).toEqual([1, 3, 6])
})

test('ticks are round and never more than wanted', () => {
  expect(niceTicks(97, 5)).toEqual([0, 50])
  expect(niceTicks(0, 5)).toEqual([0])
  expect(timeTicks(65_000, 6)).toEqual([0, 15_000, 30_000, 45_000, 60_000])
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.integer({ min: 2, max: 12 }), (max, count) => {
      expect(niceTicks(max, count).length).toBeLessThanOrEqual(count)
    }),
  )
})

test('moments that are close differ in words however late they are', () => {
  expect([340, 203_322, 203_324, 3_725_001].map(offsetText)).toEqual(['340 ms', '3:23.322', '3:23.324', '1:02:05.001'])
})
