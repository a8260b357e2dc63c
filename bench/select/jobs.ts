// Jobs: what can be played, each by name, player and seed, so that any thread can do any of it.
import { baselines } from './baselines.ts'
import { evaluateLog, type LogFigures } from './evaluate.ts'
import { learner, type LearnerName } from './learner.ts'
import type { Matrix } from './matrix.ts'
import { figuresOf, type RunFigures } from './measures.ts'
import { mergedDifference } from './merge.ts'
import { play } from './play.ts'
import type { MakePlayer } from './player.ts'
import { makeWorld, type Scenario } from './world.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'

/** A world, and what the learner is asked to mind in it beside success. */
export interface Case extends Scenario {
  /** How much the price counts against success, as a share of the dearest. */
  readonly costWeight?: number
  /** What may be spent a decision, as a share of the dearest. */
  readonly pace?: number
}

/** Share of decisions that a policy takes at random when its log is to say what other policies are worth. */
export const exploreToEvaluate = 0.3

const plain: Case = { delayRounds: 0, drift: false, newcomer: false }

export const cases = {
  plain,
  'delay 200': { ...plain, delayRounds: 200 },
  'delay 1000': { ...plain, delayRounds: 1_000 },
  drift: { ...plain, drift: true },
  newcomer: { ...plain, newcomer: true },
  cost: { ...plain, costWeight: 0.12 },
  'pace .25': { ...plain, pace: 0.25 },
  'pace .4': { ...plain, pace: 0.4 },
  'pace .5': { ...plain, pace: 0.5 },
  'pace .6': { ...plain, pace: 0.6 },
  'pace .75': { ...plain, pace: 0.75 },
} as const satisfies Record<string, Case>
export type CaseName = keyof typeof cases

export type BaselineName = keyof typeof baselines
export type PlayerName = BaselineName | LearnerName

export type Job =
  | { readonly kind: 'play'; readonly player: PlayerName; readonly case: CaseName; readonly seed: number }
  /** Plays the plain case, with this share explored (absent: as the policy says), and evaluates other policies on its log. */
  | { readonly kind: 'evaluate'; readonly player: LearnerName; readonly seed: number; readonly explore?: number }
  /** Plays the plain case and learns it again by three that are merged. */
  | { readonly kind: 'merge'; readonly player: LearnerName; readonly seed: number }

export type JobResult =
  | { readonly kind: 'play'; readonly figures: RunFigures }
  | { readonly kind: 'evaluate'; readonly log: LogFigures }
  | { readonly kind: 'merge'; readonly difference: number }

export function runJob(matrix: Matrix, job: Job, policy: SelectionPolicy | undefined): JobResult {
  const chosen: Case = job.kind === 'play' ? cases[job.case] : plain
  const world = makeWorld(matrix, chosen, job.seed)
  switch (job.kind) {
    case 'play':
      return { kind: 'play', figures: figuresOf(world, play(world, playerOf(job.player, chosen, policy))) }
    case 'evaluate':
      return { kind: 'evaluate', log: evaluateLog(world, play(world, learner(job.player, job, policy))) }
    case 'merge':
      return { kind: 'merge', difference: mergedDifference(world, job.player, policy) }
  }
}

function playerOf(name: PlayerName, chosen: Case, policy: SelectionPolicy | undefined): MakePlayer {
  return isBaseline(name) ? baselines[name] : learner(name, chosen, policy)
}

const isBaseline = (name: PlayerName): name is BaselineName => Object.hasOwn(baselines, name)
