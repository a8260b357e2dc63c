// Report
// What a job came to, as tables and sentences for people and as one JSON object for programs. Pure.
import type { TaskResult } from './events.ts'
import type { Learned } from '../../../machines/coordinator-stats.ts'
import type { LogEvidence, Rows } from './evidence.ts'
import type { Killed } from './job.ts'
import { nameOf } from './lines.ts'
import { countText, cutTo, dollarsText, oneLine, secondsText, tableLines, type Paint } from './text.ts'

export interface JobReport {
  readonly results: readonly TaskResult[]
  readonly killed: Killed | undefined
  readonly log: LogEvidence
  /** Undefined: no history database is known here. */
  readonly rows: Rows | undefined
  readonly learning: readonly Learned[]
  readonly workers: number
  /** From the start of the command to the first answer; undefined when there was none. */
  readonly firstAnswerMs: number | undefined
  /** From the start of the command to the end of the last task. */
  readonly wholeMs: number
  /** From the first task submitted to the end of the last. */
  readonly jobMs: number
}

export interface Summary {
  readonly tasks: number
  readonly completed: number
  readonly failed: number
  readonly lost: number
  readonly effectsTwice: number
  readonly agentKinds: readonly string[]
  readonly taskTypes: readonly string[]
  readonly workers: number
  readonly workersKilled: number
  readonly turns: number
  readonly turnsPerSecond: number
  readonly firstAnswerSeconds: number | null
  readonly seconds: number
  readonly model: string
}

export function summaryOf({ results, killed, log, workers, firstAnswerMs, wholeMs, jobMs }: JobReport): Summary {
  return {
    tasks: results.length,
    completed: log.completed,
    failed: log.failed + log.cancelled,
    lost: results.length - log.completed - log.failed - log.cancelled,
    effectsTwice: log.effectsTwice,
    agentKinds: Object.keys(log.agentKinds).toSorted(),
    taskTypes: Object.keys(log.taskTypes).toSorted(),
    workers,
    workersKilled: killed ? 1 : 0,
    turns: log.turns,
    turnsPerSecond: rateOf(log.turns, jobMs),
    firstAnswerSeconds: firstAnswerMs === undefined ? null : roundTo(firstAnswerMs / 1_000, 2),
    seconds: roundTo(wholeMs / 1_000, 2),
    model: modelOf(results),
  }
}

export function reportLines(report: JobReport, paint: Paint): readonly string[] {
  return [
    '',
    ...taskTable(report.results, paint),
    '',
    paint('bold', 'What the coordinator has learned (Thompson sampling, all jobs of this tenant)'),
    ...learningTable(report.learning, paint),
    '',
    ...figureLines(report),
    ...sampleLines(report.results, paint),
    '',
    paint('bold', killLine(report)),
  ]
}

function taskTable(results: readonly TaskResult[], paint: Paint): readonly string[] {
  const rows = results
    .toSorted((left, right) => left.task.number - right.task.number)
    .map(({ task, end, output, durationMs }) => [
      task.id,
      task.taskType,
      output?.agent ?? '–',
      end,
      output ? output.usage.inputTokens + output.usage.outputTokens : 0,
      dollarsText(output?.usage.costUsd ?? 0),
      (durationMs / 1_000).toFixed(2),
      output?.citations.length ?? 0,
    ])
  return tableLines(['task', 'type', 'agent', 'state', 'tokens', 'cost', 'seconds', 'citations'], rows, paint)
}

function learningTable(learning: JobReport['learning'], paint: Paint): readonly string[] {
  const rows = learning
    .toSorted((left, right) => (`${left.taskType} ${left.arm}` < `${right.taskType} ${right.arm}` ? -1 : 1))
    .map(({ taskType, arm, outcomes, reward }) => [taskType, arm, Math.round(outcomes), reward.toFixed(3)])
  return tableLines(['type', 'agent', 'outcomes', 'mean reward'], rows, paint)
}

function figureLines({ log, rows, jobMs, firstAnswerMs, wholeMs, workers }: JobReport): readonly string[] {
  const first = firstAnswerMs === undefined ? 'no task was answered' : `first answer ${secondsText(firstAnswerMs)} after the command`
  return [
    `${log.turns} turns (${rateOf(log.turns, jobMs)} turns/s), ${log.messages} messages, ${countText(log.recoveries, 'recovery', 'recoveries')}, ${countText(workers, 'worker process', 'worker processes')}; ${first}, all of it ${secondsText(wholeMs)}`,
    rows === undefined ? 'Rows in Postgres: no DATABASE_URL is known here' : rowsLine(rows),
  ]
}

function rowsLine({ counts, caughtUp, waitedMs }: Rows): string {
  const list = Object.entries(counts).map(([table, count]) => `${table} ${count}`)
  const state = caughtUp ? 'the projector has caught up with the log' : `the projector is still behind after ${secondsText(waitedMs)}`
  return `Rows in Postgres (${state}): ${list.join(', ')}`
}

const samples = 2
const answerCharacters = 600
const citationsShown = 6

/** Two answers, of different types where there are: cited ones first. */
function sampleLines(results: readonly TaskResult[], paint: Paint): readonly string[] {
  const answered = results
    .filter(({ end, output }) => end === 'completed' && output !== undefined)
    .toSorted((left, right) => Math.min(1, right.output?.citations.length ?? 0) - Math.min(1, left.output?.citations.length ?? 0))
  const first = answered.find(({ task }) => task.taskType === 'question') ?? answered[0]
  const chosen = [first, answered.find(({ task }) => task.taskType !== first?.task.taskType) ?? answered[1]]
  return [...new Set(chosen)].slice(0, samples).flatMap((result) => {
    if (!result?.output) return []
    const { answer, citations, offline, model, agent } = result.output
    const marks = citations.slice(0, citationsShown).map(({ file, fromLine, toLine }) => `${file}:${fromLine}-${toLine}`)
    const more = citations.length > marks.length ? ` and ${citations.length - marks.length} more` : ''
    return [
      '',
      paint('bold', `${nameOf(result.task)} — ${agent ?? 'no agent'}, ${offline ? `offline model ${model}` : model}`),
      ...cutTo(answer.trim(), answerCharacters)
        .split('\n')
        .map((line) => `  ${oneLine(line)}`),
      paint('dim', `  ${marks.length === 0 ? 'No citations.' : `Sources: ${marks.join(', ')}${more}`}`),
    ]
  })
}

/** Lost as the log counts it: a task of the job that nothing says the end of. */
function killLine(report: JobReport): string {
  const { killed, log, results } = report
  const { lost, effectsTwice } = summaryOf(report)
  const counted = `tasks lost ${lost}, effects applied twice ${effectsTwice} — counted from the log (${log.records} records, ${log.turns} turns)`
  if (!killed) return `No worker was killed: ${counted}`
  return `worker ${killed.worker} (pid ${killed.pid}) was killed with SIGKILL at task ${killed.ended} of ${results.length}: ${counted}`
}

function modelOf(results: readonly TaskResult[]): string {
  const models = new Set(
    results.flatMap(({ output }) => (output?.model ? [output.offline ? `offline model ${output.model}` : output.model] : [])),
  )
  return [...models].join(', ') || 'none'
}

const rateOf = (count: number, ms: number): number => (ms <= 0 ? 0 : Math.round((count * 1_000) / ms))
const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits))
