import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generator } from '../../bench/select/chance.ts'
import {
  offPolicyLimits,
  offPolicyRefusals,
  offPolicyValue,
  type LoggedChoice,
  type OffPolicyMethod,
} from '../../machines/selection/off-policy.ts'

/** Two task types, three arms: what each is worth, how the logging policy chooses, and how the policy in question would. */
const worth = { question: [0.9, 0.7, 0.5], review: [0.05, 0.1, 0.25] } as const
const logging = [0.6, 0.3, 0.1] as const
const target = { question: [0.9, 0.1, 0], review: [0, 0.2, 0.8] } as const
const taskTypes = ['question', 'review'] as const
const arms = ['a', 'b', 'constructor'] as const
const truth = 0.5 * (0.9 * 0.9 + 0.1 * 0.7) + 0.5 * (0.2 * 0.1 + 0.8 * 0.25)

function logOf(seed: number, length: number, propensities: readonly number[] = logging): LoggedChoice[] {
  const next = generator(seed)
  return Array.from({ length }, () => {
    const taskType = taskTypes[next() < 0.5 ? 0 : 1]
    const drawn = next()
    const arm = drawn < logging[0] ? 0 : drawn < logging[0] + logging[1] ? 1 : 2
    return {
      taskType,
      arm: arms[arm],
      propensity: propensities[arm],
      reward: next() < worth[taskType][arm] ? 1 : 0,
      target: Object.fromEntries(arms.map((name, index) => [name, target[taskType][index] ?? 0])),
    }
  })
}

