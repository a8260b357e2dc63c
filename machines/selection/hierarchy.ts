// Hierarchy
// What is believed of an arm on a task type, from the sums of model.ts: a cell's own outcomes, drawn towards what the arm and the task type are otherwise.
// Empirical Bayes (B. Efron and C. Morris 1975) on an additive two-way layout: the prior mean of a cell is the level of its task type plus the offset of its arm;
// the offset is the mean of the arm's distances from the levels, each task type counting n / (n + shrinkage), so that the one with the most outcomes does not speak for all.
//
// H1. Sums alone decide: what is cached here is a function of the objects it is cached under, so the same model gives the same beliefs.
// H2. Sums are read as they weigh at `readAt`: now, rounded down to a fraction of the half-life, so that caches hold for a while. The error is below 0.6 %.
//     Levels are read as they weighed at their latest outcome: only their means count, and those do not change by waiting.
// H3. A card's expectation is the prior of the arm's offset, worth the trials that it says; its cost class is a weak one.
import { emptyCell, logCost, logLatency, own, remaining, type Cell, type Moments } from './cells.ts'
import type { ArmModel, SelectionModel } from './model.ts'
import type { AgentCard, ArmId, CostClass, SelectionPolicy, SelectionRequest } from './types.ts'

/** What is believed of a mean. `spread`: its variance in units of the variance of one outcome. */
export interface Belief {
  readonly mean: number
  readonly spread: number
}

/** With the variance of one outcome; cost and latency are logarithms. */
export interface MeasuredBelief extends Belief {
  readonly variance: number
}

export interface Beliefs {
  /** Outcomes of this cell, and of the arm on all task types, after forgetting. */
  readonly trials: number
  readonly armTrials: number
  readonly success: Belief
  readonly quality: MeasuredBelief | undefined
  readonly cost: MeasuredBelief | undefined
  readonly latency: MeasuredBelief | undefined
}

/** What all arms of one decision share. */
export interface Reading {
  readonly model: SelectionModel
  readonly policy: SelectionPolicy
  readonly request: SelectionRequest
  readonly readAt: number
  readonly levels: Levels
  /** Where the request's task type stands among the levels; -1: nobody has done any. */
  readonly place: number
}

interface Levels {
  readonly names: readonly string[]
  /** By the measure's number, in the order of the names. */
  readonly means: readonly (readonly number[])[]
  /** Over all task types; undefined: never observed. */
  readonly overall: readonly (number | undefined)[]
  readonly overallCell: Cell
}

/** How much of a half-life may pass before sums are read anew. */
const readSteps = 128

export function readingOf(model: SelectionModel, request: SelectionRequest, policy: SelectionPolicy): Reading {
  const step = (policy.halfLifeMs ?? 0) / readSteps
  const readAt = step > 0 ? Math.floor(request.now / step) * step : request.now
  const levels = levelsOf(model)
  return { model, policy, request, readAt, levels, place: levels.names.indexOf(request.taskType) }
}

/** Success, then what is measured beside it: numbers, so that arrays can be indexed by them. */
const [success, quality, cost, latency] = [0, 1, 2, 3] as const
type Measure = typeof success | typeof quality | typeof cost | typeof latency
const measures: readonly Measure[] = [success, quality, cost, latency]

const countOf = (cell: Cell, measure: Measure): number =>
  measure === success ? cell.gained + cell.lost : (momentsOf(cell, measure)?.n ?? 0)
const sumOf = (cell: Cell, measure: Measure): number => (measure === success ? cell.gained : (momentsOf(cell, measure)?.sum ?? 0))
const momentsOf = (cell: Cell, measure: Measure): Moments | undefined =>
  measure === quality ? cell.quality : measure === cost ? cell.cost : measure === latency ? cell.latency : undefined

/** How many outcomes the overall mean counts for in the level of a task type. */
const levelShrinkage = 4
const levelsCache = new WeakMap<SelectionModel['levels'], Levels>()

function levelsOf({ levels, overall }: SelectionModel): Levels {
  const cached = levelsCache.get(levels)
  if (cached && cached.overallCell === overall) return cached // H1
  const names = namesOf(levels)
  const cells = Object.values(levels)
  const overallMeans = measures.map((measure) => overallMean(overall, measure))
  const means = measures.map((measure) =>
    overallMeans[measure] === undefined ? nothing : levelMeans(cells, measure, overallMeans[measure]),
  )
  const made: Levels = { names, means, overall: overallMeans, overallCell: overall }
  levelsCache.set(levels, made)
  return made
}

let lastNames: readonly string[] = []

/** The same array while the task types are the same, so that summaries need not compare them (H1). */
function namesOf(levels: SelectionModel['levels']): readonly string[] {
  const names = Object.keys(levels)
  if (names.length === lastNames.length && names.every((name, index) => name === lastNames[index])) return lastNames
  return (lastNames = names)
}

const nothing: readonly number[] = []

const levelMeans = (cells: readonly Cell[], measure: Measure, overall: number): readonly number[] =>
  cells.map((cell) => (sumOf(cell, measure) + levelShrinkage * overall) / (countOf(cell, measure) + levelShrinkage))

