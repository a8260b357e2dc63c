import { expect, test } from 'vitest'
import { namespaceOptionFaults } from '../../runtime/namespace.ts'
import { resolveOptions, workerDefaults, type WorkerOptions } from '../../runtime/options.ts'

test('options that are not given are the defaults, and those at the ends of their ranges are taken', () => {
  const given = { groupMessagesMax: 1, fitAfterMs: 0, drainMs: 0, killsMax: Infinity, depthMax: { actor: 1, type: 1, tenant: 1 } }
  expect(resolveOptions(given)).toEqual({ ...workerDefaults, ...given })
})

test.each<[given: object, why: RegExp]>([
  [{ groupMessagesMax: 0 }, /groupMessagesMax is 0, not a number from 1 on$/],
  [{ heartbeatMs: 0 }, /heartbeatMs is 0/],
  [{ idleMs: -1 }, /idleMs is -1, not a number from 0 on/],
  [{ tickMs: NaN }, /tickMs is NaN/],
  [{ drainMs: '5s' }, /drainMs is 5s, not a number/],
  [{ asksMax: undefined }, /asksMax is undefined/],
  [{ groupMessages: 5 }, /groupMessages is not known/],
  [{ depthMax: { actor: 5 } }, /depthMax.type is undefined.*depthMax.tenant is undefined/],
  [{ depthMax: 5 }, /depthMax is 5, not an object/],
  [{ tenantIntensity: { restarts: 1, within: 5 } }, /tenantIntensity.withinMs is undefined.*tenantIntensity.within is not known/],
  [{ waitingMax: 0, recordsMax: 0 }, /waitingMax is 0.*; recordsMax is 0/],
])('the options %j of a worker are refused, each that is wrong by its name', (given, why) => {
  expect(() => resolveOptions(given as Partial<WorkerOptions>)).toThrow(
    expect.objectContaining({ code: 'TR_OPTION_INVALID', message: expect.stringMatching(why) }),
  )
})

test('a namespace of no partitions, of half a replica, or with limits that are none is none', () => {
  expect(namespaceOptionFaults({ partitions: 0 })).toEqual(['partitions is 0, not a whole number from 1 to 4096'])
  expect(namespaceOptionFaults({ partitions: 1.5, replicas: 2, logBytesMax: 0, memberTtlMs: 0, mailboxMessagesMax: NaN })).toHaveLength(5)
  expect(namespaceOptionFaults({ storage: 'ram' as 'memory', shards: 4 } as object)).toHaveLength(2)
  expect(namespaceOptionFaults({ partitions: 4_096, replicas: 5, storage: 'memory', logBytesMax: -1, memberTtlMs: 1 })).toEqual([])
})
