// What circuits keep to, whatever store they are shared over. `two` gives the circuits of two processes, on one clock that the test moves.
import { describe, expect, test, vi } from 'vitest'
import { circuitDefaults, stateOf, type Circuit } from '../../machines/circuit.ts'
import type { Pass, SharedCircuits } from '../../services/circuits/index.ts'
import type { CircuitStore } from '../../services/circuits/store.ts'
import { Collector } from '../support/collector.ts'

export interface TwoProcesses {
  readonly one: SharedCircuits
  readonly other: SharedCircuits
  pass(ms: number): void
  now(): number
}

const { callsMin, openMs, probeMs } = circuitDefaults
const key = 'big at http://models.test/v1'

export function circuitsContract(two: () => Promise<TwoProcesses>): void {
  const call = async (circuits: SharedCircuits, verdict: Parameters<Pass['settle']>[0]): Promise<boolean> => {
    const admission = await circuits.admit(key)
    if (admission.admitted) await admission.settle(verdict)
    return admission.admitted
  }
  const open = async (circuits: SharedCircuits): Promise<void> => {
    for (let count = 0; count < callsMin; count++) await call(circuits, 'failed')
  }
  const seenAs = (circuits: SharedCircuits, state: string, now: number) =>
    vi.waitUntil(() => stateOf(circuits.all().get(key), now) === state, { timeout: 1_000, interval: 1 })

  describe('circuits', () => {
    test('what one process finds down the other leaves alone, and is told for how long', async () => {
      const { one, other, now } = await two()
      await open(one)
      expect(await one.admit(key)).toEqual({ admitted: false, retryAfterMs: openMs })
      await seenAs(other, 'open', now())
      expect(await other.admit(key)).toEqual({ admitted: false, retryAfterMs: openMs })
      expect(await other.admit('another at http://models.test/v1')).toMatchObject({ admitted: true })
    })

    test('of fifty callers in two processes one probes a half-open circuit; when it succeeds all are let in', async () => {
      const { one, other, pass, now } = await two()
      await open(one)
      await seenAs(other, 'open', now())
      pass(openMs)
      const callers = Array.from({ length: 50 }, (_, count) => (count % 2 === 0 ? one : other))
      const admissions = await Promise.all(callers.map((circuits) => circuits.admit(key)))
      const [probe, ...more] = admissions.flatMap((admission) => (admission.admitted ? [admission] : []))
      expect(more).toEqual([])
      await probe?.settle('ok')
      await seenAs(one, 'closed', now())
      await seenAs(other, 'closed', now())
      expect([await call(one, 'ok'), await call(other, 'ok')]).toEqual([true, true])
    })

    test('a probe that fails keeps everyone out for longer; one that is stopped lets the next one probe', async () => {
      const { one, other, pass, now } = await two()
      await open(one)
      pass(openMs)
      expect(await call(one, 'stopped')).toBe(true)
      expect(await call(one, 'failed')).toBe(true)
      await vi.waitUntil(() => other.all().get(key)?.opened?.row === 2, { timeout: 1_000, interval: 1 })
      pass(openMs)
      expect([await call(one, 'ok'), await call(other, 'ok')]).toEqual([false, false])
      pass(openMs)
      expect(stateOf(other.all().get(key), now())).toBe('half-open')
      expect(await call(other, 'ok')).toBe(true)
    })

    test('a probe whose process died is given up, and what it would have said no longer counts', async () => {
      const { one, other, pass, now } = await two()
      await open(one)
      await seenAs(other, 'open', now())
      pass(openMs)
      const lost = await one.admit(key)
      await vi.waitUntil(() => other.all().get(key)?.opened?.probeUntil !== undefined, { timeout: 1_000, interval: 1 })
      expect(await call(other, 'ok')).toBe(false)
      pass(probeMs)
      const second = await other.admit(key)
      expect(second.admitted).toBe(true)
      await vi.waitUntil(() => one.all().get(key)?.opened?.probeUntil === now() + probeMs, { timeout: 1_000, interval: 1 })
      if (lost.admitted) await lost.settle('ok')
      expect(stateOf(one.all().get(key), now())).toBe('half-open')
      expect(await call(one, 'ok')).toBe(false)
    })

    test('refusals of a living endpoint and aborted calls open nothing', async () => {
      const { one } = await two()
      for (let count = 0; count < 10 * callsMin; count++) expect(await call(one, count % 2 === 0 ? 'answered' : 'stopped')).toBe(true)
    })

    test('a pass settled twice counts once', async () => {
      const { one } = await two()
      const admission = await one.admit(key)
      if (admission.admitted) for (let count = 0; count < 2 * callsMin; count++) await admission.settle('failed')
      expect(await call(one, 'ok')).toBe(true)
    })
  })
}

/** What a store of circuits keeps to. */
export function circuitStoreContract(open: () => Promise<CircuitStore>): void {
  const opened = (until: number): Circuit => ({ buckets: [], opened: { at: 0, until, row: 1 } })

  describe('circuit store', () => {
    test('a change is stored only by whoever knows the last one', async () => {
      const store = await open()
      const first = await store.write('m', opened(1), 0)
      expect(first).toBeGreaterThan(0)
      expect(await store.write('m', opened(2), 0)).toBeUndefined()
      const second = await store.write('m', opened(3), first ?? 0)
      expect(second).toBeGreaterThan(first ?? 0)
      expect(await store.write('m', opened(4), first ?? 0)).toBeUndefined()
    })

    test('of many who change it at once one succeeds', async () => {
      const store = await open()
      const written = await Promise.all(Array.from({ length: 20 }, (_, n) => store.write('m', opened(n), 0)))
      expect(written.filter((revision) => revision !== undefined)).toHaveLength(1)
    })

    test('who watches is told what is stored before anything else, then every change, whatever the key holds', async () => {
      const store = await open()
      const awkward = 'a model/7 at http://models.test:1/v1?x=*&y=>'
      const first = await store.write(awkward, opened(1), 0)
      const heard = new Collector<{ key: string; circuit: Circuit }>()
      const watch = await store.watch((about, circuit) => heard.add({ key: about, circuit }))
      expect(await heard.count(1)).toEqual([{ key: awkward, circuit: opened(1) }])
      await store.write(awkward, { buckets: [] }, first ?? 0)
      await heard.until((all) => all.at(-1)?.circuit.opened === undefined)
      await watch.stop()
    })
  })
}
