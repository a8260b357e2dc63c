// Selection
// Which agent does a task: Thompson sampling over one Beta posterior per task type and agent. Pure: time and seed are parameters.
// Sources: W. R. Thompson 1933 (the rule); S. Agrawal and N. Goyal 2012 (its Bernoulli form); rewards between 0 and 1 are counted as
// fractions of a success, which keeps the posterior's mean. Gamma draws: G. Marsaglia and W. W. Tsang 2000. Generator: mulberry32.
//
// P1. An excluded agent is never chosen, and says which constraint excluded it.
// P2. The same cards, cells, request and policy give the same choice.
// P3. A cell of trials decays by half every `halfLifeMs` towards the prior, so an agent that has changed is tried again.
import type { CandidateFact, TaskType } from './task-events.ts'

export interface SelectionPolicy {
  /** Successes and failures that an agent without trials is taken to have. */
  readonly priorGained: number
  readonly priorLost: number
  /** Undefined: nothing is ever forgotten. */
  readonly halfLifeMs: number | undefined
}

const dayMs = 86_400_000
export const selectionDefaults: SelectionPolicy = { priorGained: 1, priorLost: 1, halfLifeMs: 14 * dayMs }

/** What an agent says of itself. */
export interface AgentCard {
  readonly agent: string
  readonly version: string
  readonly taskTypes: readonly TaskType[]
  readonly capabilities: readonly string[]
}

/** The outcomes of one agent on one task type: sums of reward and of what was missing, as they weighed at `at`. */
export interface Cell {
  readonly trials: number
  readonly gained: number
  readonly lost: number
  readonly at: number
}

/** By `cellKey`. */
export type Cells = Readonly<Record<string, Cell>>
export const cellKey = (taskType: TaskType, agent: string): string => `${taskType}/${agent}`

export interface SelectionRequest {
  readonly taskType: TaskType
  /** Capabilities the agent must have. */
  readonly needs: readonly string[]
  /** Agents that have failed on this task. */
  readonly exclude: readonly string[]
  readonly now: number
  /** In [0, 1): the turn's random number. */
  readonly random: number
}

export interface Selection {
  readonly candidates: readonly CandidateFact[]
  /** Undefined: no agent is eligible. */
  readonly chosen: string | undefined
  readonly why: string
}

/** Draws once from each eligible agent's posterior and takes the highest draw. */
export function choose(cards: readonly AgentCard[], cells: Cells, request: SelectionRequest, policy = selectionDefaults): Selection {
  const next = generator(request.random)
  const ordered = cards.toSorted((one, other) => (one.agent < other.agent ? -1 : 1)) // P2: the order of registration does not matter
  const candidates = ordered.map((card): CandidateFact => {
    const posterior = posteriorOf(cells[cellKey(request.taskType, card.agent)], request.now, policy)
    const seen = { agent: card.agent, ...describe(posterior) }
    const excluded = exclusionOf(card, request)
    return excluded === undefined ? { ...seen, sample: betaSample(posterior.alpha, posterior.beta, next) } : { ...seen, excluded }
  })
  let best: CandidateFact | undefined
  for (const candidate of candidates) {
    if (candidate.sample === undefined) continue // P1
    if (best?.sample === undefined || candidate.sample > best.sample) best = candidate
  }
  return { candidates, chosen: best?.agent, why: best ? whyChosen(best, candidates) : whyNone(request, candidates) }
}

/** The cell after one more outcome; `reward` in [0, 1]. */
export function learn(cell: Cell | undefined, reward: number, now: number, policy = selectionDefaults): Cell {
  const { gained, lost } = weigh(cell, now, policy)
  return { trials: (cell?.trials ?? 0) + 1, gained: gained + reward, lost: lost + 1 - reward, at: Math.max(now, cell?.at ?? 0) }
}

