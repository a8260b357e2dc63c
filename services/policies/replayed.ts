// Replayed
// A logged decision beside what another policy would have made of it, and how far a replay can be trusted: that of its own policy is compared with the log.
import type { LoggedDecision } from '../../actors/logged-decision.ts'
import { replayDecision, replayError, type Replay } from '../../machines/selection.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'
import { DecisionNotReplayable } from './errors.ts'
import { inlinePolicy, policyOf } from './policy-file.ts'
import { policyNamed, type Register } from './plan.ts'

export interface Replayed {
  readonly replay: Extract<Replay, { ok: true }>
  /** Whether the arm that was taken would have been taken, at its rank. */
  readonly agrees: boolean
  /** The arm at that rank; undefined: fewer would have been chosen. */
  readonly arm: string | undefined
  /** Of a replay with the policy of then: the largest difference to a logged propensity. Undefined: that policy is not registered. */
  readonly error: number | undefined
}

/** Throws `DecisionNotReplayable`. */
export function replayed(decision: LoggedDecision, policy: SelectionPolicy, register: Register): Replayed {
  const replay = replayDecision(decision, policy)
  if (!replay.ok)
    throw new DecisionNotReplayable(
      `replaying decision ${decision.id} of tenant ${decision.tenant} with policy ${policy.version}: ${replay.reason}`,
    )
  const arm = replay.chosen[decision.rank - 1]
  const own = register.policies.find(({ version }) => version === decision.policyVersion)
  return { replay, arm, agrees: arm === decision.arm, error: own && replayError(decision, replayDecision(decision, policyOf(own))) }
}

/** A version of the registry, or the fields of a policy of its own. Throws `PolicyUnknown` and `PolicyInvalid`. */
export function policyGiven(register: Register, given: string | Readonly<Record<string, unknown>>): SelectionPolicy {
  return typeof given === 'string' ? policyOf(policyNamed(register, given)) : inlinePolicy(given)
}
