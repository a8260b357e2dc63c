import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Pool, priorityMax, type PoolLimits, type PoolRun } from '../../runtime/pool.ts'

interface Run extends PoolRun {
  readonly name: number
  /** Since when it waits. */
  readonly since: number
}

const wide: PoolLimits = { concurrency: 2, waitingMax: 1_000_000, priorityMs: 1_000, perKey: {} }
let names = 0
const run = (tenant: string, given: Partial<Run> = {}): Run => ({ name: ++names, tenant, key: tenant, priority: 0, since: 0, ...given })

function startAll(pool: Pool<Run>, now: number): Run[] {
  const started: Run[] = []
  for (let next = pool.next(now); next; next = pool.next(now)) started.push(next)
  return started
}

type Step =
  | { readonly do: 'add'; readonly tenant: string; readonly key: string; readonly priority: number }
  | { readonly do: 'settle' | 'remove' | 'fail' | 'close'; readonly pick: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'share'; readonly workers: number }

const letters = fc.constantFrom('a', 'b', 'c', 'd')
const picks = fc.nat({ max: 1_000 })
const addSteps = fc.record({
  do: fc.constant('add' as const),
  tenant: letters,
  key: letters,
  priority: fc.integer({ min: -priorityMax, max: priorityMax }),
})
const passSteps = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3_000 }) })
const settleSteps = fc.record({ do: fc.constantFrom('settle' as const, 'settle' as const, 'remove' as const), pick: picks })
const hardSteps = fc.record({ do: fc.constantFrom('fail' as const, 'close' as const), pick: picks })
const shareSteps = fc.record({ do: fc.constant('share' as const), workers: fc.integer({ min: 1, max: 4 }) })

const limitsOf = (perKey: fc.Arbitrary<PoolLimits['perKey']>): fc.Arbitrary<PoolLimits> =>
  fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    waitingMax: fc.integer({ min: 1, max: 30 }),
    priorityMs: fc.constantFrom(0, 100, 1_000),
    perKey,
  })
const keyConcurrency = fc.integer({ min: 1, max: 3 })
const keyRates = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  perMs: fc.constantFrom(100, 1_000, 7_000),
  burst: fc.integer({ min: 1, max: 4 }),
})

/** A pool driven by steps, with what is known of it from outside. */
class World {
  readonly pool: Pool<Run>
  readonly limits: PoolLimits
  readonly waiting = new Set<Run>()
  readonly running: Run[] = []
  readonly starts: { readonly run: Run; readonly at: number }[] = []
  readonly closedUntil = new Map<string, number>()
  refused = 0
  admitted = 0
  over = 0
  now = 1_000_000
  readonly #started: (run: Run, world: World) => void

  constructor(limits: PoolLimits, started: (run: Run, world: World) => void = () => {}) {
    this.limits = limits
    this.pool = new Pool(limits)
    this.#started = started
  }

  take(step: Step): void {
    switch (step.do) {
      case 'add':
        return this.#add(run(step.tenant, { key: step.key, priority: step.priority, since: this.now }))
      case 'pass':
        this.now += step.ms
        return this.start()
      case 'share':
        this.pool.share(step.workers)
        return this.start()
      case 'remove': {
        const removed = pickOf([...this.waiting], step.pick)
        if (!removed) return
        this.waiting.delete(removed)
        this.pool.remove(removed)
        this.over++
        return this.start()
      }
      default:
        return this.#end(step.do, step.pick)
    }
  }

  start(): void {
    for (let next = this.pool.next(this.now); next; next = this.pool.next(this.now)) {
      expect(this.waiting.has(next)).toBe(true)
      this.#started(next, this)
      this.waiting.delete(next)
      this.running.push(next)
      this.starts.push({ run: next, at: this.now })
    }
  }

  /** Lets everything end, and time pass as the pool says. */
  finish(): void {
    for (let rounds = 0; this.waiting.size + this.running.length > 0; rounds++) {
      expect(rounds).toBeLessThan(10_000)
      if (this.running.length > 0) this.take({ do: 'settle', pick: 0 })
      else {
        const at = this.pool.wakesAt
        expect(at).toBeGreaterThan(this.now)
        this.now = at ?? Infinity
        this.start()
      }
    }
  }

  #add(added: Run): void {
    if (!this.pool.add(added, this.now)) return void this.refused++
    this.admitted++
    this.waiting.add(added)
    this.start()
  }

  #end(how: 'settle' | 'fail' | 'close', pick: number): void {
    const ended = pickOf(this.running, pick)
    if (!ended) return
    this.running.splice(this.running.indexOf(ended), 1)
    this.pool.settle(ended, this.now)
    if (how === 'close') {
      const until = this.now + pick
      this.closedUntil.set(ended.key, Math.max(until, this.closedUntil.get(ended.key) ?? 0))
      this.pool.close(ended.key, until, this.now)
    }
    if (how === 'settle') this.over++
    else {
      this.waiting.add(ended)
      this.pool.again(ended, this.now + pick)
    }
    this.start()
  }
}

