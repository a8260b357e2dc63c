import { expect, test } from 'vitest'
import { policyDefaults, readPolicy } from '../../../machines/selection.ts'
import { policyFileOf } from '../../../services/policies/policy-file.ts'
import { changedPolicy, estimateOf, figuresOf } from '../../../services/inspector/web/coordinator/policy-figures.ts'

const row = { version: 'v1', mode: 'live', policy: policyFileOf({ ...policyDefaults, version: 'v1', horizonMs: 5_000 }) }

test('the figures of a policy, changed, are a policy again, with what was not changed', () => {
  const figures = { ...figuresOf(row.policy), explore: '0.2', mode: 'pinned', arm: 'researcher', cost: '0.5' }
  const read = readPolicy(changedPolicy(row, figures))
  expect(read).toMatchObject({
    ok: true,
    policy: {
      version: 'v1, changed',
      explore: 0.2,
      mode: { kind: 'pinned', arm: 'researcher' },
      weights: { success: 1, cost: 0.5 },
      horizonMs: 5_000,
      halfLifeMs: policyDefaults.halfLifeMs,
    },
  })
})

test('a policy that is none has figures all the same', () => {
  expect(figuresOf(undefined)).toMatchObject({ mode: 'thompson', explore: '0', success: '0' })
})

test('the last estimate of a version is read, and anything else is none', () => {
  const difference = { mean: 0.099, error: 0.01, low: 0.083, high: 0.114 }
  expect(estimateOf({ estimate: { live: 'wide-1', decisions: 1_200, difference } })).toEqual({
    live: 'wide-1',
    decisions: 1_200,
    mean: 0.099,
    low: 0.083,
    high: 0.114,
  })
  expect(estimateOf({ estimate: { live: 'wide-1', decisions: 1_200 } })).toBeUndefined()
  expect(estimateOf({})).toBeUndefined()
})
