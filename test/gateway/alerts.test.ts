import { expect, test } from 'vitest'
import { alertsOf, type FleetSituation, type Situation } from '../../services/gateway/alerts.ts'

const now = 10_000_000
const calmFleet: FleetSituation = {
  members: [{ id: 'w1', owned: [0, 1] }],
  claims: [
    { partition: 0, worker: 'w1', at: 1, released: false },
    { partition: 1, worker: 'w1', at: 1, released: false },
  ],
  lags: [{ partition: 0, lagMs: 40 }],
}
const calm: Situation = {
  now,
  partitions: 2,
  fleet: calmFleet,
  deadLetters: { lastMinutes: 0, lastHour: 40 },
  waiting: [{ actor: 'main/task/a', since: now - 60_000, why: 'it is new' }],
  blocked: [],
  paused: [],
  unknown: [],
}
const told = (fields: Partial<Situation>) =>
  alertsOf({ ...calm, ...fields }).map(({ id, severity, actor }) => (actor === undefined ? [id, severity] : [id, severity, actor]))

test('nothing is told when all is well', () => {
  expect(alertsOf(calm)).toEqual([])
})

test('a worker that is gone leaves its name and its partitions without an owner, the worst first', () => {
  const fleet = { ...calmFleet, members: [{ id: 'w2', owned: [1] }], claims: [{ partition: 0, worker: 'w1', at: 5, released: false }] }
  expect(told({ fleet })).toEqual([
    ['partition-unowned', 'critical'],
    ['worker-silent:w1', 'warning'],
  ])
  expect(told({ fleet: { ...fleet, claims: [{ partition: 0, worker: 'w1', at: 5, released: true }] } })).toEqual([
    ['partition-unowned', 'critical'],
  ])
})

test('dead letters are told when they come faster than in the hour before, not when there are some as always', () => {
  expect(told({ deadLetters: { lastMinutes: 2, lastHour: 2 } })).toEqual([])
  expect(told({ deadLetters: { lastMinutes: 3, lastHour: 12 } })).toEqual([])
  expect(told({ deadLetters: { lastMinutes: 5, lastHour: 12 } })).toEqual([['dead-letters-rising', 'warning']])
})

test('a history that is late, tenants that are paused, people who are awaited and open circuits are told with what they are about', () => {
  expect(told({ fleet: { ...calmFleet, lags: [{ partition: 1, lagMs: 11_000 }] } })).toEqual([['projector-behind', 'warning']])
  expect(told({ fleet: { ...calmFleet, lags: [{ partition: 1, lagMs: 121_000 }] } })).toEqual([['projector-behind', 'critical']])
  expect(told({ paused: [{ tenant: 'acme', since: 1, why: 'costs' }] })).toEqual([['tenant-paused:acme', 'critical']])
  expect(told({ waiting: [{ actor: 'main/task/a', since: now - 16 * 60_000, why: 'it costs' }] })).toEqual([
    ['person-awaited:main/task/a', 'warning', 'main/task/a'],
  ])
  expect(told({ blocked: [{ tenant: 'main', name: 'small', until: now + 500 }] })).toEqual([['circuit-open:main:small', 'warning']])
})

test('what cannot be asked is told too, and a caller of one tenant hears nothing of the fleet', () => {
  expect(told({ unknown: [{ source: 'the fleet', why: 'no answer' }], fleet: undefined })).toEqual([
    ['source-unavailable:the fleet', 'critical'],
  ])
})
