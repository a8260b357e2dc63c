// Coordinator decisions
// What is asked becomes a request, what was decided becomes an answer, a fact and open decisions. Pure: choosing itself is selection.ts.
import type { AgentChoose, AgentPredict, Choice, CoordinatorAnswer, PredictionAnswer } from './coordinator-messages.ts'
import { hashOf } from './coordinator-shards.ts'
import type { CoordinatorContext, Policies } from './coordinator-record.ts'
import { withOpen, type Numbered, type OpenDecisions } from './coordinator-open.ts'
import { viewOf } from './coordinator-sharing.ts'
import { decide, predict } from './selection.ts'
import { own } from './selection/cells.ts'
import {
  type AgentCard,
  type Candidate,
  type Decision,
  type Estimate,
  type SelectionPolicy,
  type SelectionRequest,
} from './selection/types.ts'
import type { CandidatesFact, ChosenFact, CoordinatorFact } from './task-events.ts'

/** Candidates in a fact or an answer; of the rest there is a count. */
export const candidatesMax = 20

type Made = Extract<CoordinatorFact, { type: 'decision.made' }>

export interface Decided {
  readonly answer: CoordinatorAnswer
  /** Absent: nothing was chosen. */
  readonly made?: {
    readonly fact: Made
    readonly open: OpenDecisions
    readonly censored: readonly Numbered[]
    readonly chosen: readonly Candidate[]
  }
}

/** What of the turn a decision depends on. */
export interface Moment {
  readonly now: number
  readonly random: number
}

export function decideFor(context: CoordinatorContext, asked: AgentChoose, moment: Moment): Decided {
  const policy = policyFor(context.policies, asked.taskId)
  const request = requestOf(context, asked, moment)
  const { shadow } = context.policies
  const decision = decide(viewOf(context), cardsOf(context), request, shadow ? { ...policy, shadow } : policy)
  const { candidates, why, policyVersion, refusal = 'TR_AGENT_NONE' } = decision
  const { taskId } = asked
  if (decision.chosen.length === 0) return { answer: { type: 'agent.none', taskId, code: refusal, why, ...listed(candidates) } }
  const choices = decision.chosen.map((candidate, at) => choiceOf(context, candidate, idOf(context, context.counts.decided + at + 1)))
  const fact = factOf(context, { asked, request, decision, choices })
  const { open, censored } = opened(context, fact)
  return {
    answer: { type: 'agent.chosen', taskId, choices, why, policyVersion },
    made: { fact, open, censored, chosen: decision.chosen },
  }
}

export function predictFor(context: CoordinatorContext, asked: AgentPredict, moment: Moment): PredictionAnswer {
  const policy = context.policies.live
  const request = requestOf(context, asked, moment)
  const view = viewOf(context)
  const { refusal, why, candidates } = decide(view, cardsOf(context), request, policy)
  if (refusal !== undefined) return { ok: false, code: refusal, reason: why, ...listed(candidates) }
  return { ok: true, policyVersion: policy.version, ...listed(predict(view, cardsOf(context), request, policy)) }
}

/** The id of decision `n` of this life of the coordinator. */
export const idOf = ({ key, life }: Pick<CoordinatorContext, 'key' | 'life'>, n: number): string => `${key}-${life}-${n}`

/** The number of a decision of this life of this coordinator; undefined when it is none. */
export function numberOf({ key, life }: CoordinatorContext, decisionId: string): number | undefined {
  const prefix = `${key}-${life}-`
  if (!decisionId.startsWith(prefix)) return undefined
  const n = Number(decisionId.slice(prefix.length))
  return Number.isSafeInteger(n) && n > 0 && String(n) === decisionId.slice(prefix.length) ? n : undefined // written otherwise it would name no decision in the history
}

/** The canary gets its share of the tasks, always the same ones. */
export function policyFor({ live, canary }: Policies, taskId: string): SelectionPolicy {
  if (!canary) return live
  return hashOf(`${canary.policy.version}/${taskId}`) / 2 ** 32 < canary.share ? canary.policy : live
}