/** The first constraint that the agent does not meet. */
export function exclusionOf(card: AgentCard, request: Pick<SelectionRequest, 'taskType' | 'needs' | 'exclude'>): string | undefined {
  if (!card.taskTypes.includes(request.taskType)) return `does not do ${request.taskType} tasks`
  const missing = request.needs.find((need) => !card.capabilities.includes(need))
  if (missing !== undefined) return `lacks the capability ${missing}`
  if (request.exclude.includes(card.agent)) return 'has already failed on this task'
  return undefined
}

interface Posterior {
  readonly alpha: number
  readonly beta: number
  readonly trials: number
}

function posteriorOf(cell: Cell | undefined, now: number, policy: SelectionPolicy): Posterior {
  const { gained, lost } = weigh(cell, now, policy)
  return { alpha: policy.priorGained + gained, beta: policy.priorLost + lost, trials: cell?.trials ?? 0 }
}

const describe = ({ alpha, beta, trials }: Posterior) => ({
  trials,
  mean: alpha / (alpha + beta),
  low: betaQuantile(0.05, alpha, beta),
  high: betaQuantile(0.95, alpha, beta),
})

/** P3 */
function weigh(cell: Cell | undefined, now: number, policy: SelectionPolicy): { gained: number; lost: number } {
  if (cell === undefined) return { gained: 0, lost: 0 }
  const ageMs = Math.max(0, now - cell.at)
  const weight = policy.halfLifeMs === undefined ? 1 : 2 ** (-ageMs / policy.halfLifeMs)
  return { gained: cell.gained * weight, lost: cell.lost * weight }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

function whyChosen(best: CandidateFact, candidates: readonly CandidateFact[]): string {
  const eligible = candidates.filter((candidate) => candidate.sample !== undefined)
  const expected = `expected reward ${percent(best.mean)} (${percent(best.low)} to ${percent(best.high)}) after ${best.trials} trials`
  if (eligible.length === 1) return `the only eligible agent; ${expected}`
  const favourite = eligible.every((candidate) => candidate.mean <= best.mean)
  return `${favourite ? 'best so far' : 'tried to learn more'} of ${eligible.length} eligible agents; ${expected}`
}

function whyNone(request: SelectionRequest, candidates: readonly CandidateFact[]): string {
  if (candidates.length === 0) return 'no agent is registered'
  const removed = candidates.map((candidate) => `${candidate.agent} ${candidate.excluded}`).join('; ')
  return `no agent can do this ${request.taskType} task: ${removed}`
}

const uint32 = 2 ** 32

/** mulberry32: 32 bits of state, numbers in (0, 1), enough for the few draws of one choice. */
export function generator(random: number): () => number {
  let state = Math.floor(random * uint32) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / uint32
  }
}

/** Beta(a, b) = X / (X + Y) with X ~ Gamma(a), Y ~ Gamma(b). */
export function betaSample(alpha: number, beta: number, next: () => number): number {
  const x = gammaSample(alpha, next)
  const y = gammaSample(beta, next)
  return x / (x + y)
}

/** Marsaglia and Tsang's rejection method; a shape below 1 is drawn at shape + 1 and scaled by U^(1/shape). */
function gammaSample(shape: number, next: () => number): number {
  if (shape < 1) return gammaSample(shape + 1, next) * next() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()) // Box and Muller
    const v = (1 + c * normal) ** 3
    if (v > 0 && Math.log(next()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

const bisections = 40

/** The value below which Beta(alpha, beta) lies with the given probability, to 1e-12. */
export function betaQuantile(probability: number, alpha: number, beta: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < bisections; step++) {
    const middle = (low + high) / 2
    if (betaShare(middle, alpha, beta) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction on the side where that converges fast. */
function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const fractionTermsMax = 1_000
const tiny = 1e-300

/** Lentz's evaluation of the continued fraction of I_x(a, b): Digital Library of Mathematical Functions, 8.17.22. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= fractionTermsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-12) break
  }
  return value
}

const nonZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value)

/** Stirling's series after shifting the argument above 10: exact to 1e-13 for positive arguments. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  while (z < 10) shift += Math.log(z++)
  const inverse = 1 / z ** 2
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}
