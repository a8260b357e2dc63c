import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Member } from '../../runtime/ports.ts'
import { FleetMarks } from '../../services/gateway/fleet/marks.ts'
import { FleetSeries, minuteMs, type Now } from '../../services/gateway/fleet/series.ts'

const begin = 1_795_176_000_000 // a whole minute
const gauges: Now = {
  workers: 1,
  rssBytes: 1,
  loopLateMs: 2,
  processorShare: 0.5,
  perSecond: { turns: 7, failures: 0, deadLetters: 0, effects: 0 },
}
const told = (turns: number, waitTimes: Record<number, number> = {}) => ({
  total: { turns, failures: 0, deadLetters: 0, effects: 0 },
  waitTimes,
  turnTimes: {},
})

/** Ticks each second for so long, with what is told in each. */
function listened(series: FleetSeries, { from, seconds, turns }: { from: number; seconds: number; turns: number }): void {
  for (let second = 0; second <= seconds; second++) {
    const now = from + second * 1_000
    series.tick(now, gauges)
    if (second < seconds) series.add(told(turns, { 11: turns }), now + 1)
  }
}

test('seconds, tens of seconds and minutes tell the same rate', () => {
  const series = new FleetSeries()
  listened(series, { from: begin, seconds: 180, turns: 7 })
  const now = begin + 180_000
  const steps = [1, 10, 1_000].map((minutes) => series.rows(minutes, now))
  expect(steps.map(({ stepMs }) => stepMs)).toEqual([1_000, 10_000, 10 * minuteMs])
  expect(steps.map(({ rows }) => rows.length)).toEqual([60, 18, 1])
  for (const { rows } of steps) for (const { perSecond } of rows) expect(perSecond.turns).toBe(7)
  expect(steps[2]?.rows[0]).toMatchObject({ forMs: 180_000, waitTimes: { 11: 180 * 7 }, waitMs: { p95: 2.048 } })
})

test('S2: a time in which nobody listened is not there, and a step heard in part has the rate of that part', () => {
  const series = new FleetSeries()
  listened(series, { from: begin + 5_000, seconds: 5, turns: 4 })
  listened(series, { from: begin + 30_000, seconds: 10, turns: 2 })
  const { rows } = series.rows(10, begin + 40_000)
  expect(rows.map(({ at, forMs, perSecond }) => [at - begin, forMs, perSecond.turns])).toEqual([
    [0, 5_000, 4],
    [30_000, 10_000, 2],
  ])
})

test('S1: what is kept has an end, however long and whatever is told', () => {
  const level = { stepMs: 1_000, count: 5 }
  fc.assert(
    fc.property(fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 5_000 }), turns: fc.nat(9) }), { maxLength: 60 }), (said) => {
      const series = new FleetSeries([level])
      let now = begin
      for (const { afterMs, turns } of said) {
        now += afterMs
        series.tick(now, gauges)
        series.add(told(turns), now)
      }
      const { rows } = series.rows(1, now + 60_000)
      expect(rows.length).toBeLessThanOrEqual(level.count)
      expect(rows.every(({ forMs }) => forMs > 0 && forMs <= level.stepMs)).toBe(true)
    }),
  )
})

test('minutes that were kept come back, and where this gateway heard more its own stand', () => {
  const before = new FleetSeries()
  listened(before, { from: begin, seconds: 130, turns: 3 })
  const kept = before.minutesSince(begin, begin + 130_000)
  expect(kept.map(({ at, heardMs }) => [at - begin, heardMs])).toEqual([
    [0, 60_000],
    [60_000, 60_000],
  ])
  const after = new FleetSeries()
  listened(after, { from: begin + 100_000, seconds: 80, turns: 5 })
  after.restore(kept)
  const rows = after.rows(100, begin + 180_000).rows
  expect(rows.map(({ perSecond }) => perSecond.turns)).toEqual([3, 3, 5])
})

