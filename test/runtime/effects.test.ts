import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { unborn } from '../../runtime/activation.ts'
import type { EffectRun } from '../../runtime/define-actor.ts'
import { Effects } from '../../runtime/effects.ts'
import type { EffectOrder } from '../../runtime/group.ts'
import { seededRandom, simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import type { EffectResult } from '../../runtime/items.ts'
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import { prepare } from '../../runtime/statechart/index.ts'
import { openTelemetry, quietLogger } from '../../runtime/telemetry.ts'
import { fetcher } from './kernel/actors.ts'

/** The effects of one worker, on a clock that can be put back. */
function desk(run: EffectRun<{ what: string }, string>, policy: object, options: Partial<WorkerOptions> = {}) {
  const clock = simulatedClock()
  let putBackMs = 0
  const host = prepare(fetcher(run, policy))
  const effects = new Effects(
    { ...workerDefaults, ...options },
    { clock: { now: () => clock.now() - putBackMs, after: clock.after }, random: seededRandom(1) },
    openTelemetry(quietLogger),
  )
  const results = new Map<string, EffectResult>()
  const orderOf = (actor: string, what: string): EffectOrder => {
    const [tenant = '', key = ''] = actor.split('/')
    const activation = unborn(actorId(tenant, 'fetcher', key), new Map([['fetcher', host]]))
    return { id: 'fetch', src: 'fetch', key: `${actor}/fetch`, input: { what }, activation, correlation: undefined, trace: undefined }
  }
  return {
    clock,
    effects,
    results,
    start: (actor: string, what = 'it') =>
      effects.start(orderOf(actor, what), { finished: ({ key }, result) => results.set(key, result), progressed: () => {} }),
    cancel: (actor: string) => effects.cancel(`${actor}/fetch`),
    putBack: (ms: number) => (putBackMs += ms),
  }
}

const never = (): Promise<string> => new Promise(() => {})

test('100,000 effects that waited and were cancelled leave nothing behind, neither runs nor timers', async () => {
  const ran: string[] = []
  const { effects, clock, start, cancel } = desk(
    ({ actor }) => {
      ran.push(actor)
      return never()
    },
    { key: ({ what }: { what: string }) => what },
    { effectsMax: { default: 1 }, effectsWaitingMax: 1_000_000, effectKeys: { default: { rate: { count: 1, perMs: 60_000 } } } },
  )
  for (let count = 0; count < 100_000; count++) start(`t${count % 7}/a${count}`, `k${count % 1_000}`)
  expect(effects.size).toBe(100_000)
  for (let count = 99_999; count >= 0; count--) cancel(`t${count % 7}/a${count}`)
  await clock.advance(1_000)
  expect(effects.size).toBe(0)
  expect(effects.figures).toMatchObject([{ pool: 'default', running: 0, waiting: 0, oldestWaitingMs: 0 }])
  expect(ran).toHaveLength(1)
  expect(clock.armed).toBe(0)
})

test('a run holds no place between two attempts, and every attempt spends the rate of its key', async () => {
  const calls: { readonly actor: string; readonly at: number }[] = []
  const { clock, start, results } = desk(
    ({ actor, attempt }) => {
      calls.push({ actor, at: clock.now() - begun })
      return attempt < 3 ? Promise.reject(new Error('busy')) : Promise.resolve('done')
    },
    { attemptsMax: 3, backoffMs: 50, jitter: 0, backoffFactor: 1 },
    { effectsMax: { default: 1 }, effectKeys: { default: { rate: { count: 10, perMs: 1_000 } } } },
  )
  const begun = clock.now()
  start('main/a')
  start('main/b')
  await clock.advance(2_000)
  expect(calls.map(({ at }) => at)).toEqual([0, 100, 200, 300, 400, 500])
  expect(calls.map(({ actor }) => actor.at(-1)).join('')).toBe('ababab')
  expect([...results.values()]).toEqual([
    { ok: true, output: 'done' },
    { ok: true, output: 'done' },
  ])
})

test('a provider that asks for a pause gets it: its key waits, at most for the limit, and other keys go on', async () => {
  const calls: string[] = []
  const { clock, start, results } = desk(
    ({ input, attempt }) => {
      calls.push(input.what)
      if (input.what === 'fast' || attempt > 1 || calls.filter((what) => what === 'slow').length > 1) return Promise.resolve('done')
      return Promise.reject(Object.assign(new Error('too many requests'), { retryAfterMs: 1e12 }))
    },
    { key: ({ what }: { what: string }) => what, attemptsMax: 2, backoffMs: 10 },
    { effectPauseMsMax: 30_000 },
  )
  start('main/a', 'slow')
  await clock.advance(1)
  start('main/b', 'slow')
  start('main/c', 'fast')
  await clock.advance(29_000)
  expect(calls).toEqual(['slow', 'fast'])
  await clock.advance(1_001)
  expect(calls).toEqual(['slow', 'fast', 'slow', 'slow'])
  expect(results.size).toBe(3)
})

test('a clock that is put back holds an effect up for no longer than it was to wait', async () => {
  let calls = 0
  const { clock, start, putBack, results } = desk(
    () => (++calls < 2 ? Promise.reject(new Error('busy')) : Promise.resolve('done')),
    { attemptsMax: 2, backoffMs: 1_000, jitter: 0 },
    { effectKeys: { default: { rate: { count: 1, perMs: 1_000 } } } },
  )
  start('main/a')
  await clock.advance(500)
  putBack(3_600_000)
  start('other/b')
  await clock.advance(1_100)
  expect(results.size).toBe(2)
})

test('a key that is no string, or cannot be computed, is a failure that names the effect', () => {
  const { start, results } = desk(() => Promise.resolve('done'), {
    key: ({ what }: { what: string }) => {
      if (what === 'thrown') throw new Error('no such field')
      return undefined
    },
  })
  start('main/a', 'thrown')
  start('main/b', 'undefined')
  for (const name of ['main/a/fetch', 'main/b/fetch'])
    expect(results.get(name)).toMatchObject({
      ok: false,
      error: { code: 'TR_EFFECT_LIMITS_INVALID', message: expect.stringContaining(name) },
    })
})

test('a policy that throws ends the attempts, and the machine hears of the failure itself', async () => {
  const { clock, start, results } = desk(() => Promise.reject(new Error('busy')), {
    attemptsMax: 3,
    retryable: () => {
      throw new Error('no such code')
    },
  })
  start('main/a')
  await clock.advance(1_000)
  expect(results.get('main/a/fetch')).toMatchObject({ ok: false, error: { message: 'busy' } })
})

test('limits that are none stop the worker, all of them named', () => {
  const bad = { effectsMax: { default: 0 }, effectKeys: { default: { rate: { count: 0, perMs: 1_000 } } } }
  expect(() => desk(never, {}, bad)).toThrow(/concurrency is 0; perKey.rate.count is 0/)
})
