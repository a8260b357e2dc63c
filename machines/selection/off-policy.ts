// Off-policy evaluation
// What another policy would have earned on logged decisions, with its error: an estimate, made without running it. docs/selection.md, "Off-policy evaluation", says on what assumptions.
// Sources: IPS, D. Horvitz and D. Thompson 1952; SNIPS, A. Swaminathan and T. Joachims 2015; doubly robust, M. Dudik, J. Langford and L. Li 2011;
// cross-fitting, V. Chernozhukov et al. 2018; effective sample size, A. Kong 1992.
//
// O1. An estimate rests on the propensities as they were logged: where one is missing, 0 or above 1 there is no estimate.
// O2. What cannot be estimated is refused with a code, never returned as a number: replay, too little overlap, bad input.
// O3. No decision is weighed by its own outcome: the cell means that correct decision i come from the folds without i.
import type { TaskType } from '../task-events.ts'
import type { ArmId } from './types.ts'

/** One decision whose outcome is known. Censored and withdrawn decisions are left out: the page says what that assumes. */
export interface LoggedChoice {
  readonly taskType: TaskType
  /** The arm that was chosen first. */
  readonly arm: ArmId
  /** The probability with which the logging policy chose it; undefined: nobody logged it, and the evaluation is refused. */
  readonly propensity: number | undefined
  /** 0 to 1. */
  readonly reward: number
  /** With which probability the policy in question would have chosen each arm here; an arm that is absent has 0, together they are 1. */
  readonly target: Readonly<Record<ArmId, number>>
}

/** `ips` is there to be compared with, `replay` to be refused. */
export type OffPolicyMethod = 'doubly-robust' | 'snips' | 'ips' | 'replay'

export interface OffPolicyOptions {
  readonly method?: OffPolicyMethod
  /** An importance weight above it counts as this much: less variance, some bias towards the cell means (towards 0 for `ips`). */
  readonly weightMax?: number
  /** Fewer effective decisions than this are refused. */
  readonly effectiveMin?: number
  /** A larger share of clipped weight than this is refused. */
  readonly clippedMax?: number
}

/** A mean, its standard error, and the middle 90 % of what it may be. */
export interface ErrorBar {
  readonly mean: number
  readonly error: number
  readonly low: number
  readonly high: number
}

export const offPolicyRefusals = [
  'TR_OFF_POLICY_REPLAY',
  'TR_OFF_POLICY_INVALID',
  'TR_OFF_POLICY_PROPENSITY',
  'TR_OFF_POLICY_OVERLAP',
] as const
export type OffPolicyRefusal = (typeof offPolicyRefusals)[number]

export interface OffPolicyValue {
  readonly ok: true
  readonly method: OffPolicyMethod
  readonly decisions: number
  /** How many decisions of the policy in question the log is worth. */
  readonly effective: number
  /** The share of what the policy in question would do that stood behind weights that were clipped. */
  readonly clipped: number
  /** The mean reward of the policy in question. */
  readonly value: ErrorBar
  /** The mean reward as it was logged. */
  readonly logged: ErrorBar
  /** `value` less `logged`, decision by decision: narrower than the two bars beside each other. */
  readonly difference: ErrorBar
}

export type OffPolicyResult = OffPolicyValue | { readonly ok: false; readonly code: OffPolicyRefusal; readonly reason: string }

export const offPolicyLimits = { decisionsMax: 1_000_000, weightMax: 50, effectiveMin: 100, clippedMax: 0.2 } as const

/** The mean reward of the policy whose probabilities the log carries as `target`. */
export function offPolicyValue(log: readonly LoggedChoice[], options: OffPolicyOptions = {}): OffPolicyResult {
  const { method = 'doubly-robust', weightMax = offPolicyLimits.weightMax } = options
  if (method === 'replay') return refusal('TR_OFF_POLICY_REPLAY', replayReason) // O2
  const checked = checkedChoices(log)
  if (!checked.ok) return checked
  const { choices } = checked
  const overlap = overlapFault(choices, { ...offPolicyLimits, ...options })
  if (overlap !== undefined) return refusal('TR_OFF_POLICY_OVERLAP', `evaluating a policy: ${overlap}`)
  const rewards = choices.map(({ reward }) => reward)
  const scores = scoresOf[method](choices, weightMax)
  return {
    ok: true,
    method,
    decisions: choices.length,
    effective: effectiveOf(choices),
    clipped: clippedOf(choices, weightMax),
    value: errorBar(scores, 0, 1),
    logged: errorBar(rewards, 0, 1),
    difference: errorBar(
      scores.map((score, index) => score - (rewards[index] ?? 0)),
      -1,
      1,
    ),
  }
}

