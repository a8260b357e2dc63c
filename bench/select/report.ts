// Report: the summary as text for people.
import { columns } from '../table.ts'
import type { EvaluationLine, GoalLine, PolicyLine } from './summary.ts'

const none = ''
const rate = (value: number | undefined, digits = 4): string =>
  value === undefined ? none : value.toFixed(digits).replace(/^(-?)0\./, '$1.')
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

export function policyTable(lines: readonly PolicyLine[]): string {
  const rows = lines.map((line) => [
    line.policy,
    rate(line.reward),
    line.error === undefined ? none : `± ${rate(line.error)}`,
    percent(line.ofBestPerTask),
    rate(line.early, 3),
    rate(line.brier),
    rate(line.ece),
    rate(line.cost, 2),
  ])
  return columns([['policy', 'reward', 'error', 'of best per task', 'first 500', 'Brier', 'ECE', 'price'], ...rows], (column) => column > 0)
}

export function goalTable(lines: readonly GoalLine[]): string {
  const names = Object.keys(lines[0]?.values ?? {})
  const rows = lines.map((line) => [
    line.goal,
    line.what,
    targetText(line),
    ...names.flatMap((name) => [valueText(line.unit, line.values[name] ?? Number.NaN), line.met[name] ? 'met' : 'NOT met']),
  ])
  return columns([['goal', 'what', 'target', ...names.flatMap((name) => [name, ''])], ...rows], (column) => column > 2 && column % 2 === 1)
}

const targetText = ({ least, most, unit }: GoalLine): string =>
  least === undefined ? `<= ${valueText(unit, most ?? Number.NaN)}` : `>= ${valueText(unit, least)}`

function valueText(unit: GoalLine['unit'], value: number): string {
  switch (unit) {
    case 'percent':
      return percent(value)
    case 'rate':
      return rate(value)
    case 'rounds':
      return `${Math.round(value)} rounds`
    case 'us':
      return `${value.toFixed(1)} µs`
    case 'number':
      return value.toExponential(0)
  }
}

export function evaluationTable(lines: readonly EvaluationLine[]): string {
  const rows = lines.map((line) => [
    line.target,
    line.estimator,
    ...(line.refused === line.logs
      ? [none, none, none, none]
      : [
          rate(line.bias),
          rate(line.rmse),
          line.covered === undefined ? none : percent(line.covered),
          line.estimator === 'replay' ? none : String(Math.round(line.effective)),
        ]),
    `${line.refused} of ${line.logs}`,
  ])
  return columns(
    [['policy in question', 'estimator', 'bias', 'RMSE', '90 % interval held', 'effective decisions', 'refused'], ...rows],
    (column) => column > 1,
  )
}

/** Which policies are drawn, and by which letter; uniform is a level. */
export const curveMarks = [
  ['T', 'thompson'],
  ['L', 'linucb'],
  ['e', 'epsilon-greedy'],
  ['c', 'capped cells'],
] as const

const curveHeight = 12
const partWidth = 3

export interface Curve {
  /** One letter. */
  readonly mark: string
  readonly name: string
  readonly values: readonly number[]
}

export interface Level {
  readonly name: string
  readonly value: number
}

/** Curves over the levels of hindsight: one column a part of the run, the higher the better. */
export function curvePlot(curves: readonly Curve[], levels: readonly Level[]): string {
  const all = [...levels.map(({ value }) => value), ...curves.flatMap(({ values }) => values)]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const lineOf = (value: number): number => Math.round(((high - value) / (high - low)) * (curveHeight - 1))
  const parts = Math.max(...curves.map(({ values }) => values.length))
  const lines = Array.from({ length: curveHeight }, (_, line) => {
    const here = levels.filter(({ value }) => lineOf(value) === line)
    const fill = here.length > 0 ? '-' : ' '
    const cells = Array.from({ length: parts }, (_part, part) =>
      curves
        .filter(({ values }) => lineOf(values[part] ?? Number.NaN) === line)
        .map(({ mark }) => mark)
        .join('')
        .padEnd(partWidth, fill),
    )
    const value = rate(high - (line * (high - low)) / (curveHeight - 1), 2)
    return `${value.padStart(4)} |${cells.join('')}  ${here.map((level) => `${level.name} ${rate(level.value, 3)}`).join(', ')}`.trimEnd()
  })
  return [...lines, `     ${curves.map(({ mark, name }) => `${mark} ${name}`).join('   ')}`].join('\n')
}
