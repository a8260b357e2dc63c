// Evaluation
// Evaluates a version of the registry on the decisions of the last days, and says whether that is enough to promote it.
import type { Database } from '../connect.ts'
import { loggedDecisions } from '../../history/read-logged-decisions.ts'
import { writeEstimate } from '../../history/policy-store.ts'
import { PolicyNotBetter, PolicyNotEvaluated, PolicyStepRefused } from '../../policies/errors.ts'
import { directValue, evaluatePolicy, type Estimated } from '../../policies/evaluate.ts'
import { policyIn, policyNamed, type Register } from '../../policies/plan.ts'
import { policyOf } from '../../policies/policy-file.ts'

const dayMs = 86_400_000
/** Decisions read at most, the latest ones; the older half of the time is learned from and not counted. */
export const decisionsMax = 20_000

/** What is kept with the version it is about. */
export interface Estimate extends Estimated {
  /** When it was made, and how many days it is about. */
  readonly at: string
  readonly days: number
  /** There were more decisions than are read: the earlier ones are missing. */
  readonly cut: boolean
  /** What it earned itself, where it did decide. */
  readonly direct?: { readonly decisions: number; readonly mean: number }
}

export interface EvaluationRequest {
  readonly register: Register
  readonly version: string
  readonly days: number
  readonly now: Date
}

/** Throws `PolicyNotEvaluated`, which says why there is no honest estimate. */
export async function evaluateVersion(database: Database, { register, version, days, now }: EvaluationRequest): Promise<Estimate> {
  const policy = policyOf(policyNamed(register, version))
  const live = policyIn(register, 'live')
  if (!live || live.version === version)
    throw new PolicyStepRefused(
      `policy ${version} of tenant ${register.tenant}: evaluate: it is the live one, with which others are compared`,
    )
  const from = new Date(now.getTime() - days * dayMs)
  const since = new Date(now.getTime() - 2 * days * dayMs)
  const log = await loggedDecisions(database, { tenant: register.tenant, since, limit: decisionsMax })
  const result = evaluatePolicy(log, { policy, live: live.version, from })
  if (!result.ok) {
    const left = leftOutText(result.leftOut)
    throw new PolicyNotEvaluated(
      `policy ${version} of tenant ${register.tenant}, last ${days} days: ${result.reason} (${result.code})${left === '' ? '' : `; left out were ${left}`}`,
    )
  }
  const { ok: _ok, ...estimated } = result
  const direct = directValue(log, version, from)
  const estimate: Estimate = { ...estimated, at: now.toISOString(), days, cut: log.length === decisionsMax, ...(direct && { direct }) }
  await writeEstimate(database, register.tenant, version, estimate)
  return estimate
}

/** Throws `PolicyNotBetter`: it may cost more than `margin` of reward, as far as is known. */
export function mustBeGood({ version, live, difference }: Estimate, margin: number): void {
  if (difference.low >= -margin) return
  throw new PolicyNotBetter(
    `policy ${version}: promote: compared with ${live} it earns ${signed(difference.mean)} (90 %: ${signed(difference.low)} to ${signed(difference.high)}), and no worse than ${signed(-margin)} is asked for; log for longer, or promote it with --force and a --note`,
  )
}

export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`

export const leftOutText = (leftOut: Estimated['leftOut']): string =>
  Object.entries(leftOut)
    .map(([why, count]) => `${count} (${why})`)
    .join(', ')
