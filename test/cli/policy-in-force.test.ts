// The way of a change of policies: registry, coordinator, confirmed. The registry is real; the coordinator is a small one that keeps the kernel's rule.
import type { MikroORM } from '@mikro-orm/postgresql'
import { expect, test } from 'vitest'
import type { CoordinatorReply, PolicySet } from '../../machines/coordinator-messages.ts'
import { policyDefaults } from '../../machines/selection.ts'
import { finish, takeStep, type Office, type PolicyHolder } from '../../services/cli/policy/in-force.ts'
import { addPolicy, readChanges, readRegister } from '../../services/history/policy-store.ts'
import { isConfirmed, policyIn } from '../../services/policies/plan.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()
const signed = (action: string) => ({ at: new Date(), by: 'ada', action })

/** Applies each number of a producer once, in order, as an actor does, and can fail before or after that. */
class Holder implements PolicyHolder {
  inForce: PolicySet | undefined
  readonly applied: number[] = []
  fails: 'never' | 'before' | 'after' = 'never'
  refuses = false
  readonly #last = new Map<string, number>()
  readonly #replies = new Map<string, CoordinatorReply>()

  async set(policies: PolicySet, { producer, seq }: { readonly producer: string; readonly seq: number }): Promise<CoordinatorReply> {
    if (this.fails === 'before') throw Object.assign(new Error('no answer'), { code: 'TR_ASK_TIMEOUT' })
    const reply = this.#take(policies, producer, seq)
    if (this.fails === 'after') throw Object.assign(new Error('no answer'), { code: 'TR_ASK_TIMEOUT' })
    return reply
  }

  #take(policies: PolicySet, producer: string, seq: number): CoordinatorReply {
    if (seq <= (this.#last.get(producer) ?? 0)) {
      const kept = this.#replies.get(`${producer} ${seq}`)
      if (kept) return kept
      throw Object.assign(new Error('applied before'), { code: 'TR_REPLY_NOT_KEPT' })
    }
    this.#last.set(producer, seq)
    const reply: CoordinatorReply = this.refuses ? { ok: false, code: 'TR_REQUEST_INVALID', reason: 'too wide' } : { ok: true }
    this.#replies.set(`${producer} ${seq}`, reply)
    if (!reply.ok) return reply
    this.inForce = JSON.parse(JSON.stringify(policies))
    this.applied.push(seq)
    return reply
  }
}

async function open(): Promise<{ database: MikroORM; holder: Holder; office: Office }> {
  const database = await postgres.open()
  const holder = new Holder()
  const office: Office = { database, holder, tenant: 'acme', builtIn: policyDefaults }
  for (const version of ['v1', 'v2']) await addPolicy(database, await read(office), { ...policyDefaults, version }, signed('add'))
  return { database, holder, office }
}

const read = ({ database, tenant, builtIn }: Pick<Office, 'database' | 'tenant' | 'builtIn'>) => readRegister(database, tenant, builtIn)
const promote = (office: Office, version: string) => takeStep(office, { action: 'promote', version }, signed('promote'))
const stateOf = async (office: Office) => {
  const register = await read(office)
  return { live: policyIn(register, 'live')?.version, confirmed: isConfirmed(register) }
}

test('U1: what the registry says and what the coordinator goes by are the same once a change is confirmed', async () => {
  const { holder, office } = await open()
  await takeStep(office, { action: 'shadow', version: 'v1' }, signed('shadow'))
  await takeStep(office, { action: 'canary', version: 'v2', share: 0.1 }, signed('canary'))
  expect(await stateOf(office)).toEqual({ live: policyDefaults.version, confirmed: true })
  expect(holder.inForce).toMatchObject({
    live: { version: policyDefaults.version },
    canary: { policy: { version: 'v2' }, share: 0.1 },
    shadow: { version: 'v1' },
  })
})

