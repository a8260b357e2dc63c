import { expect, test } from 'vitest'
import { alertKinds, rulesOf, ruleSpecs, thresholdFault } from '../../services/gateway/alert-rules.ts'
import { alertsOf, type FleetSituation, type Situation } from '../../services/gateway/alerts.ts'

const now = 10_000_000
const calmFleet: FleetSituation = {
  members: [{ id: 'w1', owned: [0, 1] }],
  claims: [
    { partition: 0, worker: 'w1', at: 1, released: false },
    { partition: 1, worker: 'w1', at: 1, released: false },
  ],
  lags: [{ partition: 0, lagMs: 40 }],
  loads: [{ partition: 0, worker: 'w1', waiting: 499 }],
  late: [{ worker: 'w1', loopLateMs: 20 }],
  waitP95Ms: 40,
  turns: { taken: 10, failed: 10 },
}
const calm: Situation = {
  now,
  partitions: 2,
  fleet: calmFleet,
  deadLetters: { lastMinutes: 0, lastHour: 40 },
  waiting: [{ actor: 'main/task/a', since: now - 60_000, why: 'it is new' }],
  blocked: [],
  paused: [],
  costs: [{ tenant: 'main', usd: 0.4 }],
  budgets: [{ tenant: 'main', name: 'tenant per day', limitUsd: 10, usedUsd: 8.9 }],
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

test('what the fleet tells of itself fires at the figure of its rule, and names the worker, the partition or the tenant', () => {
  const fleet = {
    ...calmFleet,
    loads: [
      { partition: 1, worker: 'w1', waiting: 700 },
      { partition: 0, worker: 'w1', waiting: 499 },
    ],
    late: [{ worker: 'w1', loopLateMs: 250 }],
    waitP95Ms: 5_000,
    turns: { taken: 20, failed: 1 },
  }
  expect(alertsOf({ ...calm, fleet }).map(({ id, link }) => [id, link])).toEqual([
    ['partition-behind:1', '/fleet?worker=w1'],
    ['waiting-long', '/fleet'],
    ['turns-failing', '/dead-letters'],
    ['loop-late:w1', '/fleet?worker=w1'],
  ])
  const costs = [{ tenant: 'acme', usd: 5 }]
  const budgets = [
    { tenant: 'main', name: 'tenant per day', limitUsd: 10, usedUsd: 9 },
    { tenant: 'main', name: 'agent:writer per day', limitUsd: 1, usedUsd: 1.2 },
    { tenant: 'main', name: 'run:t1 per total', limitUsd: 0, usedUsd: 0 },
  ]
  expect(alertsOf({ ...calm, costs, budgets }).map(({ id, severity, tenant }) => [id, severity, tenant])).toEqual([
    ['budget-near:main:agent:writer per day', 'critical', 'main'],
    ['cost-high:acme', 'warning', 'acme'],
    ['budget-near:main:tenant per day', 'warning', 'main'],
  ])
})

test('a rule that an operator set goes by that, and one that is switched off is silent', () => {
  const set = (fields: object) =>
    rulesOf([{ kind: 'person-awaited', enabled: true, threshold: null, forMs: null, at: new Date(0), by: 'ada', ...fields }])
  const waiting = [{ actor: 'main/task/a', since: now - 20 * 60_000, why: 'it costs' }]
  const ids = (fields: object) => alertsOf({ ...calm, waiting }, set(fields)).map(({ id }) => id)
  expect(ids({})).toEqual(['person-awaited:main/task/a'])
  expect(ids({ threshold: 30 * 60_000 })).toEqual([])
  expect(ids({ enabled: false })).toEqual([])
})

test('every rule has a title, and a figure between its bounds or none', () => {
  expect(ruleSpecs.map(({ kind }) => kind)).toEqual(alertKinds)
  for (const spec of ruleSpecs) {
    expect(spec.title).not.toBe('')
    expect(thresholdFault(spec, spec.figure?.threshold ?? 1) === undefined).toBe(spec.figure !== undefined)
    expect(thresholdFault(spec, Number.NaN)).toContain(spec.kind)
  }
})

test('a partition that two workers count, as while it changes hands, is one alert, of who has more', () => {
  const loads = [
    { partition: 0, worker: 'w1', waiting: 600 },
    { partition: 0, worker: 'w2', waiting: 900 },
  ]
  const found = alertsOf({ ...calm, fleet: { ...calmFleet, loads } }).filter(({ kind }) => kind === 'partition-behind')
  expect(found).toMatchObject([{ id: 'partition-behind:0', detail: expect.stringContaining('900 messages wait at w2') }])
})