/** Success begins at one half, worth two outcomes. */
function overallMean(overall: Cell, measure: Measure): number | undefined {
  const count = countOf(overall, measure)
  if (measure === success) return (overall.gained + 1) / (count + 2)
  return count > 0 ? sumOf(overall, measure) / count : undefined
}

/** An arm's cells as arrays, for one measure: where the task type stands among the levels, its weight, and weight times mean. */
interface Entries {
  readonly places: readonly number[]
  readonly weights: readonly number[]
  readonly weighted: readonly number[]
}

interface Summary {
  readonly readAt: number
  readonly shrinkage: number
  readonly halfLifeMs: number | undefined
  readonly trials: number
  readonly names: readonly string[]
  /** Of the levels that `entries` point into. */
  levelNames: readonly string[]
  readonly entries: readonly (Entries | undefined)[]
}

const summaries = new WeakMap<ArmModel, Summary>()

function summaryOf(arm: ArmModel, { policy, readAt, levels }: Reading): Summary {
  const cached = summaries.get(arm)
  const { shrinkage, halfLifeMs } = policy
  const holds =
    cached && cached.readAt === readAt && cached.shrinkage === shrinkage && cached.halfLifeMs === halfLifeMs && fits(cached, levels)
  if (holds) return cached // H1
  const names = Object.keys(arm.cells)
  const cells = Object.values(arm.cells)
  const left = cells.map((cell) => remaining(readAt - cell.at, halfLifeMs))
  const places = names.map((name, index) => placeOf(levels.names, name, index))
  const trials = cells.reduce((sum, { gained, lost }, index) => sum + (gained + lost) * (left[index] ?? 1), 0)
  const entries = measures.map((measure) => entriesOf(measure, { cells, left, places }, shrinkageOf(measure, policy)))
  const made: Summary = { readAt, shrinkage, halfLifeMs, trials, names, levelNames: levels.names, entries }
  summaries.set(arm, made)
  return made
}

/** Arms and levels mostly meet their task types in the same order. */
const placeOf = (names: readonly string[], name: string, guess: number): number => (names[guess] === name ? guess : names.indexOf(name))

/** Whether the task types still stand where they stood. */
function fits(summary: Summary, levels: Levels): boolean {
  if (summary.levelNames === levels.names) return true
  const { names, entries } = summary
  const places = entries[success]?.places
  for (let index = 0; index < names.length; index++) if (levels.names[places?.[index] ?? -1] !== names[index]) return false
  summary.levelNames = levels.names
  return true
}

interface CellsRead {
  readonly cells: readonly Cell[]
  readonly left: readonly number[]
  readonly places: readonly number[]
}

function entriesOf(measure: Measure, { cells, left, places }: CellsRead, shrinkage: number): Entries | undefined {
  const weights: number[] = []
  const weighted: number[] = []
  let found = measure === success
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] ?? emptyCell
    const moments = measure === success ? undefined : momentsOf(cell, measure)
    const stored = measure === success ? cell.gained + cell.lost : (moments?.n ?? 0)
    const count = stored * (left[index] ?? 1)
    const weight = count / (count + shrinkage)
    weights.push(weight)
    weighted.push(count > 0 ? (weight * (moments ? moments.sum : cell.gained)) / stored : 0)
    found ||= count > 0
  }
  return found ? { places, weights, weighted } : undefined
}

/** Cost and latency differ more between task types than within one. */
const measuredShrinkage = 3
const shrinkageOf = (measure: Measure, policy: SelectionPolicy): number =>
  measure === success || measure === quality ? policy.shrinkage : measuredShrinkage

/** What a card lets expect of a measure. */
interface Prior {
  readonly mean: number
  readonly trials: number
}

/** Dearer agents answer somewhat better: what is added to the level of a task type. A wrong class is outweighed by `classTrials` outcomes (H3). */
const classOffset: Readonly<Record<CostClass, number>> = { free: -0.04, low: -0.04, medium: 0.04, high: 0.12 }
const classCostUsd: Readonly<Record<CostClass, number>> = { free: 1e-6, low: 0.002, medium: 0.02, high: 0.1 }
const classTrials = 8
const classCostTrials = 2

export function beliefsOf(reading: Reading, card: AgentCard, arm: ArmId): Beliefs {
  const armModel = own(reading.model.arms, arm)
  const cell = armModel && own(armModel.cells, reading.request.taskType)
  const left = cell ? remaining(reading.readAt - cell.at, reading.policy.halfLifeMs) : 1
  const seen: Seen = { summary: armModel && summaryOf(armModel, reading), cell, left }
  const similar = similarOf(reading.request, arm)
  return {
    trials: cell ? (cell.gained + cell.lost) * left : 0,
    armTrials: seen.summary?.trials ?? 0,
    success: successBelief(reading, seen, card.expects?.success, { ...similar, class: card.costClass, trials: card.expects?.trials ?? 0 }),
    quality: measuredBelief(reading, seen, quality, priorOf(card.expects?.quality, card.expects?.trials)),
    cost: measuredBelief(reading, seen, cost, costPrior(card)),
    latency: measuredBelief(
      reading,
      seen,
      latency,
      priorOf(card.expects?.latencyMs && logLatency(card.expects.latencyMs), card.expects?.trials),
    ),
  }
}

