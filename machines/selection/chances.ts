// Chances
// With what probability each eligible arm is taken: what the policy's mode says, then the bounds on newcomers, then the share that is taken at random.
//
// K1. Every eligible arm has at least `explore` over their number, except where an arm is pinned.
// K2. Arms new to a tenant that knows its others get at most `newcomerShare` together, and at least half of it.
// K3. What is drawn from is what is logged as the propensity.
import { bestShares, drawFreely, drawGivenBest, type BestShares, type Score } from './best.ts'
import type { SelectionMode, SelectionPolicy } from './types.ts'

/** An eligible arm: its belief as a score, and its upper bound where the mode needs one. */
export interface Contender {
  readonly score: Score
  readonly armTrials: number
  readonly isPinned: boolean
  readonly bound: number
}

export interface Chances {
  /** K3 */
  readonly propensities: readonly number[]
  /** Of being the best by the mode alone: the rest is exploration. */
  readonly shares: readonly number[]
  readonly scores: readonly Score[]
  /** Absent: the mode does not draw. */
  readonly best: BestShares | undefined
}

export function chancesOf(contenders: readonly Contender[], policy: SelectionPolicy): Chances {
  const pinned = policy.mode.kind === 'pinned' ? contenders.findIndex(({ isPinned }) => isPinned) : -1
  if (pinned >= 0) return certain(contenders, pinned)
  const { width, optimism } = policy
  const scores = contenders.map(({ score }) => ({ mean: score.mean + optimism * score.deviation, deviation: width * score.deviation }))
  const best = draws(policy.mode) ? bestShares(scores) : undefined
  const byMode = best?.shares ?? highest(contenders, policy.mode)
  const shares = withNewcomers(byMode, contenders, policy.newcomerShare)
  const each = policy.explore / contenders.length
  return { propensities: shares.map((share) => (1 - policy.explore) * share + each), shares, scores, best } // K1
}

/** A pinned arm that is not eligible leaves the choice to Thompson's rule. */
const draws = ({ kind }: SelectionMode): boolean => kind === 'thompson' || kind === 'pinned'

function certain(contenders: readonly Contender[], pinned: number): Chances {
  const shares = contenders.map((_, index) => (index === pinned ? 1 : 0))
  return { propensities: shares, shares, scores: contenders.map(({ score }) => score), best: undefined }
}

/** The highest bound or mean; equals share. */
function highest(contenders: readonly Contender[], mode: SelectionMode): readonly number[] {
  const values = contenders.map(({ score, bound }) => (mode.kind === 'linucb' ? bound : score.mean))
  const most = Math.max(...values)
  const equals = values.filter((value) => value === most).length
  return values.map((value) => (value === most ? 1 / equals : 0))
}

const newcomerTrials = 10
/** Before the arms have so many trials each, on average, all are new, and the mode alone decides.. */
const knownTrials = 50

/** K2 */
function withNewcomers(shares: readonly number[], contenders: readonly Contender[], newcomerShare: number): readonly number[] {
  let [newcomers, total, share] = [0, 0, 0]
  for (const [index, { armTrials }] of contenders.entries()) {
    total += armTrials
    if (armTrials >= newcomerTrials) continue
    newcomers++
    share += shares[index] ?? 0
  }
  const established = contenders.length - newcomers
  if (newcomers === 0 || established === 0 || total < knownTrials * contenders.length) return shares
  const target = Math.min(newcomerShare, Math.max(newcomerShare / 2, share))
  return shares.map((one, index) =>
    (contenders[index]?.armTrials ?? 0) < newcomerTrials
      ? scaled(one, { share, count: newcomers, target })
      : scaled(one, { share: 1 - share, count: established, target: 1 - target }),
  )
}

/** A group's shares so that they add up to its target; equal ones when it had none. */
const scaled = (one: number, { share, count, target }: { share: number; count: number; target: number }): number =>
  share > negligible ? (one / share) * target : target / count
const negligible = 1e-12

export interface Draw {
  /** Contenders' places, the one taken first. */
  readonly order: readonly number[]
  readonly samples: readonly number[]
  /** Taken at random, whatever its score. */
  readonly explored: boolean
}

/** One arm by its propensity (K3); where more are wanted (`ranks`), those after it by what was drawn for them. */
export function drawFrom(chances: Chances, { explore, ranks }: { explore: number; ranks: boolean }, next: () => number): Draw {
  const { propensities, shares, scores, best } = chances
  const taken = pick(propensities, next())
  const byMode = (1 - explore) * (shares[taken] ?? 0)
  const explored = next() * (propensities[taken] ?? 1) >= byMode
  const samples = best === undefined ? scores.map(({ mean }) => mean) : samplesOf({ scores, best, taken, explored }, next)
  return { order: ranks ? ranked(samples, taken) : [taken], samples, explored }
}

function ranked(samples: readonly number[], taken: number): readonly number[] {
  const rest = samples.map((_, index) => index).filter((index) => index !== taken)
  return [taken, ...rest.toSorted((one, other) => (samples[other] ?? 0) - (samples[one] ?? 0))]
}

interface Drawing {
  readonly scores: readonly Score[]
  readonly best: BestShares
  readonly taken: number
  readonly explored: boolean
}

const samplesOf = ({ scores, best, taken, explored }: Drawing, next: () => number): readonly number[] =>
  explored || (best.shares[taken] ?? 0) === 0 ? drawFreely(scores, next) : drawGivenBest(scores, best, taken, next)

function pick(propensities: readonly number[], random: number): number {
  let rest = random
  for (const [index, propensity] of propensities.entries()) {
    if (rest < propensity) return index
    rest -= propensity
  }
  return propensities.reduce((most, propensity, index) => (propensity > (propensities[most] ?? 0) ? index : most), 0) // rounding
}
