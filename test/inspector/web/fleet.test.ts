import { expect, test } from 'vitest'
import { loadOf, partitionsOf } from '../../../services/inspector/web/fleet/partition-load.ts'
import {
  addRows,
  bucketRange,
  bucketText,
  columnAt,
  columnsOf,
  countsOf,
  lineOf,
  noSeries,
  samplesMax,
} from '../../../services/inspector/web/fleet/series.ts'
import { withAlerts } from '../../../services/inspector/web/alerts/seen.ts'

const all = (at: number, turns = 1) => ({ worker: '*', at, perSecond: { turns, failures: 0, deadLetters: 0, effects: 0 } })
const window = { columns: 10, columnMs: 1_000 }

test('S1: samples of the fleet have an end, and the newest are kept', () => {
  const many = Array.from({ length: samplesMax + 50 }, (_, at) => all(at + 1))
  const { all: kept } = addRows(noSeries, many)
  expect(kept).toHaveLength(samplesMax)
  expect(kept.at(-1)?.at).toBe(samplesMax + 50)
})

test('a worker that comes or goes while somebody looks is a mark, one that was there is not', () => {
  const begun = addRows(noSeries, [all(1), { worker: 'w1', at: 9_000 }])
  const told = addRows(begun, [
    { worker: 'w2', at: 20_000 },
    { worker: 'w1', at: 21_000, gone: true },
  ])
  expect(told.marks.map(({ text }) => text)).toEqual(['w2 came', 'w1 went'])
  expect([...told.workers.keys()]).toEqual(['w2'])
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
  const partitions = partitionsOf({ partitions: 3, workers: [{ ...blank, ...worker }] })
  expect(partitions.map(loadOf)).toEqual(['behind', 'calm', 'unowned'])
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

test('N1: an alert that no longer fires stays with the time it ended, until it fires again', () => {
  const alert = { id: 'a', severity: 'warning', kind: 'k', title: 't', detail: 'd', since: 1 }
  const ended = withAlerts(withAlerts([], [alert], 10), [], 20)
  expect(ended).toEqual([{ ...alert, endedAt: 20 }])
  expect(withAlerts(ended, [], 30)).toEqual(ended)
  expect(withAlerts(ended, [alert], 40)).toEqual([alert])
})
