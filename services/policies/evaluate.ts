// Evaluate
// What a policy would have earned on the decisions that the live one made: it is played again over the log, learning from the outcomes that the log has,
// and what it would have chosen is weighed by off-policy.ts. Pure. docs/policies.md says on what assumptions.
//
// W1. At a decision the policy knows the outcomes that were known then, and no other.
// W2. Only decisions of the live policy are counted, so its own value is the mean of what was earned, and the difference is taken decision by decision.
// W3. What is left out is counted by its reason.
import type { AgentCard, Candidate, Observation, SelectionPolicy, SelectionRequest } from '../../machines/selection/types.ts'
import { decide, emptyModel, learn, notice, type SelectionModel } from '../../machines/selection.ts'
import { offPolicyValue, type ErrorBar, type LoggedChoice, type OffPolicyRefusal } from '../../machines/selection/off-policy.ts'
import type { LoggedDecision, LoggedOutcome } from '../../actors/logged-decision.ts'

export interface EvaluationSpec {
  readonly policy: SelectionPolicy
  /** The version whose decisions are counted. */
  readonly live: string
  /** Decisions before it are learned from, but not counted. */
  readonly from: Date
}

export type LeftOut =
  | 'not of the live policy'
  | 'no outcome'
  | 'second choice of a team'
  | 'pinned by the caller'
  | 'nobody would have been chosen'

export interface Estimated {
  readonly version: string
  readonly live: string
  readonly decisions: number
  /** How many decisions of the policy the log is worth. */
  readonly effective: number
  readonly clipped: number
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>
  /** Mean rewards, and how much more or less the policy earns. */
  readonly value: ErrorBar
  readonly liveValue: ErrorBar
  readonly difference: ErrorBar
}

export type Evaluation =
  | ({ readonly ok: true } & Estimated)
  | { readonly ok: false; readonly code: OffPolicyRefusal; readonly reason: string; readonly leftOut: Estimated['leftOut'] }

/** `log`: in the order the decisions were made. */
export function evaluatePolicy(log: readonly LoggedDecision[], spec: EvaluationSpec): Evaluation {
  const { choices, leftOut } = replay(log, spec)
  const result = offPolicyValue(choices)
  if (!result.ok) return { ok: false, code: result.code, reason: result.reason, leftOut }
  const { decisions, effective, clipped, value, logged: liveValue, difference } = result
  return { ok: true, version: spec.policy.version, live: spec.live, decisions, effective, clipped, leftOut, value, liveValue, difference }
}

/** What a policy earned where it did decide: of a canary. Undefined below `directMin` decisions. */
export function directValue(
  log: readonly LoggedDecision[],
  version: string,
  from: Date,
): { readonly decisions: number; readonly mean: number } | undefined {
  const own = log.filter(({ policyVersion, madeAt, rank }) => policyVersion === version && madeAt >= from && rank === 1)
  const rewards = own.flatMap(({ outcome }) => (outcome ? [outcome.reward] : []))
  if (rewards.length < directMin) return undefined
  return { decisions: rewards.length, mean: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length }
}

const directMin = 30

interface Replayed {
  readonly choices: readonly LoggedChoice[]
  readonly leftOut: Estimated['leftOut']
}

/** What happens in the log, in its order; at one instant, what is decided comes before what is learned. */
type Happening = { readonly at: number; readonly decision: LoggedDecision } & (
  | { readonly kind: 'made' }
  | { readonly kind: 'settled'; readonly outcome: LoggedOutcome }
)

function replay(log: readonly LoggedDecision[], { policy, live, from }: EvaluationSpec): Replayed {
  const choices: LoggedChoice[] = []
  const leftOut: Partial<Record<LeftOut, number>> = {}
  /** By decision: what this policy predicted of the arm that was taken, until its outcome is known. */
  const predicted = new Map<string, Candidate>()
  let model = emptyModel()
  for (const happening of happenings(log)) {
    const { decision } = happening
    if (happening.kind === 'settled') {
      model = afterOutcome(model, observationOf(decision, happening.outcome, predicted.get(decision.id)), policy) // W1
      predicted.delete(decision.id)
      continue
    }
    const { candidates } = decide(model, cardsOf(decision), requestOf(decision), policy)
    const taken = candidates.find(({ arm }) => arm === decision.arm)
    if (taken) predicted.set(decision.id, taken)
    if (decision.madeAt < from) continue
    const choice = choiceOf(decision, candidates, live)
    if (typeof choice === 'string') leftOut[choice] = (leftOut[choice] ?? 0) + 1 // W3
    else choices.push(choice)
  }
  return { choices, leftOut }
}

function happenings(log: readonly LoggedDecision[]): readonly Happening[] {
  const made = log.map((decision): Happening => ({ kind: 'made', at: decision.madeAt.getTime(), decision }))
  const settled = log.flatMap((decision): Happening[] => {
    const { outcome } = decision
    return outcome ? [{ kind: 'settled', at: outcome.at.getTime(), decision, outcome }] : []
  })
  return [...made, ...settled].toSorted((one, other) => one.at - other.at) // stable: what was made stands first
}

/** As a coordinator's root learns from a batch, here of one. */
function afterOutcome(model: SelectionModel, observation: Observation, policy: SelectionPolicy): SelectionModel {
  return notice(learn(model, observation, policy), [observation], policy).model
}

function choiceOf(decision: LoggedDecision, candidates: readonly Candidate[], live: string): LoggedChoice | LeftOut {
  const { taskType, arm, propensity, outcome, policyVersion, rank, request } = decision
  if (policyVersion !== live) return 'not of the live policy' // W2
  if (rank !== 1) return 'second choice of a team'
  if (request.only !== undefined) return 'pinned by the caller'
  if (!outcome) return 'no outcome'
  const chances = candidates.flatMap((one) => (one.propensity === undefined ? [] : [[one.arm, one.propensity] as const]))
  if (chances.length === 0) return 'nobody would have been chosen'
  return { taskType, arm, propensity, reward: outcome.reward, target: Object.fromEntries(chances) }
}

/** The arms that could be chosen then: what excluded the others, such as an open circuit, excludes them for every policy. */
const cardsOf = ({ candidates, taskType }: LoggedDecision): readonly AgentCard[] =>
  candidates
    .filter(({ excluded }) => excluded === undefined)
    .map(({ agent, model }) => ({ agent, version: '1', ...(model !== undefined && { model }), taskTypes: [taskType], capabilities: [] }))

function requestOf({ taskType, features, request, madeAt, random = 0.5 }: LoggedDecision): SelectionRequest {
  const { deadlineMs, budgetUsd, weights, similar } = request
  return {
    taskType,
    needs: [],
    exclude: [],
    now: madeAt.getTime(),
    random,
    ...(features && { features }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(weights && { weights }),
    ...(similar && { similar }),
  }
}

/** What was predicted is this policy's own prediction, as it would have been if it had decided. */
function observationOf({ arm, taskType, features }: LoggedDecision, outcome: LoggedOutcome, expected: Candidate | undefined): Observation {
  const { reward, quality, costUsd, latencyMs, at } = outcome
  return {
    arm,
    taskType,
    success: reward,
    at: at.getTime(),
    ...(features && { features }),
    ...(quality !== undefined && { quality }),
    ...(costUsd !== undefined && { costUsd }),
    ...(latencyMs !== undefined && { latencyMs }),
    ...(expected && { predicted: expected.success.mean }),
    ...(expected?.raw !== undefined && { raw: expected.raw }),
  }
}
