// The score matrix: which arm answers which task how well, and what a call costs. data/NOTICE.md says where it comes from.
import fs from 'node:fs'

export interface Row {
  /** Index of the task type. */
  readonly taskType: number
  /** 0 to 1, by arm. */
  readonly scores: readonly number[]
}

export interface Matrix {
  readonly arms: readonly string[]
  readonly taskTypes: readonly string[]
  /** List price by arm, as a share of the dearest. */
  readonly prices: readonly number[]
  readonly rows: readonly Row[]
}

export function readMatrix(): Matrix {
  const [head = [], ...lines] = cellsOf('scores.csv')
  const arms = head.slice(1)
  const taskTypes = [...new Set(lines.map(([taskType = '']) => taskType))]
  const indexOf = new Map(taskTypes.map((taskType, index) => [taskType, index]))
  const rows = lines.map(([taskType = '', ...scores]): Row => ({ taskType: indexOf.get(taskType) ?? 0, scores: scores.map(Number) }))
  const priceOf = new Map(cellsOf('prices.csv').map(([arm = '', price = '']) => [arm, Number(price)]))
  const prices = arms.map((arm) => priceOf.get(arm) ?? Number.NaN)
  const dearest = Math.max(...prices)
  return { arms, taskTypes, prices: prices.map((price) => price / dearest), rows }
}

/** No cell of these files holds a comma. */
function cellsOf(file: string): string[][] {
  const text = fs.readFileSync(new URL(`data/${file}`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
}
