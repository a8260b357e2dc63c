// Plan: which jobs the wanted goals need, and their results by player and case.
import { baselines } from './baselines.ts'
import type { LogFigures } from './evaluate.ts'
import { checks, type GoalName, type Results } from './goals.ts'
import { cases, exploreToEvaluate, type BaselineName, type CaseName, type Job, type JobResult, type PlayerName } from './jobs.ts'
import { learnerNames, type LearnerName } from './learner.ts'
import type { RunFigures } from './measures.ts'

export const baselineNames = Object.keys(baselines) as BaselineName[]

export function jobsOf(wanted: readonly GoalName[], seeds: readonly number[], withBaselines: boolean): readonly Job[] {
  const needs = new Set(checks.filter(({ goal }) => wanted.includes(goal)).flatMap((check) => check.needs))
  const jobs: Job[] = []
  for (const name of Object.keys(cases) as CaseName[]) {
    const players: readonly PlayerName[] = [
      ...(name === 'plain' && withBaselines ? baselineNames : []),
      ...(needs.has(name) ? learnerNames : []),
    ]
    for (const player of players) jobs.push(...seeds.map((seed): Job => ({ kind: 'play', player, case: name, seed })))
  }
  for (const player of learnerNames) {
    if (needs.has('evaluate')) jobs.push(...seeds.map((seed): Job => ({ kind: 'evaluate', player, seed, explore: exploreToEvaluate })))
    if (needs.has('merge')) jobs.push(...seeds.slice(0, mergeSeeds).map((seed): Job => ({ kind: 'merge', player, seed })))
  }
  if (needs.has('evaluate')) jobs.push(...seeds.map((seed): Job => ({ kind: 'evaluate', player: 'thompson', seed })))
  return jobs
}

/** The difference is one of rounding: a few seeds show it. */
const mergeSeeds = 3

export interface Gathered {
  runs(player: PlayerName, name: CaseName): readonly RunFigures[]
  /** Evaluations by logs of the policy as it is, which explores little. */
  logsAsIs(player: LearnerName): readonly LogFigures[]
  resultsOf(player: LearnerName, decisionUs: (arms: number) => number): Results
}

/** `results` stand as `jobs` do. */
export function gather(jobs: readonly Job[], results: readonly JobResult[]): Gathered {
  const pairs = jobs.flatMap((job, index) => {
    const result = results[index]
    return result === undefined ? [] : [{ job, result }]
  })
  const runs = (player: PlayerName, name: CaseName): readonly RunFigures[] =>
    pairs.flatMap(({ job, result }) =>
      job.kind === 'play' && job.player === player && job.case === name && result.kind === 'play' ? [result.figures] : [],
    )
  const logs = (player: LearnerName, explore: number | undefined): readonly LogFigures[] =>
    pairs.flatMap(({ job, result }) =>
      job.kind === 'evaluate' && job.player === player && job.explore === explore && result.kind === 'evaluate' ? [result.log] : [],
    )
  return {
    runs,
    logsAsIs: (player) => logs(player, undefined),
    resultsOf: (player, decisionUs) => {
      const own = pairs.flatMap(({ job, result }) => (job.player === player ? [result] : []))
      return {
        runs: (name) => runs(player, name),
        logs: logs(player, exploreToEvaluate),
        mergeDifferences: own.flatMap((result) => (result.kind === 'merge' ? [result.difference] : [])),
        decisionUs,
      }
    },
  }
}
