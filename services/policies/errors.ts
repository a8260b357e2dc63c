// Errors of the policy registry: what the person who changes policies can mend.
import { TroupeError } from '../../runtime/errors.ts'

/** A policy file is of a format that this build does not read. */
export class PolicyFormatUnknown extends TroupeError {
  readonly code = 'TR_POLICY_FORMAT_UNKNOWN'
  readonly retryable = false
}

/** A policy file is no JSON, names no version, or has fields that make no sense. */
export class PolicyInvalid extends TroupeError {
  readonly code = 'TR_POLICY_INVALID'
  readonly retryable = false
}

/** The registry has no such version. */
export class PolicyUnknown extends TroupeError {
  readonly code = 'TR_POLICY_UNKNOWN'
  readonly retryable = false
}

/** The version is there already, with other content: what a version says never changes. */
export class PolicyVersionTaken extends TroupeError {
  readonly code = 'TR_POLICY_VERSION_TAKEN'
  readonly retryable = false
}

/** Somebody else has changed the policies meanwhile. */
export class PolicyChanged extends TroupeError {
  readonly code = 'TR_POLICY_CHANGED'
  readonly retryable = true
}

/** The policies as they are do not allow this step. */
export class PolicyStepRefused extends TroupeError {
  readonly code = 'TR_POLICY_STEP_REFUSED'
  readonly retryable = false
}

/** The registry holds the change, but the coordinator did not say that it has it. */
export class PolicyNotConfirmed extends TroupeError {
  readonly code = 'TR_POLICY_NOT_CONFIRMED'
  readonly retryable = true
}

/** The coordinator refused the policies; the registry was put back. */
export class PolicyRefused extends TroupeError {
  readonly code = 'TR_POLICY_REFUSED'
  readonly retryable = false
}

/** The logged decisions say nothing sure about this policy. */
export class PolicyNotEvaluated extends TroupeError {
  readonly code = 'TR_POLICY_NOT_EVALUATED'
  readonly retryable = true
}

/** The estimate does not show that the policy is at least as good as the live one. */
export class PolicyNotBetter extends TroupeError {
  readonly code = 'TR_POLICY_NOT_BETTER'
  readonly retryable = false
}

/** The log does not hold what a replay of this decision with that policy needs. */
export class DecisionNotReplayable extends TroupeError {
  readonly code = 'TR_DECISION_NOT_REPLAYABLE'
  readonly retryable = false
}