test.each(['before', 'after'] as const)(
  'U3: a change whose answer was lost %s it was applied is seen, and finished by the next',
  async (when) => {
    const { holder, office } = await open()
    holder.fails = when
    await expect(promote(office, 'v1')).rejects.toMatchObject({ code: 'TR_POLICY_NOT_CONFIRMED' })
    expect(await stateOf(office)).toEqual({ live: 'v1', confirmed: false })
    holder.fails = 'never'
    await takeStep(office, { action: 'shadow', version: 'v2' }, signed('shadow'))
    expect(await stateOf(office)).toEqual({ live: 'v1', confirmed: true })
    expect(holder.inForce).toMatchObject({ live: { version: 'v1' }, shadow: { version: 'v2' } })
    expect(holder.applied).toHaveLength(2) // each once
  },
)

test('U2: an older change that arrives late changes nothing', async () => {
  const { holder, office } = await open()
  await promote(office, 'v1')
  const late = { policies: holder.inForce, seq: (await read(office)).number }
  await promote(office, 'v2')
  if (!late.policies) throw new Error('nothing was in force')
  expect(await holder.set(late.policies, { producer: 'policies', seq: late.seq })).toEqual({ ok: true })
  expect(holder.inForce).toMatchObject({ live: { version: 'v2' } })
})

test('U4: what the coordinator refuses is taken back, and said', async () => {
  const { database, holder, office } = await open()
  holder.refuses = true
  await expect(promote(office, 'v1')).rejects.toMatchObject({
    code: 'TR_POLICY_REFUSED',
    message: expect.stringContaining('TR_REQUEST_INVALID: too wide'),
  })
  expect(await stateOf(office)).toEqual({ live: policyDefaults.version, confirmed: true })
  expect((await readChanges(database, 'acme', 2)).map(({ action }) => action)).toEqual(['refused', 'promote'])
  holder.refuses = false
  await promote(office, 'v2')
  expect(holder.inForce).toMatchObject({ live: { version: 'v2' } })
})

test('U4: a refusal that is heard only after more was added takes the right change back', async () => {
  const { database, holder, office } = await open()
  holder.fails = 'before'
  await expect(promote(office, 'v1')).rejects.toMatchObject({ code: 'TR_POLICY_NOT_CONFIRMED' })
  await addPolicy(database, await read(office), { ...policyDefaults, version: 'v3' }, signed('add'))
  Object.assign(holder, { fails: 'never', refuses: true })
  await expect(finish(office, signed('confirm'))).rejects.toMatchObject({ code: 'TR_POLICY_REFUSED' })
  expect(await stateOf(office)).toEqual({ live: policyDefaults.version, confirmed: true })
})

test('a registry that was restored from an old copy is in force again after it is confirmed', async () => {
  const { database, holder, office } = await open()
  await promote(office, 'v1')
  await promote(office, 'v2')
  await database.em.fork().execute(
    `update policy_registers set revision = 2, confirmed = 2, number = 2; delete from policy_changes where revision > 2;
     update policies set mode = case when version = 'default' then 'live' else 'draft' end`,
  )
  await finish(office, signed('confirm'), true)
  expect(await stateOf(office)).toEqual({ live: 'default', confirmed: true })
  expect(holder.inForce).toMatchObject({ live: { version: 'default' } })
  await promote(office, 'v1')
  expect(holder.inForce).toMatchObject({ live: { version: 'v1' } })
})

test('of two operators who promote at once one is told that somebody else was first, and both see one truth', async () => {
  const { holder, office } = await open()
  const both = await Promise.allSettled([promote(office, 'v1'), promote(office, 'v2')])
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused.length).toBeLessThanOrEqual(1) // one after the other is fine as well
  for (const reason of refused) expect(reason).toMatchObject({ code: 'TR_POLICY_CHANGED' })
  await finish(office, signed('confirm'))
  expect(holder.inForce).toMatchObject({ live: { version: (await stateOf(office)).live } })
})
