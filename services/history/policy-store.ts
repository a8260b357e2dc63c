// Policy store
// The registry of policies in Postgres: what each version says, how it is used, and every change. Written by operators' commands, read by anybody.
//
// G1. A change is written only on the revision it was planned on: of two at once, one is written, the other is told.
// G2. Modes, revision and the row that says who changed them are written together or not at all.
// G3. A version is written once; the same one again must say the same.
import { isDeepStrictEqual } from 'node:util'
import type { InferEntity, MikroORM, SqlEntityManager } from '@mikro-orm/postgresql'
import type { SelectionPolicy } from '../../machines/selection/types.ts'
import { PolicyChanged, PolicyVersionTaken } from '../policies/errors.ts'
import { isConfirmed, modesBefore, type ModeChange, type Plan, type Register, type RegisteredPolicy } from '../policies/plan.ts'
import { policyFileOf } from '../policies/policy-file.ts'
import { Policy, PolicyChange, PolicyRegister } from './entities/policy.ts'

/** Versions of one tenant. */
export const policiesMax = 1_000

export interface Signed {
  readonly at: Date
  readonly by: string
  readonly action: string
  readonly note?: string | undefined
  readonly forced?: boolean
  readonly estimate?: unknown
}

export type PolicyChangeRow = InferEntity<typeof PolicyChange>

/** A tenant whose policies nobody has touched has the built-in one, which its coordinator knows from its birth. */
export async function readRegister(orm: MikroORM, tenant: string, builtIn: SelectionPolicy): Promise<Register> {
  const em = orm.em.fork()
  const register = await em.findOne(PolicyRegister, { tenant })
  if (!register) return untouched(tenant, builtIn)
  const policies = await em.find(Policy, { tenant }, { orderBy: [{ createdAt: 'asc' }, { version: 'asc' }], limit: policiesMax })
  const { revision, confirmed, number } = register
  return { tenant, revision, confirmed, number, policies: policies.map(policyOf) }
}

/** The changes made last, the newest first. */
export function readChanges(orm: MikroORM, tenant: string, limit: number): Promise<readonly PolicyChangeRow[]> {
  return orm.em.fork().find(PolicyChange, { tenant }, { orderBy: { revision: 'desc' }, limit })
}

/** The modes as they were at the last revision that is confirmed, of the versions that were changed since. */
export async function readBefore(orm: MikroORM, { tenant, confirmed }: Register): Promise<readonly ModeChange[]> {
  const changes = await orm.em.fork().find(PolicyChange, { tenant, revision: { $gt: confirmed } }, { orderBy: { revision: 'asc' } })
  const before = new Map<string, ModeChange>()
  for (const change of changes.flatMap((row) => row.before as readonly ModeChange[]))
    // written by `writePlan` below
    if (!before.has(change.version)) before.set(change.version, change)
  return [...before.values()]
}

/** Writes a plan; the coordinator is yet to be told. Throws `PolicyChanged`. */
export function writePlan(orm: MikroORM, register: Register, plan: Plan, signed: Signed): Promise<Register> {
  const before = modesBefore(register, plan)
  return orm.em.fork().transactional(async (em) => {
    const revision = await takeRevision(em, register, signed.at) // G1
    for (const change of plan.changes) await setMode(em, register.tenant, change, signed.at)
    addChange(em, { register, revision, version: plan.version, before }, signed)
    await em.flush() // G2
    return readIn(em, register.tenant)
  })
}

/** Adds a version as a draft. False: it was there already and says the same. Throws `PolicyVersionTaken` and `PolicyChanged`. */
export async function addPolicy(orm: MikroORM, register: Register, policy: SelectionPolicy, signed: Signed): Promise<boolean> {
  const { tenant } = register
  const { version } = policy
  const config: unknown = policyFileOf(policy)
  const taken = register.policies.find((one) => one.version === version)
  if (taken) {
    if (isDeepStrictEqual(taken.config, config)) return false
    throw new PolicyVersionTaken(
      `adding policy ${version} to tenant ${tenant}: there is one of that version since ${taken.createdAt.toISOString()} that says something else; give this one another version`,
    ) // G3
  }
  await orm.em.fork().transactional(async (em) => {
    const revision = await takeRevision(em, register, signed.at)
    const { at, by, note } = signed
    em.create(Policy, { tenant, version, mode: 'draft', config, note: note ?? null, createdAt: at, createdBy: by, estimate: null })
    addChange(em, { register, revision, version, before: [] }, signed)
    if (isConfirmed(register)) await em.nativeUpdate(PolicyRegister, { tenant }, { confirmed: revision }) // nothing in force has changed
    await em.flush()
  })
  return true
}