function valueOf(log: readonly LoggedChoice[], method: OffPolicyMethod) {
  const result = offPolicyValue(log, { method })
  if (!result.ok) throw new Error(result.reason)
  return result
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const spread = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
const logs = Array.from({ length: 400 }, (_, index) => logOf(index + 1, 1_000))

test.each(['doubly-robust', 'snips', 'ips'] as const)('%s is right on average, and its error is the spread that it has', (method) => {
  const results = logs.map((log) => valueOf(log, method))
  const means = results.map(({ value }) => value.mean)
  expect(Math.abs(mean(means) - truth)).toBeLessThan((4 * spread(means)) / Math.sqrt(logs.length))
  expect(mean(results.map(({ value }) => value.error)) / spread(means)).toBeGreaterThan(0.88)
  expect(mean(results.map(({ value }) => value.error)) / spread(means)).toBeLessThan(1.12)
})

test.each(['doubly-robust', 'snips'] as const)('the 90 % interval of %s holds the truth in 86 to 94 % of logs', (method) => {
  const held = logs.filter((log) => {
    const { low, high } = valueOf(log, method).value
    return low <= truth && truth <= high
  })
  expect(held.length / logs.length).toBeGreaterThan(0.86)
  expect(held.length / logs.length).toBeLessThan(0.94)
})

test('the doubly robust estimate scatters less than importance weights alone', () => {
  const spreadOf = (method: OffPolicyMethod) => spread(logs.map((log) => valueOf(log, method).value.mean))
  expect(spreadOf('doubly-robust')).toBeLessThan(spreadOf('snips'))
  expect(spreadOf('snips')).toBeLessThan(spreadOf('ips'))
})

test('the difference to the log is narrower than the two intervals beside each other', () => {
  const { value, logged, difference } = valueOf(logOf(1, 2_000), 'doubly-robust')
  expect(difference.mean).toBeCloseTo(value.mean - logged.mean, 10)
  expect(difference.error).toBeLessThan(value.error + logged.error)
})

test('a policy that chooses as the log did is worth what the log earned', () => {
  const same = logOf(1, 1_000).map((choice) => ({
    ...choice,
    target: Object.fromEntries(arms.map((arm, index) => [arm, logging[index] ?? 0])),
  }))
  for (const method of ['snips', 'ips'] as const) {
    const { value, logged, effective, difference } = valueOf(same, method)
    expect(value.mean).toBeCloseTo(logged.mean, 10)
    expect(difference.error).toBeCloseTo(0, 10)
    expect(effective).toBeCloseTo(1_000, 6)
  }
  expect(valueOf(same, 'doubly-robust').value.mean).toBeCloseTo(valueOf(same, 'doubly-robust').logged.mean, 1)
})

test('replay is refused: it is biased', () => {
  expect(offPolicyValue(logOf(1, 500), { method: 'replay' })).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_REPLAY' })
})

test.each([undefined, 0, -0.1, 1.1, Number.NaN])('a propensity of %s is refused, and the decision is named', (propensity) => {
  const [first, ...rest] = logOf(1, 500)
  if (first === undefined) throw new Error('the log is empty')
  const result = offPolicyValue([{ ...first, propensity }, ...rest])
  expect(result).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_PROPENSITY' })
  expect(result).toHaveProperty('reason', expect.stringContaining('decision 0'))
})

test.each([
  ['a reward above 1', { reward: 1.5 }],
  ['a reward that is no number', { reward: Number.NaN }],
  ['target probabilities that do not add up to 1', { target: { a: 0.5 } }],
  ['a negative target probability', { target: { a: 1.5, b: -0.5 } }],
])('%s is refused', (_, wrong) => {
  const [first, ...rest] = logOf(1, 500)
  if (first === undefined) throw new Error('the log is empty')
  expect(offPolicyValue([{ ...first, ...wrong }, ...rest])).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_INVALID' })
})

test('a log of one decision is refused, and so is one above the limit', () => {
  expect(offPolicyValue(logOf(1, 1))).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_INVALID' })
  const [choice] = logOf(1, 1)
  const long = Array.from({ length: offPolicyLimits.decisionsMax + 1 }, () => choice).filter((one) => one !== undefined)
  expect(offPolicyValue(long)).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_INVALID' })
})

test('too few effective decisions are refused', () => {
  expect(offPolicyValue(logOf(1, 100))).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_OVERLAP' })
  expect(offPolicyValue(logOf(1, 100), { effectiveMin: 10 })).toMatchObject({ ok: true })
})

test('a policy that wants what could not be chosen is refused, however many decisions there are', () => {
  const pinned = logOf(1, 5_000).map((choice) => ({ ...choice, arm: 'a', propensity: 1, target: { a: 0.3, b: 0.7 } }))
  const result = offPolicyValue(pinned)
  expect(result).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_OVERLAP' })
  expect(result).toHaveProperty('reason', expect.stringContaining('could not be chosen'))
})

test('propensities that are not those the decisions were made with are refused', () => {
  const result = offPolicyValue(logOf(1, 5_000, [0.3, 0.15, 0.05]))
  expect(result).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_OVERLAP' })
  expect(result).toHaveProperty('reason', expect.stringContaining('not those'))
})

test('clipping is counted, and bounds what one decision can do', () => {
  const rare = logOf(3, 3_000).map((choice) => (choice.arm === 'constructor' ? { ...choice, propensity: 0.1 } : choice))
  const clipped = offPolicyValue(rare, { weightMax: 2, clippedMax: 1 })
  expect(clipped).toMatchObject({ ok: true })
  expect(clipped.ok && clipped.clipped).toBeGreaterThan(0.3)
  expect(valueOf(rare, 'doubly-robust').clipped).toBe(0)
})

test('a policy that mostly does what the log hardly ever did is refused', () => {
  const result = offPolicyValue(logOf(1, 5_000), { weightMax: 5 })
  expect(result).toMatchObject({ ok: false, code: 'TR_OFF_POLICY_OVERLAP' })
  expect(result).toHaveProperty('reason', expect.stringContaining('so rare in the log'))
})

test('whatever the log, there is a number between 0 and 1 with a finite error, or a refusal', () => {
  const choice = fc.record({
    taskType: fc.constantFrom('question', '__proto__', 'constructor'),
    arm: fc.constantFrom('a', '__proto__', 'constructor'),
    propensity: fc.double({ min: 0.01, max: 1, noNaN: true }),
    reward: fc.double({ min: 0, max: 1, noNaN: true }),
    target: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => JSON.parse(`{"a":${share},"__proto__":${1 - share}}`)),
  })
  fc.assert(
    fc.property(fc.array(choice, { minLength: 2, maxLength: 60 }), (log) => {
      const result = offPolicyValue(log, { effectiveMin: 1 })
      if (!result.ok) return offPolicyRefusals.includes(result.code)
      expect(result.value.low).toBeGreaterThanOrEqual(0)
      expect(result.value.high).toBeLessThanOrEqual(1)
      return Number.isFinite(result.value.error)
    }),
  )
})
