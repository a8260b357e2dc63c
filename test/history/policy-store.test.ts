import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import { policyDefaults } from '../../machines/selection.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'
import {
  addPolicy,
  confirmRegister,
  readBefore,
  readChanges,
  readRegister,
  writeEstimate,
  writePlan,
} from '../../services/history/policy-store.ts'
import { isConfirmed, planBack, planStep, policyIn, type PolicyStep } from '../../services/policies/plan.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

const policy = (version: string, fields: Partial<SelectionPolicy> = {}): SelectionPolicy => ({
  ...policyDefaults,
  halfLifeMs: undefined,
  explore: 0.02,
  version,
  ...fields,
})
const builtIn = policy('default')
let minutes = 0
const signed = (action: string) => ({ at: new Date(Date.UTC(2026, 10, 20, 12, ++minutes)), by: 'ada', action })
const read = (orm: MikroORM, tenant = 'acme') => readRegister(orm, tenant, builtIn)

async function add(orm: MikroORM, version: string, tenant = 'acme', fields: Partial<SelectionPolicy> = {}) {
  return addPolicy(orm, await read(orm, tenant), policy(version, fields), signed('add'))
}

async function take(orm: MikroORM, step: PolicyStep) {
  const register = await read(orm)
  const written = await writePlan(orm, register, planStep(register, step), signed(step.action))
  await confirmRegister(orm, written)
  return written
}

test('a tenant whose policies nobody touched has the built-in one, and reading that writes nothing', async () => {
  const orm = await postgres.open()
  const register = await read(orm)
  expect(register).toMatchObject({ revision: 0, confirmed: 0, policies: [{ version: 'default', mode: 'live' }] })
  expect(await orm.em.fork().execute('select * from policy_registers')).toEqual([])
})

test('a version is added once; the same one again must say the same', async () => {
  const orm = await postgres.open()
  expect(await add(orm, 'v1')).toBe(true)
  expect(await add(orm, 'v1')).toBe(false)
  await expect(add(orm, 'v1', 'acme', { explore: 0.1 })).rejects.toMatchObject({ code: 'TR_POLICY_VERSION_TAKEN' })
  expect(await add(orm, 'v1', 'zeta', { explore: 0.1 })).toBe(true)
  const register = await read(orm)
  expect(register.policies.map(({ version, mode }) => [version, mode])).toEqual([
    ['default', 'live'],
    ['v1', 'draft'],
  ])
  expect(isConfirmed(register)).toBe(true)
  expect(register.policies[1]?.config).toMatchObject({ version: 'v1', explore: 0.02, mode: { kind: 'thompson' } })
})

test('shadow, canary, promotion and going back leave one live version, and every change is kept', async () => {
  const orm = await postgres.open()
  for (const version of ['v1', 'v2', 'v3']) await add(orm, version)
  const modes = async () => Object.fromEntries((await read(orm)).policies.map(({ version, mode, share }) => [version, share ?? mode]))
  await take(orm, { action: 'shadow', version: 'v1' })
  await take(orm, { action: 'canary', version: 'v2', share: 0.1 })
  expect(await modes()).toEqual({ default: 'live', v1: 'shadow', v2: 0.1, v3: 'draft' })
  await take(orm, { action: 'shadow', version: 'v3' })
  await take(orm, { action: 'promote', version: 'v2' })
  expect(await modes()).toEqual({ default: 'retired', v1: 'draft', v2: 'live', v3: 'shadow' })
  await take(orm, { action: 'promote', version: 'v3' })
  await take(orm, { action: 'rollback' })
  expect(await modes()).toEqual({ default: 'retired', v1: 'draft', v2: 'live', v3: 'rolled-back' })
  await take(orm, { action: 'rollback' })
  expect(await modes()).toEqual({ default: 'live', v1: 'draft', v2: 'rolled-back', v3: 'rolled-back' })
  await expect(take(orm, { action: 'rollback' })).rejects.toMatchObject({ code: 'TR_POLICY_STEP_REFUSED' })
  const changes = await readChanges(orm, 'acme', 50)
  expect(changes.map(({ action, version }) => `${action} ${version}`).toReversed()).toEqual([
    'add v1',
    'add v2',
    'add v3',
    'shadow v1',
    'canary v2',
    'shadow v3',
    'promote v2',
    'promote v3',
    'rollback v2',
    'rollback default',
  ])
  expect(changes.map(({ revision }) => revision)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
})

test('of two operators who change policies at once one is refused, also at the first change ever', async () => {
  const orm = await postgres.open()
  const bare = await read(orm)
  const [first, second] = await Promise.allSettled([
    addPolicy(orm, bare, policy('v1'), signed('add')),
    addPolicy(orm, await read(orm), policy('v2'), signed('add')),
  ])
  expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected'])
  await add(orm, 'v3')
  const register = await read(orm)
  const plan = planStep(register, { action: 'shadow', version: 'v3' })
  const all = await Promise.allSettled([1, 2, 3, 4].map(() => writePlan(orm, register, plan, signed('shadow'))))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'TR_POLICY_CHANGED' })
  expect((await readChanges(orm, 'acme', 50)).filter(({ action }) => action === 'shadow')).toHaveLength(1)
})

test('a change that is not confirmed is seen, and can be taken back to the modes before it', async () => {
  const orm = await postgres.open()
  await add(orm, 'v1')
  const register = await read(orm)
  await writePlan(orm, register, planStep(register, { action: 'promote', version: 'v1' }), signed('promote'))
  const open = await read(orm)
  expect(isConfirmed(open)).toBe(false)
  expect(policyIn(open, 'live')?.version).toBe('v1')
  await add(orm, 'v2')
  expect(isConfirmed(await read(orm))).toBe(false)
  const back = await writePlan(orm, await read(orm), planBack(await readBefore(orm, open), 'v1'), signed('refused'))
  expect(policyIn(back, 'live')?.version).toBe('default')
  await confirmRegister(orm, open)
  expect(isConfirmed(await read(orm))).toBe(false) // an older revision confirms nothing
  await confirmRegister(orm, back)
  expect(isConfirmed(await read(orm))).toBe(true)
})

test('a live version cannot be retired or shadowed, and an unknown one is said to be unknown', async () => {
  const orm = await postgres.open()
  await expect(take(orm, { action: 'retire', version: 'default' })).rejects.toMatchObject({ code: 'TR_POLICY_STEP_REFUSED' })
  await expect(take(orm, { action: 'shadow', version: 'default' })).rejects.toMatchObject({ code: 'TR_POLICY_STEP_REFUSED' })
  await expect(take(orm, { action: 'promote', version: 'constructor' })).rejects.toMatchObject({ code: 'TR_POLICY_UNKNOWN' })
})

test('the last estimate of a version is kept with it', async () => {
  const orm = await postgres.open()
  await add(orm, 'v1')
  await writeEstimate(orm, 'acme', 'v1', { value: { mean: 0.6 } })
  expect((await read(orm)).policies.find(({ version }) => version === 'v1')?.estimate).toEqual({ value: { mean: 0.6 } })
})