test('all of the last minutes are summed, the open step too', () => {
  const series = new FleetSeries()
  listened(series, { from: begin, seconds: 30, turns: 2 })
  series.add(told(1, { 20: 40 }), begin + 30_500)
  expect(series.sums(5, begin + 31_000)).toMatchObject({ counts: { turns: 61 }, waitMs: { p95: 1_048.576 } })
})

const member = (id: string, owned: readonly number[], fields: Partial<Member> = {}): Member => ({
  id,
  owned,
  draining: false,
  version: '1',
  types: [],
  startedAt: 0,
  host: 'h',
  pid: 1,
  fit: true,
  load: { actors: 0, turns: 0, effects: 0, rssBytes: 0 },
  partitions: [],
  ...fields,
})
const texts = (marks: FleetMarks): readonly string[] => marks.marks.map(({ kind, text }) => `${kind}: ${text}`)

test('K1: what was there at first is no change; who comes, goes and drains afterwards is', () => {
  const marks = new FleetMarks()
  marks.see([member('w1', [0, 1])], [], 0)
  expect(marks.marks).toEqual([])
  marks.see([member('w1', [0, 1]), member('w2', [])], [], 1)
  marks.see([member('w1', [0, 1], { draining: true }), member('w2', [])], [], 2)
  marks.see([member('w2', [])], [{ id: 'w1', why: 'disconnected' }], 3)
  expect(texts(marks)).toEqual(['came: w2 came', 'drain: w1 drains', 'went: w1 went'])
  expect(marks.marks.at(-1)?.detail).toBe('Its connection ended; it had 2 partitions.')
})

test('K2: partitions that change hands are one mark with their count, taken over when their owner is gone', () => {
  const marks = new FleetMarks()
  const all = Array.from({ length: 20 }, (_, partition) => partition)
  marks.see([member('w1', all), member('w2', [])], [], 0)
  for (const partition of all)
    marks.see([member('w1', all.slice(partition + 1)), member('w2', all.slice(0, partition + 1))], [], 100 + partition)
  expect(texts(marks)).toEqual(['moved: w1 → w2'])
  expect(marks.marks[0]?.detail).toBe('20 partitions: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more.')
  marks.see([member('w3', [])], [{ id: 'w2', why: 'silent' }], 30_000)
  expect(marks.moves(30_000)).toHaveLength(20)
  marks.see([member('w3', all)], [], 30_100)
  expect(texts(marks).slice(-2)).toEqual(['went: w2 went', 'taken-over: w2 → w3'])
  expect(marks.moves(30_200)[7]).toEqual({ partition: 7, from: 'w2', to: 'w3', at: 30_100 })
  expect(marks.moves(60_000)).toEqual([])
})

test('a partition that its owner claims again did not move', () => {
  const marks = new FleetMarks()
  marks.see([member('w1', [0])], [], 0)
  marks.see([member('w1', [])], [], 1)
  expect(marks.moves(1)).toEqual([{ partition: 0, from: 'w1', at: 1 }])
  marks.see([member('w1', [0])], [], 2)
  expect(marks.moves(2)).toEqual([])
  expect(marks.marks).toEqual([])
})

test('a release is a mark: a version nobody ran, and a machine that is another one', () => {
  const marks = new FleetMarks()
  const counted = (type: string, version: string, hash: string) => ({ type, version, hash })
  marks.see([member('w1', [])], [], 0)
  marks.machines([counted('agent-writer', '1', 'aaaaaaaaaa')], 'w1', 0)
  marks.machines([counted('agent-writer', '1', 'aaaaaaaaaa'), counted('task', '1', 'cccccccccc')], 'w1', 1)
  expect(marks.marks).toEqual([])
  marks.see([member('w1', []), member('w2', [], { version: '2' })], [], 2)
  marks.machines([counted('agent-writer', '2', 'bbbbbbbbbb')], 'w2', 3)
  marks.machines([counted('task', '1', 'dddddddddd')], 'w2', 4)
  expect(texts(marks)).toEqual(['deploy: deploy 2', 'came: w2 came', 'deploy: deploy agent-writer@bbbbbbb', 'deploy: deploy task@ddddddd'])
})