const pickOf = <Item>(items: readonly Item[], pick: number): Item | undefined => items[pick % Math.max(1, items.length)]

test('limits are kept, no admitted run is lost or started twice, and none waits without cause', () => {
  const steps = fc.array(fc.oneof(addSteps, addSteps, settleSteps, hardSteps, passSteps, shareSteps), { maxLength: 150 })
  const perKey = fc.record({ concurrency: keyConcurrency, rate: keyRates }, { requiredKeys: [] })
  fc.assert(
    fc.property(limitsOf(perKey), steps, (limits, taken) => {
      const world = new World(limits, (next, { closedUntil, now }) => expect(closedUntil.get(next.key) ?? 0).toBeLessThanOrEqual(now))
      const check = (): void => {
        expect(world.pool.running).toBe(world.running.length)
        expect(world.pool.waiting).toBe(world.waiting.size)
        expect(world.running.length).toBeLessThanOrEqual(limits.concurrency) // P1
        for (const key of 'abcd')
          expect(world.running.filter((one) => one.key === key).length).toBeLessThanOrEqual(limits.perKey.concurrency ?? Infinity)
        expect(world.pool.running + world.pool.waiting).toBeLessThanOrEqual(limits.waitingMax + limits.concurrency) // P4
      }
      for (const step of taken) {
        world.take(step)
        check()
      }
      world.finish()
      expect(world.over).toBe(world.admitted)
      expect([world.pool.waiting, world.pool.running]).toEqual([0, 0])
      const { rate } = limits.perKey
      if (rate)
        for (const key of 'abcd')
          keepsRate(
            world.starts.filter(({ run: one }) => one.key === key),
            rate,
          )
    }),
    { numRuns: 500 },
  )
})

/** P1, for every pair of starts of one key. One worker's share is never more than the whole. */
function keepsRate(
  starts: readonly { readonly at: number }[],
  rate: { readonly count: number; readonly perMs: number; readonly burst?: number },
): void {
  const everyMs = rate.perMs / rate.count
  for (const [from, first] of starts.entries())
    for (const [to, last] of starts.entries())
      if (to > from && to - from + 1 > (rate.burst ?? 1) + (last.at - first.at) / everyMs + 1e-6)
        expect(`${to - from + 1} starts in ${last.at - first.at} ms`).toBe('fewer')
}

test('P2: while a tenant has a run that may start, no other tenant is given two turns', () => {
  const steps = fc.array(fc.oneof(addSteps, addSteps, settleSteps), { minLength: 20, maxLength: 200 })
  fc.assert(
    fc.property(limitsOf(fc.record({ concurrency: keyConcurrency }, { requiredKeys: [] })), steps, (limits, taken) => {
      /** By tenant with a run that may start: the turns others had since it has one. */
      const turns = new Map<string, Map<string, number>>()
      const look = ({ waiting, running }: World, besides?: Run): void => {
        const mayStart = new Set<string>()
        for (const one of waiting)
          if (one !== besides && running.filter(({ key }) => key === one.key).length < (limits.perKey.concurrency ?? Infinity))
            mayStart.add(one.tenant)
        for (const tenant of turns.keys()) if (!mayStart.has(tenant)) turns.delete(tenant)
        for (const tenant of mayStart) if (!turns.has(tenant)) turns.set(tenant, new Map())
      }
      const world = new World({ ...limits, waitingMax: 1_000 }, (next, seen) => {
        look(seen)
        turns.delete(next.tenant)
        for (const [waiter, others] of turns) {
          const had = (others.get(next.tenant) ?? 0) + 1
          expect(`${waiter} waits while ${next.tenant} has ${had} turns`).toBe(`${waiter} waits while ${next.tenant} has 1 turns`)
          others.set(next.tenant, had)
        }
      })
      for (const step of taken) {
        world.take(step)
        look(world)
      }
    }),
  )
})

test('P3: a run is overtaken within its tenant and key only by what its priority is worth in waiting', () => {
  const steps = fc.array(
    fc
      .oneof(addSteps, addSteps, addSteps, settleSteps, passSteps)
      .map((step): Step => ('key' in step ? { ...step, tenant: 't', key: 'k' } : step)),
    { maxLength: 150 },
  )
  fc.assert(
    fc.property(limitsOf(fc.constant({})), steps, (limits, taken) => {
      const world = new World({ ...limits, waitingMax: 1_000 }, (next, { waiting }) => {
        for (const passed of waiting)
          if (passed !== next && passed.tenant === next.tenant) {
            const aheadMs = (next.priority - passed.priority) * limits.priorityMs
            expect(next.since - passed.since).toBeLessThanOrEqual(aheadMs)
            expect(next.since - passed.since).toBeLessThanOrEqual(2 * priorityMax * limits.priorityMs)
          }
      })
      for (const step of taken) world.take(step)
      world.finish()
    }),
    { numRuns: 500 },
  )
})

