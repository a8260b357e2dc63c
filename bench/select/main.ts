// npm run bench:select: the selection of agents on a real score matrix, beside simple policies and hindsight, and goals G1 to G10. docs/selection.md says what each figure means.
// Options: --seeds <n> (default 20), --from <seed> (default 1), --only G1,G4 (those goals alone), --policy <file> (plays this policy in the place of `thompson`),
// --json, --strict (exit code 1 when the default policy misses a goal).
import { exploreToEvaluate } from './jobs.ts'
import { learnerNames } from './learner.ts'
import { readOptions, WrongOption, type Options } from './options.ts'
import { baselineNames, gather, jobsOf, type Gathered } from './plan.ts'
import { curveMarks, curvePlot, evaluationTable, goalTable, policyTable } from './report.ts'
import { curveOf, evaluationLines, goalLines, hindsightLines, policyLine } from './summary.ts'
import { runJobs } from './threads.ts'
import { decisionUs } from './timing.ts'

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof WrongOption)) throw error
  process.stderr.write(`${error.message}\n`)
  return 2
})

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  const started = performance.now()
  const jobs = jobsOf(options.goals, options.seeds, options.whole)
  const gathered = gather(jobs, await runJobs(jobs, options.policy))
  const summary = summarise(options, gathered)
  const seconds = Math.round((performance.now() - started) / 1_000)
  process.stdout.write(options.json ? `${JSON.stringify({ ...summary, seconds })}\n` : `${textOf(summary, seconds)}\n`)
  return options.strict && summary.goals.some(({ met }) => met.thompson === false) ? 1 : 0
}

type Summary = ReturnType<typeof summarise>

function summarise({ seeds, goals }: Options, gathered: Gathered) {
  const players = [...baselineNames, ...learnerNames].filter((player) => gathered.runs(player, 'plain').length > 0)
  const results = new Map(learnerNames.map((name) => [name, gathered.resultsOf(name, (arms) => decisionUs(name, arms))]))
  const hindsight = players.slice(0, 1).flatMap((player) => hindsightLines(gathered.runs(player, 'plain')))
  return {
    seeds,
    policies: [...players.map((player) => policyLine(player, gathered.runs(player, 'plain'))), ...hindsight],
    curves: Object.fromEntries(players.map((player) => [player, curveOf(gathered.runs(player, 'plain'))])),
    evaluation: evaluationLines(results.get('thompson')?.logs ?? []),
    evaluationAsIs: evaluationLines(gathered.logsAsIs('thompson')),
    goals: goalLines(goals, results),
  }
}

function textOf({ seeds, policies, curves, evaluation, evaluationAsIs, goals }: Summary, seconds: number): string {
  const drawn = curveMarks.flatMap(([mark, name]) => (curves[name] === undefined ? [] : [{ mark, name, values: curves[name] }]))
  const levels = policies
    .filter(({ policy, error }) => error === undefined || policy === 'uniform')
    .map(({ policy, reward }) => ({ name: policy, value: reward }))
  const parts = [
    policies.length > 0 ? policyTable(policies) : undefined,
    drawn.length > 0 ? `Mean reward of each twentieth of the run\n${curvePlot(drawn, levels)}` : undefined,
    evaluation.length > 0
      ? `What other policies are worth by a log of thompson with explore ${exploreToEvaluate}\n${evaluationTable(evaluation)}`
      : undefined,
    evaluationAsIs.length > 0 ? `The same by its log as it is by default\n${evaluationTable(evaluationAsIs)}` : undefined,
    goalTable(goals),
    `${seeds.length} seeds from ${seeds[0]}; all of it took ${seconds} s`,
  ]
  return parts.filter((part) => part !== undefined).join('\n\n')
}