/** One list for one set of cards, so that whatever is worked out of it is worked out once. */
const lists = new WeakMap<CoordinatorContext['cards'], readonly AgentCard[]>()

export function cardsOf({ cards }: Pick<CoordinatorContext, 'cards'>): readonly AgentCard[] {
  let list = lists.get(cards)
  if (!list) lists.set(cards, (list = Object.values(cards).map(({ card }) => card)))
  return list
}

function requestOf(context: CoordinatorContext, asked: AgentChoose | AgentPredict, { now, random }: Moment): SelectionRequest {
  const { taskType, needs = [], exclude = [], only, features, deadlineMs, budgetUsd, weights } = asked
  const { similar, count } = asked.type === 'agent.choose' ? asked : {}
  const open = blockedOf(context, now)
  return {
    taskType,
    needs,
    exclude,
    now,
    random,
    ...(only !== undefined && { only }),
    ...(features && { features }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(weights && { weights }),
    ...(similar && { similar }),
    ...(count !== undefined && { count }),
    ...(open && { open }),
  }
}

/** What is half-open is tried again as soon as somebody has leave to. */
const probeSoonMs = 1_000

/** Circuits that are not closed, but for the one of which this coordinator may make the probe. */
function blockedOf({ blocked, probes }: CoordinatorContext, now: number): SelectionRequest['open'] {
  const names = Object.keys(blocked)
  if (names.length === 0) return undefined
  return Object.fromEntries(
    names.filter((name) => (own(probes, name) ?? 0) <= now).map((name) => [name, Math.max(own(blocked, name) ?? 0, now + probeSoonMs)]),
  )
}

function choiceOf({ cards }: CoordinatorContext, candidate: Candidate, decisionId: string): Choice {
  const { agent, model, success, quality, costUsd, latencyMs, propensity = 1 } = candidate
  const program = cards[candidate.arm]?.program
  return {
    decisionId,
    agent,
    ...(model !== undefined && { model }),
    ...(program && { program }),
    predicted: {
      success: estimateOf(success),
      ...(quality && { quality: estimateOf(quality) }),
      ...(costUsd && { costUsd: estimateOf(costUsd) }),
      ...(latencyMs && { latencyMs: estimateOf(latencyMs) }),
    },
    propensity,
  }
}

interface Making {
  readonly asked: AgentChoose
  readonly request: SelectionRequest
  readonly decision: Decision
  readonly choices: readonly Choice[]
}

function factOf({ key }: CoordinatorContext, { asked, request, decision, choices }: Making): Made {
  const { candidates, chosen, policyVersion, shadow, why } = decision
  const wishes = wishesOf(asked)
  const shown = shownOf(candidates, chosen)
  const others = candidates.length > shown.length ? othersOf(candidates, new Set(shown)) : undefined
  return {
    type: 'decision.made',
    shard: key,
    taskId: asked.taskId,
    taskType: asked.taskType,
    ...(asked.features && { features: asked.features }),
    ...(wishes && { request: wishes }),
    candidates: candidatesFact(shown),
    ...(others && { others }),
    chosen: choices.map(({ decisionId, propensity, predicted }, at): ChosenFact => ({
      decisionId,
      arm: chosen[at]?.arm ?? '',
      propensity,
      predicted: predicted.success.mean,
      ...rawOf(chosen[at]),
    })),
    policyVersion,
    ...(shadow !== undefined && { shadow }),
    random: request.random,
    at: request.now,
    why,
  }
}

const rawOf = (candidate: Candidate | undefined): { readonly raw?: number } =>
  candidate?.raw === undefined ? {} : { raw: rounded(candidate.raw) }

function wishesOf({ needs, exclude, only, deadlineMs, budgetUsd, weights, similar, count }: AgentChoose): Made['request'] {
  const wishes = {
    ...(needs?.length && { needs }),
    ...(exclude?.length && { exclude }),
    ...(only !== undefined && { only }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(weights && { weights }),
    ...(similar && { similar }),
    ...(count !== undefined && { count }),
  }
  return Object.keys(wishes).length > 0 ? wishes : undefined
}

/** Those that were chosen, then the best scores, then the excluded: as they came when all of them fit. */
function shownOf(candidates: readonly Candidate[], chosen: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length <= candidatesMax) return candidates
  const taken = new Set(chosen.map(({ arm }) => arm))
  const rank = (candidate: Candidate): number => (taken.has(candidate.arm) ? Infinity : (candidate.sample ?? -Infinity))
  return candidates.toSorted((one, other) => (rank(one) === rank(other) ? 0 : rank(other) - rank(one))).slice(0, candidatesMax)
}

const reasonsMax = 10

/** Reasons may name figures, so there may be many: of those beyond `reasonsMax` it is only counted how many arms they excluded. */
function othersOf(candidates: readonly Candidate[], shown: ReadonlySet<Candidate>): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const candidate of candidates) {
    if (shown.has(candidate)) continue
    const reason = candidate.excluded ?? 'eligible'
    const why = counts.has(reason) || counts.size < reasonsMax ? reason : 'other reasons'
    counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}