interface Seen {
  readonly summary: Summary | undefined
  readonly cell: Cell | undefined
  /** What is left of the cell's weight. */
  readonly left: number
}

const priorOf = (mean: number | undefined, trials: number | undefined): Prior | undefined =>
  mean === undefined ? undefined : { mean, trials: trials ?? 0 }

function costPrior({ expects, costClass }: AgentCard): Prior | undefined {
  if (expects?.costUsd !== undefined) return { mean: logCost(expects.costUsd), trials: expects.trials }
  return costClass && { mean: logCost(classCostUsd[costClass]), trials: classCostTrials }
}

/** Outcomes of similar tasks count for two at most, in the proportion they have. */
const similarTrialsMax = 2

function similarOf({ similar }: SelectionRequest, arm: ArmId): { readonly gained: number; readonly lost: number } {
  const found = similar && own(similar, arm)
  if (!found) return { gained: 0, lost: 0 }
  const scale = Math.min(1, similarTrialsMax / Math.max(similarTrialsMax, found.gained + found.lost))
  return { gained: found.gained * scale, lost: found.lost * scale }
}

const rateLeast = 0.02
const rateMost = 0.98
/** Below this weight a prior would not bound the offset of an arm without outcomes. */
const priorWeightLeast = 0.1

interface SuccessPrior {
  readonly gained: number
  readonly lost: number
  readonly class: CostClass | undefined
  readonly trials: number
}

function successBelief(reading: Reading, { summary, cell, left }: Seen, expected: number | undefined, given: SuccessPrior): Belief {
  const { shrinkage } = reading.policy
  const overall = reading.levels.overall[success] ?? 0.5
  const classed = given.class ? classOffset[given.class] : 0
  const prior = expected === undefined ? { mean: classed, trials: classTrials } : { mean: expected - overall, trials: given.trials }
  const offset = offsetOf(reading, summary?.entries[success], success, { mean: prior.mean, trials: prior.trials / shrinkage })
  const level = reading.levels.means[success]?.[reading.place] ?? overall
  const expectedRate = Math.min(rateMost, Math.max(rateLeast, level + offset.mean))
  const gained = (cell ? cell.gained * left : 0) + given.gained
  const lost = (cell ? cell.lost * left : 0) + given.lost
  const total = shrinkage + gained + lost
  return { mean: (shrinkage * expectedRate + gained) / total, spread: spreadOf(shrinkage, total, offset.weight) }
}

/** Of the cell's own part, and of the arm's offset as far as the cell leans on it. */
const spreadOf = (shrinkage: number, total: number, offsetWeight: number): number =>
  1 / (total + 1) + ((shrinkage / total) * (shrinkage / total)) / (shrinkage * offsetWeight)

/** The arm's mean distance from the levels, and how much stands behind it. */
function offsetOf(reading: Reading, entries: Entries | undefined, measure: Measure, prior: Prior): { mean: number; weight: number } {
  const levels = reading.levels.means[measure]
  let weight = Math.max(priorWeightLeast, prior.trials)
  let sum = weight * prior.mean
  if (entries && levels) {
    const { places, weights, weighted } = entries
    for (let index = 0; index < weights.length; index++) {
      const one = weights[index] ?? 0
      const level = levels[places[index] ?? -1] ?? reading.levels.overall[measure] ?? 0
      weight += one
      sum += (weighted[index] ?? 0) - one * level
    }
  }
  return { mean: sum / weight, weight }
}

/** What one outcome varies by before any was seen, worth three of them: a deviation of .2 of quality, of a third of cost and latency. */
const variancePrior = [0, 0.04, 0.1, 0.1] as const
const variancePriorTrials = 3

/** Undefined: nothing at all is known. */
function measuredBelief(
  reading: Reading,
  { summary, cell, left }: Seen,
  measure: Measure,
  prior: Prior | undefined,
): MeasuredBelief | undefined {
  const overall = reading.levels.overall[measure]
  if (overall === undefined && prior === undefined) return undefined
  const shrinkage = shrinkageOf(measure, reading.policy)
  const scaled: Prior = prior ? { mean: prior.mean - (overall ?? 0), trials: prior.trials / shrinkage } : { mean: 0, trials: 0 }
  const offset = offsetOf(reading, summary?.entries[measure], measure, scaled)
  const level = overall === undefined ? 0 : (reading.levels.means[measure]?.[reading.place] ?? overall)
  const moments = cell && momentsOf(cell, measure)
  const n = moments ? moments.n * left : 0
  const sum = moments ? moments.sum * left : 0
  const total = shrinkage + n
  const around = moments && n > 0 ? Math.max(0, moments.squares * left - (sum * sum) / n) : 0
  return {
    mean: (shrinkage * (level + offset.mean) + sum) / total,
    spread: spreadOf(shrinkage, total, offset.weight),
    variance: (variancePriorTrials * variancePrior[measure] + around) / (variancePriorTrials + n),
  }
}
