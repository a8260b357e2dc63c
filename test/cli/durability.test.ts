import { expect, test } from 'vitest'
import { durabilityOf } from '../../services/cli/doctor/durability.ts'
import { monitoredOf } from '../../services/cli/doctor/monitor.ts'
import { durabilityFinding } from '../../services/cli/doctor/nats.ts'
import type { StreamSettings } from '../../runtime/nats/read-settings.ts'

const stream = (settings: Partial<StreamSettings> = {}): StreamSettings => ({
  name: 'troupe_LOG',
  mustLast: true,
  replicas: 1,
  replicasCurrent: 1,
  storage: 'file',
  acknowledgesEarly: false,
  retention: 'limits',
  discard: 'new',
  messages: 0,
  bytes: 0,
  messagesMax: undefined,
  bytesMax: undefined,
  perSubjectMax: undefined,
  ageMsMax: undefined,
  ...settings,
})
const every = (intervalMs: number, server = 'A') => ({ server, always: false, intervalMs })
const always = (server = 'A') => ({ server, always: true, intervalMs: 120_000 })
const three = ['A', 'B', 'C']
const r3 = stream({ replicas: 3, replicasCurrent: 3 })

test('one server that syncs every second gives fast', () => {
  expect(durabilityOf({ streams: [stream()], syncs: [every(1_000)], servers: 1 })).toMatchObject({ profile: 'fast', gives: ['fast'] })
})

test('one server that syncs always gives strict, which is not replicated', () => {
  expect(durabilityOf({ streams: [stream()], syncs: [always()], servers: 1 })).toMatchObject({
    profile: 'strict',
    gives: ['fast', 'strict'],
  })
})

test('three replicas give replicated, and strict as well where every server syncs always', () => {
  const syncs = three.map((server) => every(1_000, server))
  expect(durabilityOf({ streams: [r3], syncs, servers: 3 }).profile).toBe('replicated')
  const strict = durabilityOf({ streams: [r3], syncs: three.map(always), servers: 3 })
  expect(strict.gives).toEqual(['fast', 'replicated', 'strict'])
})

test('the weakest stream and the slowest server decide', () => {
  const syncs = three.map((server) => every(1_000, server))
  expect(durabilityOf({ streams: [r3, stream()], syncs, servers: 3 }).profile).toBe('fast')
  expect(durabilityOf({ streams: [r3], syncs: [always('A'), always('B'), every(1_000, 'C')], servers: 3 }).gives).toEqual([
    'fast',
    'replicated',
  ])
})

test.each([
  ['the default sync interval', { streams: [stream()], syncs: [every(120_000)], servers: 1 }, /syncs every 120000 ms/],
  ['an unknown sync interval', { streams: [stream()], syncs: [], servers: undefined }, /sync interval of the server is unknown/],
  ['a server of the cluster not seen', { streams: [r3], syncs: [always('A'), always('B')], servers: 3 }, /1 of 3 servers is unknown/],
  ['a stream in memory', { streams: [stream({ storage: 'memory' })], syncs: [always()], servers: 1 }, /in memory only/],
  ['early acknowledgements', { streams: [stream({ acknowledgesEarly: true })], syncs: [always()], servers: 1 }, /persist_mode async/],
  ['no streams', { streams: [], syncs: [always()], servers: 1 }, /not there, or not whole/],
])('%s is called weaker than fast', (_what, facts, reason) => {
  expect(durabilityOf(facts)).toMatchObject({ profile: 'weaker than fast', gives: [], reason: expect.stringMatching(reason) })
})

test('what holds only signs of life does not count', () => {
  const fleet = stream({ name: 'KV_troupe_fleet', mustLast: false, storage: 'memory' })
  expect(durabilityOf({ streams: [stream(), fleet], syncs: [every(1_000)], servers: 1 }).profile).toBe('fast')
})

test('less than expected fails, more does not', () => {
  const strict = durabilityOf({ streams: [stream()], syncs: [always()], servers: 1 })
  expect(durabilityFinding(strict, 'fast').level).toBe('ok')
  expect(durabilityFinding(strict, 'replicated')).toMatchObject({ level: 'fail', found: expect.stringContaining('expected replicated') })
})

test('a server that syncs always still reports its default interval, which then means nothing', () => {
  const answer = { server_id: 'A', config: { sync_interval: 120e9, sync_always: true } }
  expect(monitoredOf(answer)).toEqual({ sync: { server: 'A', always: true, intervalMs: 120_000 }, servers: 1 })
})

test('a server that does not say when it syncs is unknown', () => {
  expect(monitoredOf({ server_id: 'A', config: {}, meta_cluster: { cluster_size: 3 } })).toEqual({ sync: undefined, servers: 3 })
})