test('10,000 waiting runs of one tenant delay the first of another by one start', () => {
  const pool = new Pool<Run>({ ...wide, concurrency: 1 })
  for (let count = 0; count < 10_000; count++) pool.add(run('greedy', { priority: priorityMax }), 0)
  let [current] = startAll(pool, 0)
  pool.add(run('modest', { priority: -priorityMax }), 1)
  const order: string[] = []
  for (let count = 0; current && count < 3; count++) {
    pool.settle(current, 2)
    ;[current] = startAll(pool, 2)
    order.push(current?.tenant ?? '')
  }
  expect(order.slice(0, 2)).toContain('modest')
})

test('a tenant may wait with as many runs as places are left, and there is room for one that has none', () => {
  const pool = new Pool<Run>({ ...wide, concurrency: 1, waitingMax: 100 })
  const addTo = (tenant: string): number => {
    let added = 0
    while (pool.add(run(tenant), 0)) {
      added++
      startAll(pool, 0)
    }
    return added
  }
  expect(addTo('a')).toBe(51) // one of them runs
  expect(addTo('b')).toBe(25)
  expect(addTo('c')).toBe(13)
  expect(pool.waiting).toBe(88)
  expect(pool.add(run('d'), 0)).toBe(true)
})

test('a closed key keeps its own runs waiting and no others, and a full queue refuses nobody who need not wait', () => {
  const pool = new Pool<Run>({ ...wide, waitingMax: 4 })
  pool.close('slow', 5_000, 0)
  while (pool.add(run('a', { key: 'slow' }), 0));
  while (pool.add(run('b', { key: 'slow' }), 0));
  while (pool.add(run('c', { key: 'slow' }), 0));
  expect(startAll(pool, 0)).toEqual([])
  expect(pool.wakesAt).toBe(5_000)
  const other = run('a', { key: 'fast' })
  expect(pool.add(other, 0)).toBe(true)
  expect(startAll(pool, 0)).toEqual([other])
  expect(startAll(pool, 4_999)).toEqual([])
  expect(startAll(pool, 5_000)).toHaveLength(1)
})

test('a priority beyond the scale counts as its end', () => {
  const pool = new Pool<Run>({ ...wide, concurrency: 1 })
  const [bold, early] = [run('a', { priority: 1e9 }), run('a', { priority: priorityMax })]
  pool.add(early, 0)
  pool.add(bold, 1)
  expect(pool.next(1)).toBe(early)
})

test('runs that rest between two attempts take up room in the queue', () => {
  const pool = new Pool<Run>({ ...wide, concurrency: 1, waitingMax: 3 })
  let admitted = 0
  for (let count = 0; count < 20; count++) {
    if (pool.add(run(`t${count}`), 0)) admitted++
    for (const failed of startAll(pool, 0)) {
      pool.settle(failed, 0)
      pool.again(failed, 60_000)
    }
  }
  expect(admitted).toBe(4)
})

test('a key closed by the share of a large fleet opens sooner when the fleet is small again', () => {
  const pool = new Pool<Run>({ ...wide, perKey: { rate: { count: 1, perMs: 1_000 } } })
  pool.share(10)
  for (let count = 0; count < 2; count++) pool.add(run('a'), 0)
  expect(startAll(pool, 0)).toHaveLength(1)
  expect(pool.wakesAt).toBe(10_000)
  pool.share(1)
  expect(startAll(pool, 0)).toEqual([])
  expect(pool.wakesAt).toBe(1_000)
})

test('a run that is removed while its key is closed holds up nobody when the key opens', () => {
  const pool = new Pool<Run>({ ...wide, concurrency: 1 })
  pool.close('slow', 1_000, 0)
  const [gone, kept] = [run('a', { key: 'slow' }), run('b', { key: 'slow' })]
  pool.add(gone, 0)
  pool.add(kept, 0)
  expect(startAll(pool, 0)).toEqual([])
  pool.remove(gone)
  expect(startAll(pool, 1_000)).toEqual([kept])
})

test('P5: runs queued and removed, from whichever on, leave nothing behind', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 2_000 }), fc.nat({ max: 9_999 }), (tenants, keys, turn) => {
      const pool = new Pool<Run>({ ...wide, concurrency: 1, perKey: { rate: { count: 1, perMs: 1_000 } } })
      const waiting: Run[] = []
      for (let count = 0; count < 10_000; count++) {
        const added = run(`t${count % tenants}`, { key: `k${count % keys}`, priority: count % 3 })
        if (!pool.add(added, count)) expect(added).toBe('added')
        waiting.push(added)
        startAll(pool, count)
      }
      for (const removed of [...waiting.slice(turn), ...waiting.slice(0, turn)]) pool.remove(removed)
      expect([pool.waiting, pool.wakesAt, pool.oldestSince]).toEqual([0, undefined, undefined])
      for (let count = 0; count < 5_000; count++) {
        const passing = run(`later${count}`)
        pool.add(passing, 1_000_000 + count)
        pool.remove(passing)
      }
      expect(pool.remembered).toBeLessThan(200)
    }),
    { numRuns: 10 },
  )
})
