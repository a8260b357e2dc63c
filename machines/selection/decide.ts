// Decide
// Which agent does a task: constraints first, then the beliefs of hierarchy.ts (or LinUCB's bounds), then one draw. Pure: time and chance come with the request.
//
// P1. An arm that does not meet every constraint is never chosen, and says which one removed it.
// P2. The same model, cards, request and policy give the same decision, in whatever order the cards are.
// P3. A candidate's propensity is the probability with which it was drawn (chances.ts), given all that the decision knew.
import { chancesOf, drawFrom, type Chances, type Contender } from './chances.ts'
import { generator } from './distributions.ts'
import { exclusionOf, limitOf } from './eligibility.ts'
import { amountEstimate, qualityEstimate, successEstimate } from './estimates.ts'
import { requestFaults } from './faults.ts'
import { beliefsOf, readingOf, type Beliefs, type Reading } from './hierarchy.ts'
import { linearBelief } from './linucb.ts'
import type { SelectionModel } from './model.ts'
import { measuredScore, ratesOf, scoreOf, type Rates } from './score.ts'
import { armOf, type AgentCard, type ArmId, type Candidate, type Decision, type SelectionPolicy, type SelectionRequest } from './types.ts'
import { whyChosen, whyNone } from './why.ts'

/** A policy, and one that only says what it would have done. */
export type Policies = SelectionPolicy & { readonly shadow?: SelectionPolicy }

/** `cards`: keep the array while the cards are the same, it is prepared once. */
export function decide(model: SelectionModel, cards: readonly AgentCard[], request: SelectionRequest, policy: Policies): Decision {
  const faults = requestFaults(request, policy)
  if (faults.length > 0)
    return refused('TR_REQUEST_INVALID', `the request cannot be decided: ${faults.join('; ')}`, { candidates: [], policy })
  const seen = see(model, cards, request, policy)
  const eligible = seen.filter(({ excluded }) => excluded === undefined)
  if (eligible.length === 0) return none(seen, model, request, policy)
  const chances = chancesFor(eligible, model, request, policy)
  const draw = drawFrom(chances, { explore: policy.explore, ranks: (request.count ?? 1) > 1 }, generator(request.random))
  const drawn = eligible.map((one, index) =>
    candidateOf(one, model, { sample: draw.samples[index] ?? 0, propensity: chances.propensities[index] ?? 0 }),
  )
  const chosen = distinct(draw.order, drawn, request.count ?? 1)
  const isPinned = policy.mode.kind === 'pinned' && chosen[0] !== undefined && isNamed(chosen[0], policy.mode.arm)
  const candidates = seen.length === eligible.length ? drawn : withExcluded(seen, drawn, model)
  const shadow =
    policy.shadow && decide(model, cards, { ...request, count: 1 }, { ...policy.shadow, version: policy.shadow.version }).chosen[0]
  return {
    candidates,
    chosen,
    why: chosen[0] ? whyChosen(chosen[0], { explored: draw.explored, isPinned, eligible: drawn }) : '',
    policyVersion: policy.version,
    ...(shadow && { shadow: shadow.arm }),
  }
}

/** What every arm is expected to do, the best first and the excluded ones last; nothing is drawn. A request with faults has no candidates. */
export function predict(
  model: SelectionModel,
  cards: readonly AgentCard[],
  request: SelectionRequest,
  policy: SelectionPolicy,
): readonly Candidate[] {
  if (requestFaults(request, policy).length > 0) return []
  const seen = see(model, cards, request, policy)
  const eligible = seen.filter(({ excluded }) => excluded === undefined)
  const chances = eligible.length > 0 ? chancesFor(eligible, model, request, policy) : undefined
  const places = eligible.map((_, index) => index)
  const best = places.toSorted((one, other) => (chances?.scores[other]?.mean ?? 0) - (chances?.scores[one]?.mean ?? 0))
  const ordered = best.flatMap((place) => {
    const one = eligible[place]
    return one ? [candidateOf(one, model, { propensity: chances?.propensities[place] ?? 0 })] : []
  })
  return [...ordered, ...seen.filter(({ excluded }) => excluded !== undefined).map((one) => candidateOf(one, model))]
}

/** One arm as it stands before anything is drawn. */
interface Seen {
  readonly arm: ArmId
  readonly card: AgentCard
  readonly beliefs: Beliefs
  readonly excluded: string | undefined
  readonly reading: Reading
}

function see(model: SelectionModel, cards: readonly AgentCard[], request: SelectionRequest, policy: SelectionPolicy): readonly Seen[] {
  const reading = readingOf(model, request, policy)
  return armsOf(cards).map(({ arm, card }) => {
    const beliefs = beliefsOf(reading, card, arm)
    return { arm, card, beliefs, excluded: exclusionOf(card, arm, request) ?? limitOf(card, arm, request, beliefs), reading }
  })
}

