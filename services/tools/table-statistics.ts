// Table statistics: what is in each column of a table, computed exactly, as lines a model can quote.
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { Tool } from '../../actors/ports.ts'
import { linesOf } from '../memory/chunk.ts'
import { readBelow } from '../memory/folder.ts'
import { columnStatistics, correlation, type ColumnStatistics, type Frequent, type NumberStatistics } from './column-statistics.ts'
import { defineTool, type Found } from './define-tool.ts'
import { fileArgument } from './read-file.ts'
import { readTable, rowsMax, tableBytesMax, type Table } from './table.ts'

/** Numeric columns compared in pairs; above that the pairs would be more than anyone reads. */
const correlatedColumnsMax = 12
const correlationsMax = 15

export function tableStatistics(): Tool {
  return defineTool({
    name: 'table-statistics',
    description:
      'Computes statistics of each column of a .csv, .tsv or .json table: types, missing values, spread, frequent values, correlations.',
    arguments: z.strictObject({ file: fileArgument }),
    timeoutMs: 60_000,
    run: async ({ file }, { root, signal }) => {
      const source = await readBelow(root, file, tableBytesMax)
      const table = await readTable(source, signal)
      const statistics: NamedStatistics[] = []
      for (const { name, values } of table.columns) {
        signal.throwIfAborted()
        statistics.push({ name: shorten(name), ...columnStatistics(values) })
        // Each column may take tens of milliseconds: others get a turn in between.
        await setImmediate()
      }
      const correlations = await correlate(statistics, signal)
      const whole = { file: source.file, fromLine: 1, toLine: Math.max(1, linesOf(source.text.trimEnd()).length) }
      const texts = [describeTable(table), ...statistics.map(describeColumn), ...describeCorrelations(correlations, statistics)]
      return { about: [`Statistics of ${source.file}:`], passages: texts.map((text) => ({ ...whole, text })) } satisfies Found
    },
  })
}

type NamedStatistics = ColumnStatistics & { readonly name: string }

function describeTable({ rows, columns, malformed, truncated }: Table): string {
  const lines = [`table: ${rows} rows, ${columns.length} columns`]
  if (truncated) lines.push(`limit: only the first ${rowsMax} rows were read, all figures are of those`)
  if (malformed.count > 0)
    lines.push(
      `malformed: ${malformed.count} rows left out, at ${malformed.at.join(', ')}${malformed.count > malformed.at.length ? ', …' : ''}`,
    )
  return lines.join('\n')
}

function describeColumn(column: NamedStatistics): string {
  const { name, kind, counts } = column
  const mixed = kind === 'text' && counts.numeric > 0 ? `, ${counts.numeric} of them numbers` : ''
  const first = `column: ${name} is ${kind}, ${counts.present} values${mixed}, ${counts.missing} missing, ${counts.distinct} distinct`
  if (column.kind === 'number') return `${first}\nnumbers: ${name} ${describeNumbers(column.numbers)}`
  return column.frequent.length === 0 ? first : `${first}\nfrequent: ${name} ${column.frequent.map(describeFrequent).join(', ')}`
}

function describeNumbers(numbers: NumberStatistics): string {
  const { min, firstQuartile, median, thirdQuartile, max, mean, deviation } = numbers
  const spread = `min ${round(min)}, first quartile ${round(firstQuartile)}, median ${round(median)}, third quartile ${round(thirdQuartile)}`
  return `${spread}, max ${round(max)}, mean ${round(mean)}, standard deviation ${round(deviation)}`
}

const describeFrequent = ({ value, count }: Frequent): string => `"${shorten(value)}" ${count}`

interface Correlation {
  readonly pair: string
  readonly value: number
}

async function correlate(statistics: readonly NamedStatistics[], signal: AbortSignal): Promise<readonly Correlation[]> {
  const compared = statistics.flatMap((column) => (column.kind === 'number' ? [column] : [])).slice(0, correlatedColumnsMax)
  const found: Correlation[] = []
  for (const [at, left] of compared.entries()) {
    signal.throwIfAborted()
    for (const right of compared.slice(at + 1)) {
      const value = correlation(left.values, right.values)
      if (value !== undefined) found.push({ pair: `${left.name} with ${right.name}`, value })
    }
    await setImmediate()
  }
  return found.toSorted((left, right) => Math.abs(right.value) - Math.abs(left.value))
}

function describeCorrelations(found: readonly Correlation[], statistics: readonly NamedStatistics[]): readonly string[] {
  if (found.length === 0) return []
  const lines = found.slice(0, correlationsMax).map(({ pair, value }) => `correlation: ${pair} ${value.toFixed(3)}`)
  const numeric = statistics.filter((column) => column.kind === 'number').length
  if (found.length > correlationsMax) lines.push(`limit: the strongest ${correlationsMax} of ${found.length} correlations`)
  if (numeric > correlatedColumnsMax) lines.push(`limit: correlations of the first ${correlatedColumnsMax} of ${numeric} numeric columns`)
  return [lines.join('\n')]
}

const round = (value: number): string => String(Number(value.toPrecision(6)))
const shorten = (text: string): string => (text.length <= 32 ? text : `${text.slice(0, 31)}…`).replaceAll(/\s+/g, ' ')