/** Notes that the coordinator has this revision. */
export async function confirmRegister(orm: MikroORM, { tenant, revision, number }: Register): Promise<void> {
  await orm.em.fork().nativeUpdate(PolicyRegister, { tenant, revision, number }, { confirmed: revision })
}

export async function writeEstimate(orm: MikroORM, tenant: string, version: string, estimate: unknown): Promise<void> {
  await orm.em.fork().nativeUpdate(Policy, { tenant, version }, { estimate })
}

/** The next revision, for whoever still finds the one it knows; others wait here for the end of its transaction. */
async function takeRevision(em: SqlEntityManager, register: Register, at: Date): Promise<number> {
  const { tenant, revision, number, policies } = register
  if (revision === 0) {
    await em.upsert(PolicyRegister, { tenant, revision: 0, confirmed: 0, number: 0 }, { onConflictAction: 'ignore' })
    await em.upsertMany(
      Policy,
      policies.map(({ version, mode, config, note, createdAt, createdBy, activatedAt }) => ({
        tenant,
        version,
        mode,
        config,
        createdAt,
        createdBy,
        note: note ?? null,
        activatedAt: activatedAt ?? null,
      })),
      { onConflictAction: 'ignore' },
    )
  }
  const next = revision + 1
  const taken = await em.nativeUpdate(
    PolicyRegister,
    { tenant, revision, number },
    { revision: next, number: Math.max(number + 1, at.getTime()) },
  )
  if (taken === 1) return next
  throw new PolicyChanged(
    `changing the policies of tenant ${tenant}: they were changed by somebody else since revision ${revision} was read; look at them with \`troupe policy\` and try again`,
  )
}

async function setMode(em: SqlEntityManager, tenant: string, { version, mode, share }: ModeChange, at: Date): Promise<void> {
  await em.nativeUpdate(Policy, { tenant, version }, { mode, share: share ?? null, ...(mode === 'live' && { activatedAt: at }) })
}

interface Changed {
  readonly register: Register
  readonly revision: number
  readonly version: string
  readonly before: readonly ModeChange[]
}

function addChange(em: SqlEntityManager, { register: { tenant }, revision, version, before }: Changed, signed: Signed): void {
  const { at, by, action, note, forced = false, estimate } = signed
  em.create(PolicyChange, { tenant, revision, at, by, action, version, note: note ?? null, forced, estimate: estimate ?? null, before })
}

async function readIn(em: SqlEntityManager, tenant: string): Promise<Register> {
  em.clear() // what was loaded before is from before the updates
  const { revision, confirmed, number } = await em.findOneOrFail(PolicyRegister, { tenant })
  const policies = await em.find(Policy, { tenant }, { orderBy: [{ createdAt: 'asc' }, { version: 'asc' }], limit: policiesMax })
  return { tenant, revision, confirmed, number, policies: policies.map(policyOf) }
}

const policyOf = (row: InferEntity<typeof Policy>): RegisteredPolicy => ({
  version: row.version,
  mode: row.mode,
  share: typeof row.share === 'number' ? row.share : undefined,
  config: row.config,
  note: row.note ?? undefined,
  createdAt: row.createdAt,
  createdBy: row.createdBy,
  activatedAt: row.activatedAt ?? undefined,
  estimate: row.estimate ?? undefined,
})

function untouched(tenant: string, builtIn: SelectionPolicy): Register {
  const policy: RegisteredPolicy = {
    version: builtIn.version,
    mode: 'live',
    share: undefined,
    config: policyFileOf(builtIn),
    note: 'built in',
    createdAt: new Date(0),
    createdBy: 'troupe',
    activatedAt: new Date(0),
    estimate: undefined,
  }
  return { tenant, revision: 0, confirmed: 0, number: 0, policies: [policy] }
}