interface Arm {
  readonly arm: ArmId
  readonly card: AgentCard
}

const prepared = new WeakMap<readonly AgentCard[], readonly Arm[]>()

/** P2: by name; of two cards of one arm the later counts. */
function armsOf(cards: readonly AgentCard[]): readonly Arm[] {
  const cached = prepared.get(cards)
  if (cached) return cached
  const byArm = new Map(cards.map((card) => [armOf(card), card]))
  const arms = Array.from(byArm, ([arm, card]) => ({ arm, card })).toSorted((one, other) => (one.arm < other.arm ? -1 : 1))
  prepared.set(cards, arms)
  return arms
}

function chancesFor(eligible: readonly Seen[], model: SelectionModel, request: SelectionRequest, policy: SelectionPolicy): Chances {
  const rates = ratesOf(model, request, policy)
  return chancesOf(
    eligible.map((one) => contenderOf(one, rates, policy)),
    policy,
  )
}

function contenderOf({ arm, card, beliefs, reading }: Seen, rates: Rates, policy: SelectionPolicy): Contender {
  const score = scoreOf(beliefs, rates)
  const { mode, alpha } = policy
  const isPinned = mode.kind === 'pinned' && isNamed({ arm, agent: card.agent }, mode.arm)
  if (mode.kind !== 'linucb') return { score, armTrials: beliefs.armTrials, isPinned, bound: score.mean }
  const linear = linearBelief(reading, arm)
  const bound = rates.weights.success * (linear.mean + alpha * linear.width) + measuredScore(beliefs, rates).mean
  return { score: { mean: bound, deviation: score.deviation }, armTrials: beliefs.armTrials, isPinned, bound }
}

const isNamed = ({ arm, agent }: Pick<Candidate, 'arm' | 'agent'>, name: string): boolean => arm === name || agent === name

type Draft<Value> = { -readonly [Field in keyof Value]: Value[Field] }

/** What was drawn for an eligible arm, and how likely it was to be taken (P3). */
interface Drawn {
  readonly sample?: number
  readonly propensity: number
}

/** Written field by field: it is made for each arm of each decision, and spreads would cost as much as all the rest. */
function candidateOf({ arm, card, beliefs, excluded }: Seen, { calibration }: SelectionModel, drawn?: Drawn): Candidate {
  const { success, quality, cost, latency } = beliefs
  const candidate: Draft<Candidate> = {
    arm,
    agent: card.agent,
    trials: beliefs.trials,
    success: successEstimate(success, calibration),
    raw: success.mean,
  }
  if (card.model !== undefined) candidate.model = card.model
  if (quality) candidate.quality = qualityEstimate(quality)
  if (cost) candidate.costUsd = amountEstimate(cost)
  if (latency) candidate.latencyMs = amountEstimate(latency)
  if (drawn?.sample !== undefined) candidate.sample = drawn.sample
  if (drawn) candidate.propensity = drawn.propensity
  if (excluded !== undefined) candidate.excluded = excluded
  return candidate
}

/** As many different agents as asked for, where there are so many. */
function distinct(order: readonly number[], drawn: readonly Candidate[], count: number): readonly Candidate[] {
  const chosen: Candidate[] = []
  for (const place of order) {
    const one = drawn[place]
    if (one && !chosen.some(({ agent }) => agent === one.agent)) chosen.push(one)
    if (chosen.length === count) break
  }
  return chosen
}

/** Every arm in its place, those that were excluded without a sample (P1). */
function withExcluded(seen: readonly Seen[], drawn: readonly Candidate[], model: SelectionModel): readonly Candidate[] {
  let next = 0
  return seen.map((one) => (one.excluded === undefined ? (drawn[next++] ?? candidateOf(one, model)) : candidateOf(one, model)))
}

function none(seen: readonly Seen[], model: SelectionModel, request: SelectionRequest, policy: SelectionPolicy): Decision {
  const candidates = seen.map((one) => candidateOf(one, model))
  if (seen.length > 0 && !seen.some(({ card }) => card.taskTypes.includes(request.taskType)))
    return refused('TR_TASK_TYPE_UNKNOWN', `no agent does ${request.taskType} tasks`, { candidates, policy })
  if (request.budgetUsd === 0) return refused('TR_BUDGET_ZERO', 'the budget is 0, and no eligible agent is free', { candidates, policy })
  return refused('TR_AGENT_NONE', whyNone(request, candidates), { candidates, policy })
}

const refused = (
  refusal: NonNullable<Decision['refusal']>,
  why: string,
  { candidates, policy }: { readonly candidates: readonly Candidate[]; readonly policy: SelectionPolicy },
): Decision => ({ candidates, chosen: [], refusal, why, policyVersion: policy.version })
