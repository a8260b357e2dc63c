// Policy file
// A policy as a file says it, and as the registry keeps it: read by the learner's own check, which names every fault.
import { readFile } from 'node:fs/promises'
import type { SelectionPolicy } from '../../machines/selection/types.ts'
import { readPolicy } from '../../machines/selection.ts'
import { PolicyFormatUnknown, PolicyInvalid } from './errors.ts'
import type { RegisteredPolicy } from './plan.ts'

const bytesMax = 64 * 1024

/** Throws `PolicyInvalid` and `PolicyFormatUnknown`. */
export async function readPolicyFile(file: string): Promise<SelectionPolicy> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolicyInvalid(`reading the policy ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  })
  if (text.length > bytesMax)
    throw new PolicyInvalid(`reading the policy ${file}: it has ${text.length} characters, the limit is ${bytesMax}`)
  const value = parseJson(file, text)
  const policy = parsed(value, `reading the policy ${file}`)
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'version')) return policy
  throw new PolicyInvalid(`reading the policy ${file}: it has no 'version'; give it a name of its own, by which it is known from now on`)
}

/** A version as it is in the registry. Throws `PolicyInvalid`. */
export const policyOf = ({ version, config }: RegisteredPolicy): SelectionPolicy =>
  parsed(config, `reading policy ${version} of the registry`)

const inlineVersion = 'inline'

/** A policy that nobody registered: what it does not say has its default. Throws `PolicyInvalid` and `PolicyFormatUnknown`. */
export const inlinePolicy = (given: Readonly<Record<string, unknown>>): SelectionPolicy =>
  parsed({ format: 1, version: inlineVersion, ...given }, 'reading the policy that was given')

/** What `readPolicy` reads back as the same policy: where a field has no value, its absence would be its default. */
export const policyFileOf = (policy: SelectionPolicy): Readonly<Record<string, unknown>> => ({
  format: 1,
  ...policy,
  halfLifeMs: policy.halfLifeMs ?? null,
  paceUsd: policy.paceUsd ?? null,
})

function parsed(value: unknown, doing: string): SelectionPolicy {
  const read = readPolicy(value)
  if (read.ok) return read.policy
  const found = `${doing}: ${read.faults.join('; ')}`
  throw read.code === 'TR_POLICY_FORMAT_UNKNOWN' ? new PolicyFormatUnknown(found) : new PolicyInvalid(found)
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PolicyInvalid(`reading the policy ${file}: it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    })
  }
}
