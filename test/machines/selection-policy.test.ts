import { describe, expect, test } from 'vitest'
import { policyDefaults, readPolicy } from '../../machines/selection.ts'

describe('a policy file', () => {
  test('has the default where it says nothing', () => {
    expect(readPolicy({ format: 1 })).toEqual({ ok: true, policy: policyDefaults })
    expect(readPolicy({ format: 1, version: 'bold', explore: 0.1, weights: { cost: 0.5 }, halfLifeMs: null, paceUsd: 0.02 })).toEqual({
      ok: true,
      policy: {
        ...policyDefaults,
        version: 'bold',
        explore: 0.1,
        weights: { ...policyDefaults.weights, cost: 0.5 },
        halfLifeMs: undefined,
        paceUsd: 0.02,
      },
    })
  })

  test('that was made of a policy is read back as that policy', () => {
    const policy = { ...policyDefaults, version: 'x', features: ['long'], mode: { kind: 'pinned', arm: 'a@m' } as const }
    expect(readPolicy(JSON.parse(JSON.stringify({ format: 1, ...policy })))).toEqual({ ok: true, policy })
  })

  test('of another format is refused before anything else is looked at', () => {
    for (const value of [{}, { format: 2, nonsense: true }, { format: '1' }])
      expect(readPolicy(value)).toMatchObject({ ok: false, code: 'TR_POLICY_FORMAT_UNKNOWN' })
    for (const value of [undefined, null, [], 'policy', 7])
      expect(readPolicy(value)).toMatchObject({ ok: false, code: 'TR_POLICY_INVALID' })
  })

  test('is refused with every fault it has', () => {
    const reading = readPolicy({
      format: 1,
      version: '',
      mode: { kind: 'greedy' },
      features: ['a', 'a'],
      weights: { success: 0, speed: 1, cost: -1 },
      explore: 0.6,
      halfLifeMs: 1,
      horizonMs: '1d',
      shrinkage: Number.NaN,
      explroe: 0.1,
      constructor: 1,
    })
    expect(reading).toMatchObject({ ok: false, code: 'TR_POLICY_INVALID' })
    expect(reading.ok ? [] : reading.faults).toEqual([
      "'explroe' is no field of a policy",
      "'constructor' is no field of a policy",
      '\'version\' is ""; it is a name of 1 to 100 characters',
      '\'mode.kind\' is "greedy"; it is one of thompson, linucb, pinned, best-single',
      "'features' has a name twice",
      "'speed' is no field of a weights",
      "'weights.cost' is -1; it is a number from 0 to 1000",
      "'shrinkage' is NaN; it is a number from 0.1 to 1000",
      "'explore' is 0.6; it is a number from 0 to 0.5",
      '\'horizonMs\' is "1d"; it is a number from 1 to 31536000000',
      "'halfLifeMs' is 1; it is a number from 1000 to 315360000000",
    ])
  })

  test('needs one weight that is positive, and an arm where one is pinned', () => {
    expect(readPolicy({ format: 1, weights: { success: 0 } })).toMatchObject({ faults: ['all weights are 0; one must be positive'] })
    expect(readPolicy({ format: 1, mode: { kind: 'pinned' } })).toMatchObject({
      faults: ["'mode.arm' is absent; it names an agent or an arm"],
    })
    expect(readPolicy({ format: 1, mode: { kind: 'thompson', arm: 'a' } })).toMatchObject({ faults: ["'arm' is no field of a mode"] })
  })
})