const replayReason =
  'replay keeps only the decisions in which both policies agree: its estimate is biased wherever the logging policy learns or does not choose uniformly. Use doubly-robust or snips'

const refusal = (code: OffPolicyRefusal, reason: string) => ({ ok: false, code, reason }) as const

/** A checked decision with its importance weight: the target's probability over the logged one. */
interface Weighed extends LoggedChoice {
  readonly weight: number
}

type Checked = { readonly ok: true; readonly choices: readonly Weighed[] } | Extract<OffPolicyResult, { ok: false }>

function checkedChoices(log: readonly LoggedChoice[]): Checked {
  if (log.length < 2) return refusal('TR_OFF_POLICY_INVALID', `evaluating a policy: ${log.length} decisions are too few`)
  if (log.length > offPolicyLimits.decisionsMax)
    return refusal(
      'TR_OFF_POLICY_INVALID',
      `evaluating a policy: ${log.length} decisions, at most ${offPolicyLimits.decisionsMax} are taken; evaluate a shorter time`,
    )
  const choices: Weighed[] = []
  for (const [index, choice] of log.entries()) {
    const { propensity } = choice
    if (propensity === undefined || !(propensity > 0 && propensity <= 1)) {
      const found = `evaluating a policy: decision ${index} (${choice.arm}) has the propensity ${String(propensity)}, not one in (0, 1]`
      return refusal('TR_OFF_POLICY_PROPENSITY', found) // O1
    }
    const fault = choiceFault(choice)
    if (fault !== undefined) return refusal('TR_OFF_POLICY_INVALID', `evaluating a policy: decision ${index} (${choice.arm}): ${fault}`)
    choices.push({ ...choice, weight: targetOf(choice, choice.arm) / propensity })
  }
  return { ok: true, choices }
}

const sumTolerance = 1e-6

function choiceFault({ reward, target }: LoggedChoice): string | undefined {
  if (!(reward >= 0 && reward <= 1)) return `its reward is ${reward}, not 0 to 1`
  const chances = Object.values(target)
  const wrong = chances.find((chance) => !(chance >= 0 && chance <= 1 + sumTolerance))
  if (wrong !== undefined) return `a target probability is ${wrong}, not 0 to 1`
  const sum = chances.reduce((all, chance) => all + chance, 0)
  return Math.abs(sum - 1) > sumTolerance ? `its target probabilities add up to ${sum}, not 1` : undefined
}

/** The arm may have a name that every object inherits. */
const targetOf = ({ target }: LoggedChoice, arm: ArmId): number => (Object.hasOwn(target, arm) ? (target[arm] ?? 0) : 0)

function effectiveOf(choices: readonly Weighed[]): number {
  const sum = choices.reduce((all, { weight }) => all + weight, 0)
  const squares = choices.reduce((all, { weight }) => all + weight ** 2, 0)
  return squares === 0 ? 0 : sum ** 2 / squares
}

function clippedOf(choices: readonly Weighed[], weightMax: number): number {
  const sum = choices.reduce((all, { weight }) => all + weight, 0)
  const beyond = choices.reduce((all, { weight }) => all + (weight > weightMax ? weight : 0), 0)
  return sum === 0 ? 0 : beyond / sum
}

const weightSlack = 0.1
const errorsOff = 4

/**
 * Where the logging policy could have chosen whatever the target chooses, weights have the mean 1.
 * A mean clearly below says that the target wants arms that could not be chosen; one clearly above, that the propensities are not those that decided.
 */