function listed(candidates: readonly Candidate[]): { readonly candidates: readonly Candidate[]; readonly more?: number } {
  const more = candidates.length - candidatesMax
  return { candidates: candidates.slice(0, candidatesMax), ...(more > 0 && { more }) }
}

function opened(context: CoordinatorContext, { chosen, taskId, taskType, features, at }: Made) {
  let { open } = context
  const censored: Numbered[] = []
  chosen.forEach(({ arm, predicted, raw }, place) => {
    const decision = { taskId, taskType, arm, predicted, ...(raw !== undefined && { raw }), at, ...(features && { features }) }
    const added = withOpen(open, { n: context.counts.decided + place + 1, decision })
    open = added.open
    censored.push(...added.censored)
  })
  return { open, censored }
}

function candidatesFact(shown: readonly Candidate[]): CandidatesFact {
  const excluded = shown.flatMap(({ arm, excluded: why }) => (why === undefined ? [] : [[arm, why] as const]))
  const quality = column(shown, (one) => one.quality)
  const costUsd = column(shown, (one) => one.costUsd)
  const latencyMs = column(shown, (one) => one.latencyMs)
  return {
    arms: shown.map(({ arm }) => arm),
    trials: shown.map(({ trials }) => rounded(trials)),
    success: shown.flatMap(({ success: { mean, low, high } }) => [rounded(mean), rounded(low), rounded(high)]),
    ...(quality && { quality }),
    ...(costUsd && { costUsd }),
    ...(latencyMs && { latencyMs }),
    samples: shown.map(({ sample }) => (sample === undefined ? null : rounded(sample))),
    propensities: shown.map(({ propensity }) => (propensity === undefined ? null : rounded(propensity))),
    ...(excluded.length > 0 && { excluded: Object.fromEntries(excluded) }),
  }
}

/** Three figures an arm; undefined when there is no estimate of any. */
function column(shown: readonly Candidate[], of: (one: Candidate) => Estimate | undefined): readonly (number | null)[] | undefined {
  const figures: (number | null)[] = []
  let isEmpty = true
  for (const one of shown) {
    const estimate = of(one)
    if (estimate) figures.push(rounded(estimate.mean), rounded(estimate.low), rounded(estimate.high))
    else figures.push(null, null, null)
    isEmpty &&= estimate === undefined
  }
  return isEmpty ? undefined : figures
}

const estimateOf = ({ mean, low, high }: Estimate): Estimate => ({ mean: rounded(mean), low: rounded(low), high: rounded(high) })

const scales = [1e4, 1e3, 1e2, 1e1] as const

/** To four digits, and no finer than 1e-7. By arithmetic: there are a hundred figures in a decision, and making their text would take as long as deciding. */
export function rounded(value: number): number {
  const size = Math.abs(value)
  if (!(size < 1_000)) return Math.round(value)
  if (size < 1e-3) return Math.round(value * 1e7) / 1e7
  if (size < 0.1) return Math.round(value * 1e5) / 1e5
  const scale = scales[size < 1 ? 0 : size < 10 ? 1 : size < 100 ? 2 : 3] ?? 1
  return Math.round(value * scale) / scale
}
