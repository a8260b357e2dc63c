import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  circuitAfter,
  circuitDefaults,
  releaseProbe,
  retryAt,
  stateOf,
  takeProbe,
  type Circuit,
  type CircuitOptions,
} from '../../machines/circuit.ts'

const options: CircuitOptions = {
  ...circuitDefaults,
  windowMs: 10_000,
  buckets: 5,
  callsMin: 4,
  openMs: 1_000,
  openMsMax: 6_000,
  probeMs: 500,
}
const fails = (circuit: Circuit | undefined, at: number, times = 1): Circuit | undefined =>
  Array.from({ length: times }).reduce<Circuit | undefined>((before) => circuitAfter(before, { ok: false, at }, options), circuit)
const opened = (at = 0): Circuit | undefined => fails(undefined, at, 4)

test('a circuit opens when enough calls in the window have failed, and not before', () => {
  expect(stateOf(fails(undefined, 0, 3), 0)).toBe('closed')
  expect(stateOf(opened(), 0)).toBe('open')
})

test('a single failure, or failures among many successes, open nothing', () => {
  let circuit: Circuit | undefined
  for (let at = 0; at < 100; at++) circuit = circuitAfter(circuit, { ok: at % 3 !== 2, at }, options)
  expect(stateOf(circuit, 100)).toBe('closed')
})

test('failures that have left the window no longer count', () => {
  const early = fails(undefined, 0, 3)
  expect(stateOf(fails(early, 10_000), 10_000)).toBe('closed')
  expect(stateOf(fails(early, 9_999), 9_999)).toBe('open')
})

test('when the opening is over one caller may probe, the others wait for it', () => {
  const circuit = opened()
  expect([takeProbe(circuit, 999, options), stateOf(circuit, 999), retryAt(circuit, 999)]).toEqual([undefined, 'open', 1_000])
  expect(stateOf(circuit, 1_000)).toBe('half-open')
  const probing = takeProbe(circuit, 1_000, options)
  expect(probing).toBeDefined()
  expect([takeProbe(probing, 1_001, options), retryAt(probing, 1_001)]).toEqual([undefined, 1_500])
  expect(takeProbe(probing && releaseProbe(probing), 1_001, options)).toBeDefined()
})

test('a probe that nobody hears of is given up, so that another may be made', () => {
  const probing = takeProbe(opened(), 1_000, options)
  expect(takeProbe(probing, 1_500, options)).toBeDefined()
})

test('a probe that succeeds closes the circuit with nothing counted; one that fails opens it for longer, up to a limit', () => {
  const probing = takeProbe(opened(), 1_000, options)
  expect(circuitAfter(probing, { ok: true, at: 1_100, since: 1_000 }, options)).toEqual({ buckets: [] })
  let circuit = opened()
  const lengths: number[] = []
  for (let round = 0; round < 5; round++) {
    const at = circuit?.opened?.until ?? 0
    circuit = fails(takeProbe(circuit, at, options), at)
    lengths.push((circuit?.opened?.until ?? 0) - at)
  }
  expect(lengths).toEqual([2_000, 4_000, 6_000, 6_000, 6_000])
})

test('a call that was under way when the circuit opened neither closes it nor opens it for longer', () => {
  const circuit = opened()
  for (const ok of [true, false]) expect(circuitAfter(circuit, { ok, at: 2_000, since: 900 }, options)).toBe(circuit)
})

test('an endpoint that says how long to stay away is left alone for that long, within the limit', () => {
  const after = (retryAfterMs: number) => circuitAfter(fails(undefined, 0, 3), { ok: false, at: 0, retryAfterMs }, options)
  expect([after(10), after(3_000), after(1e9)].map((circuit) => circuit.opened?.until)).toEqual([1_000, 3_000, 6_000])
})

test('whatever happens, a circuit stays small plain JSON, and while it is open or probed nobody else gets in', () => {
  const step = fc.record({ ok: fc.boolean(), wait: fc.integer({ min: -500, max: 3_000 }), probes: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let circuit: Circuit | undefined
      let now = 0
      for (const { ok, wait, probes } of steps) {
        now = Math.max(0, now + wait)
        if (probes) {
          const probing = takeProbe(circuit, now, options)
          expect(probing !== undefined).toBe(stateOf(circuit, now) === 'half-open' && retryAt(circuit, now) === undefined)
          if (probing) expect(takeProbe(probing, now, options)).toBeUndefined()
          circuit = probing ?? circuit
        }
        circuit = circuitAfter(circuit, { ok, at: now }, options)
        expect(circuit.buckets.length).toBeLessThanOrEqual(options.buckets)
        expect(JSON.parse(JSON.stringify(circuit))).toEqual(circuit)
        const { until = 0, at = 0 } = circuit.opened ?? {}
        expect(until - at).toBeLessThanOrEqual(options.openMsMax)
      }
    }),
  )
})