function overlapFault(
  choices: readonly Weighed[],
  { effectiveMin, clippedMax, weightMax }: Required<Omit<OffPolicyOptions, 'method'>>,
): string | undefined {
  const effective = effectiveOf(choices)
  if (effective < effectiveMin)
    return `of ${choices.length} decisions only ${effective.toFixed(1)} speak for the policy in question, and ${effectiveMin} are asked for; log for longer, or explore more`
  const { mean, error } = errorBar(
    choices.map(({ weight }) => weight),
    0,
    Infinity,
  )
  if (Math.abs(mean - 1) > Math.max(weightSlack, errorsOff * error)) {
    const why = mean < 1 ? 'it chooses arms that could not be chosen then' : 'the propensities are not those the decisions were made with'
    return `the importance weights have the mean ${mean.toFixed(3)} instead of 1: ${why}`
  }
  const clipped = clippedOf(choices, weightMax)
  if (clipped <= clippedMax) return undefined
  return `${(clipped * 100).toFixed(0)} % of what the policy in question would do was so rare in the log that its weights are above ${weightMax}, and ${clippedMax * 100} % are put up with; explore more`
}

/** One number a decision whose mean is the estimate and whose spread is its error (for SNIPS to the first order: the delta method). */
type Scores = (choices: readonly Weighed[], weightMax: number) => readonly number[]

const scoresOf: Readonly<Record<Exclude<OffPolicyMethod, 'replay'>, Scores>> = {
  ips: (choices, weightMax) => choices.map(({ weight, reward }) => Math.min(weight, weightMax) * reward),
  snips: (choices, weightMax) => {
    const weights = choices.map(({ weight }) => Math.min(weight, weightMax))
    const weightMean = meanOf(weights)
    const value = meanOf(choices.map(({ reward }, index) => (weights[index] ?? 0) * reward)) / weightMean
    return choices.map(({ reward }, index) => value + ((weights[index] ?? 0) * (reward - value)) / weightMean)
  },
  'doubly-robust': (choices, weightMax) => {
    const fitted = crossFitted(choices)
    return choices.map((choice, index) => {
      const means = fitted(index)
      const expected = Object.entries(choice.target).reduce((sum, [arm, chance]) => sum + chance * means(choice.taskType, arm), 0)
      return expected + Math.min(choice.weight, weightMax) * (choice.reward - means(choice.taskType, choice.arm))
    })
  },
}

interface Sum {
  count: number
  reward: number
}

/** Sums of reward over some decisions: of all, by arm, and by arm within a task type. */
interface Sums {
  readonly all: Sum
  readonly arms: Map<ArmId, Sum>
  readonly cells: Map<TaskType, Map<ArmId, Sum>>
}

const folds = 5
/** How many decisions the wider mean counts for: of the arm in a cell, of everything in an arm. */
const pseudoDecisions = 4

/** O3. The mean reward of an arm on a task type as the decisions of the other folds say it; decision i is in fold i mod 5. */
function crossFitted(choices: readonly Weighed[]): (index: number) => (taskType: TaskType, arm: ArmId) => number {
  const parts = Array.from({ length: folds }, (_, fold) => {
    const { all, arms, cells } = sumsOf(choices.filter((_choice, index) => index % folds !== fold))
    const overall = shrunk(all, 0.5)
    return (taskType: TaskType, arm: ArmId): number => shrunk(cells.get(taskType)?.get(arm), shrunk(arms.get(arm), overall))
  })
  return (index) => parts[index % folds] ?? (() => 0)
}

const shrunk = ({ count, reward }: Sum = noSum, towards: number): number => (reward + pseudoDecisions * towards) / (count + pseudoDecisions)
const noSum: Sum = { count: 0, reward: 0 }

function sumsOf(choices: readonly Weighed[]): Sums {
  const sums: Sums = { all: { count: 0, reward: 0 }, arms: new Map(), cells: new Map() }
  for (const { taskType, arm, reward } of choices) {
    const cells = sums.cells.get(taskType) ?? new Map<ArmId, Sum>()
    sums.cells.set(taskType, cells)
    for (const sum of [sums.all, sumIn(sums.arms, arm), sumIn(cells, arm)]) {
      sum.count++
      sum.reward += reward
    }
  }
  return sums
}

function sumIn(sums: Map<ArmId, Sum>, arm: ArmId): Sum {
  const sum = sums.get(arm) ?? { count: 0, reward: 0 }
  sums.set(arm, sum)
  return sum
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The standard normal's 95 % quantile: 5 % are left out on either side. */
const deviations = 1.6449

function errorBar(values: readonly number[], least: number, most: number): ErrorBar {
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const error = Math.sqrt(squares / (values.length - 1) / values.length)
  const within = (value: number): number => Math.min(most, Math.max(least, value))
  return { mean: within(mean), error, low: within(mean - deviations * error), high: within(mean + deviations * error) }
}
