import { expect, test } from 'vitest'
import { fromField, ruleText, toField } from '../../../services/inspector/web/alerts/figures.ts'
import { drainOf, loadOf, partitionsOf } from '../../../services/inspector/web/fleet/partition-load.ts'
import {
  addRows,
  bucketRange,
  bucketText,
  columnAt,
  columnsOf,
  countsOf,
  lineOf,
  marksIn,
  noSeries,
  samplesMax,
  turnsOf,
  withKept,
} from '../../../services/inspector/web/fleet/series.ts'

const all = (at: number, turns = 1) => ({ worker: '*', at, perSecond: { turns, failures: 0, deadLetters: 0, effects: 0 } })
const window = { columns: 10, columnMs: 1_000 }

test('S1: samples of the fleet have an end, and the newest are kept', () => {
  const many = Array.from({ length: samplesMax + 50 }, (_, at) => all(at + 1))
  const { all: kept } = addRows(noSeries, many)
  expect(kept).toHaveLength(samplesMax)
  expect(kept.at(-1)?.at).toBe(samplesMax + 50)
})

test('S3: what the gateway kept is drawn first, and what came live in that time is not drawn again', () => {
  const step = (at: number, turns: number) => ({ at, perSecond: { turns, failures: 0, deadLetters: 0, effects: 0 } })
  const kept = { since: 0, stepMs: 10_000, rows: [step(0, 1), step(10_000, 2)], marks: [], workers: [] }
  const live = [all(15_000, 9), all(19_999, 9), all(20_000, 3), all(21_000, 4)]
  expect(withKept(kept, live).map(({ at, perSecond }) => [at, perSecond?.turns])).toEqual([
    [0, 1],
    [10_000, 2],
    [20_000, 3],
    [21_000, 4],
  ])
  expect(withKept(undefined, live)).toEqual(live)
})

test("a worker's line begins with what the gateway kept and goes on with what comes live", () => {
  const pulse = { rssBytes: 1, heapBytes: 1, loopLateMs: 0, processorShare: 0 }
  const line = { worker: 'w1', heardAt: 5_000, turns: [null, null, 4, 5], pulse }
  expect(turnsOf(line, [all(4_000, 5), all(6_000, 6)])).toEqual([4, 5, 6])
  expect(turnsOf(undefined, [all(4_000, 5)])).toEqual([5])
})

test('a worker that has gone is forgotten, and a mark that is told twice is one', () => {
  const told = addRows(noSeries, [
    { worker: 'w1', at: 1 },
    { worker: 'w1', at: 2, gone: true },
  ])
  expect([...told.workers.keys()]).toEqual([])
  const mark = (at: number, text: string) => ({ at, kind: 'came', text, detail: '' })
  expect(marksIn([mark(5, 'w2 came')], [mark(1, 'w1 came'), mark(5, 'w2 came')]).map(({ text }) => text)).toEqual(['w1 came', 'w2 came'])
})

test('how far a drain is, is the share of the partitions it had that are gone', () => {
  expect(drainOf({ owned: [1, 2], drain: { since: 0, from: 8 } })).toEqual({ left: 2, share: 0.75 })
  expect(drainOf({ owned: [] })).toEqual({ left: 0, share: 1 })
})

test('figures of rules are written as people do, and come back as they were', () => {
  expect(ruleText({ unit: 'ms', threshold: 250, forMs: 60_000 })).toBe('250 ms or more for 1 min')
  expect(ruleText({ forMs: 0 })).toBe('as soon as it is so')
  for (const [unit, value, text] of [
    ['ms', 900_000, '900'],
    ['share', 0.05, '5'],
    ['usd', 5, '5'],
    ['count', 500, '500'],
  ] as const) {
    expect(toField(unit, value)).toBe(text)
    expect(fromField(unit, text)).toBe(value)
  }
  expect(fromField('count', ' ')).toBeNaN()
})

test('S2: a time in which nobody listened is a hole in the line', () => {
  const columns = columnsOf([all(2_500, 4), all(2_600, 6), all(9_100, 8)], window, 9_900)
  expect(lineOf(columns, ({ perSecond }) => perSecond?.turns)).toEqual([undefined, undefined, 5, ...Array(6).fill(undefined), 8])
})

test('a sample stays in its column however far its second has gone', () => {
  expect([9_000, 9_400, 9_999].map((now) => columnAt(9_000, window, now))).toEqual([9, 9, 9])
  expect(columnAt(9_000, window, 10_000)).toBe(8)
})

test('the heat map has a row for every bucket that holds something, and counts it', () => {
  const rows = [{ ...all(1), waitTimes: { '12': 3, '20': 1 } }]
  const range = bucketRange([{ '12': 3, '20': 1 }], 4)
  expect(range).toEqual([9, 21])
  expect(countsOf(rows, range)).toEqual([0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0])
  expect(bucketText(10)).toBe('1 ms')
  expect(bucketText(21)).toBe('2.1 s')
})

test('a partition that nobody has is shown as such, whatever its last owner said', () => {
  const load = { partition: 2, epoch: 4, turnsPerSecond: 3, busyShare: 0.1, waiting: 600 }
  const worker = { id: 'w1', owned: [0, 1], partitions: [{ ...load, partition: 0 }, load] }
  const partitions = partitionsOf({
    partitions: 3,
    workers: [{ ...blank, ...worker }],
    moves: [{ partition: 1, from: 'w0', to: 'w1', at: 0 }],
  })
  expect(partitions.map(loadOf)).toEqual(['behind', 'calm', 'unowned'])
  expect(loadOf({ ...load, owner: 'w1', waiting: 1, oldestWaitMs: 6_000 })).toBe('behind')
  expect(partitions.map(({ move }) => move?.from)).toEqual([undefined, 'w0', undefined])
})

const blank = {
  version: '1',
  draining: false,
  startedAt: 0,
  host: 'here',
  pid: 1,
  types: [],
  load: { actors: 0, turns: 0, effects: 0, rssBytes: 0 },
}
