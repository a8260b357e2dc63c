import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { policyDefaults } from '../../machines/selection.ts'
import { policyFileOf, policyOf, readPolicyFile } from '../../services/policies/policy-file.ts'

const registered = (config: unknown) => ({
  version: 'v1',
  mode: 'draft' as const,
  share: undefined,
  config,
  note: undefined,
  createdAt: new Date(0),
  createdBy: 'ada',
  activatedAt: undefined,
  estimate: undefined,
})

test('a policy comes back from the registry as it went in, also where nothing is ever forgotten', () => {
  for (const policy of [
    { ...policyDefaults, version: 'v1' },
    { ...policyDefaults, version: 'v1', halfLifeMs: undefined, paceUsd: 0.01 },
  ])
    expect(policyOf(registered(JSON.parse(JSON.stringify(policyFileOf(policy)))))).toEqual(policy)
})

test('the example of the page is a policy, and the page shows it', async () => {
  const file = new URL('../../docs/examples/policy.json', import.meta.url)
  expect(await readPolicyFile(file.pathname)).toEqual({
    ...policyDefaults,
    version: 'curious-1',
    explore: 0.05,
    weights: { ...policyDefaults.weights, success: 1, cost: 0.2 },
  })
  expect(await readFile(new URL('../../docs/policies.md', import.meta.url), 'utf8')).toContain(await readFile(file, 'utf8'))
})

test('what is broken in the registry is said, not used', () => {
  expect(() => policyOf(registered({ format: 1, version: 'v1', explore: 9 }))).toThrow(
    expect.objectContaining({ code: 'TR_POLICY_INVALID' }),
  )
})
