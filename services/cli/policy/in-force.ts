// In force
// Brings a change of policies from the registry to the coordinator, whose word is what counts, and back: registry, coordinator, confirmed.
//
// U1. The registry is written first, so a change that nobody finished is seen; it is confirmed last, so what is confirmed is in force.
// U2. The coordinator applies a revision once, and none that is older than one it has: revisions have growing numbers, which their messages carry (`once`).
// U3. A change begins by finishing the one before it, whoever left it.
// U4. What the coordinator refuses is taken back in the registry.
import type { ActorEvent, TroupeClient } from '../../../client/index.ts'
import { coordinatorKey, coordinatorType, type CoordinatorReply, type PolicySet } from '../../../machines/coordinator-messages.ts'
import type { SelectionPolicy } from '../../../machines/selection/types.ts'
import { confirmRegister, readBefore, readRegister, writePlan, type Signed } from '../../history/policy-store.ts'
import { PolicyNotConfirmed, PolicyRefused } from '../../policies/errors.ts'
import { isConfirmed, planBack, planStep, policyIn, type PolicyStep, type Register, type RegisteredPolicy } from '../../policies/plan.ts'
import { policyFileOf, policyOf } from '../../policies/policy-file.ts'
import type { Database } from '../connect.ts'

/** Who is told which policies are in force. Rejects when it is not known whether it was heard. */
export interface PolicyHolder {
  set(policies: PolicySet, once: { readonly producer: string; readonly seq: number }): Promise<CoordinatorReply>
}

const setDeadlineMs = 10_000

export const coordinatorOf = (client: TroupeClient, tenant: string): PolicyHolder => ({
  set: (policies, once) =>
    client.ask<CoordinatorReply>({ tenant, type: coordinatorType, key: coordinatorKey }, onWire(policies), {
      once,
      deadlineMs: setDeadlineMs,
    }),
})

/** In the form of files: what has no value is null there, and would be missing, which is its default, as a value of JSON. */
export const onWire = ({ type, live, canary, shadow }: PolicySet): ActorEvent => ({
  type,
  live: policyFileOf(live),
  ...(canary && { canary: { policy: policyFileOf(canary.policy), share: canary.share } }),
  ...(shadow && { shadow: policyFileOf(shadow) }),
})

export interface Office {
  readonly database: Database
  readonly holder: PolicyHolder
  readonly tenant: string
  readonly builtIn: SelectionPolicy
}

/** Takes a step. Throws what `planStep` throws, `PolicyChanged`, `PolicyRefused` and `PolicyNotConfirmed`. */
export async function takeStep(office: Office, step: PolicyStep, signed: Signed): Promise<Register> {
  const register = await finish(office, signed) // U3
  const planned = planStep(register, step)
  return tell(office, await writePlan(office.database, register, planned, signed), signed) // U1
}

/** Finishes a change that was not confirmed; `anew` tells the coordinator again even what it has confirmed, for one that has lost it. */
export async function finish(office: Office, signed: Signed, anew = false): Promise<Register> {
  const register = await readRegister(office.database, office.tenant, office.builtIn)
  if (anew) return again(office, register, signed)
  return isConfirmed(register) ? register : tell(office, register, signed)
}

async function tell(office: Office, register: Register, signed: Signed): Promise<Register> {
  const reply = await asked(office, register)
  if (!reply.ok) return takeBack(office, register, { signed, refusal: `${reply.code}: ${reply.reason}` })
  await confirmRegister(office.database, register)
  return { ...register, confirmed: register.revision }
}

/** The same policies as a revision of their own. */
async function again(office: Office, register: Register, signed: Signed): Promise<Register> {
  const plan = { version: policyIn(register, 'live')?.version ?? '', changes: [] }
  return tell(office, await writePlan(office.database, register, plan, { ...signed, action: 'confirm' }), signed)
}

const producer = 'policies'

async function asked({ holder, tenant }: Office, register: Register): Promise<CoordinatorReply> {
  try {
    return await holder.set(policySetOf(register), { producer, seq: register.number }) // U2
  } catch (cause) {
    throw new PolicyNotConfirmed(
      `policies of tenant ${tenant}: revision ${register.revision} is written, but its coordinator did not say that it has it (${cause instanceof Error ? cause.message : String(cause)}); the next change, or \`troupe policy confirm\`, finishes it`,
      { cause },
    )
  }
}

/** U4. */
async function takeBack(
  office: Office,
  register: Register,
  { signed, refusal }: { readonly signed: Signed; readonly refusal: string },
): Promise<never> {
  const { database, tenant } = office
  const live = policyIn(register, 'live')?.version ?? ''
  const back = planBack(await readBefore(database, register), live)
  const written = await writePlan(database, register, back, { ...signed, action: 'refused', note: refusal })
  await confirmRegister(database, written)
  throw new PolicyRefused(
    `policies of tenant ${tenant}: the coordinator refused revision ${register.revision}, which is taken back: ${refusal}`,
  )
}

/** Throws `PolicyInvalid` when a version in the registry can no longer be read. */
export function policySetOf(register: Register): PolicySet {
  const [live, canary, shadow] = (['live', 'canary', 'shadow'] as const).map((mode) => policyIn(register, mode))
  return {
    type: 'policy.set',
    live: policyOf(live ?? nobody(register)),
    ...(canary && { canary: { policy: policyOf(canary), share: canary.share ?? 0 } }),
    ...(shadow && { shadow: policyOf(shadow) }),
  }
}

function nobody({ tenant }: Register): RegisteredPolicy {
  throw new PolicyRefused(`policies of tenant ${tenant}: the registry has no live version; promote one`)
}
