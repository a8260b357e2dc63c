// Table
// A CSV, TSV or JSON file as columns of text. What is left out (rows that are malformed, rows past the limit) is counted.
import { Readable } from 'node:stream'
import { parse, type CsvError } from 'csv-parse'
import { z } from 'zod'
import type { TextFile } from '../memory/folder.ts'
import { parseNumber } from './column-statistics.ts'
import { TableUnreadable } from './errors.ts'

export interface Table {
  readonly columns: readonly Column[]
  readonly rows: number
  /** Rows with another number of fields than the header, or broken quotes: left out. */
  readonly malformed: Malformed
  /** True: there are more rows than `rowsMax`, and they were not read. */
  readonly truncated: boolean
}

export interface Column {
  readonly name: string
  readonly values: readonly string[]
}

export interface Malformed {
  readonly count: number
  /** The first few: line numbers of a CSV file, item numbers of a JSON array. */
  readonly at: readonly number[]
}

export const tableBytesMax = 16 * 1024 * 1024
export const rowsMax = 100_000
const columnsMax = 200
const malformedShown = 10
/** Text given to the parser before the event loop gets a turn. */
const sliceCharacters = 64 * 1024

export async function readTable(source: TextFile, signal: AbortSignal): Promise<Table> {
  if (/\.json$/i.test(source.file)) return readJson(source)
  if (/\.(csv|tsv)$/i.test(source.file)) return readDelimited(source, signal)
  throw new TableUnreadable(`${source.file} is not a table that can be read; give a .csv, .tsv or .json file`)
}

async function readDelimited({ file, text }: TextFile, signal: AbortSignal): Promise<Table> {
  const malformed = countMalformed()
  const parser = parse({
    delimiter: delimiterOf(file, text),
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => malformed.add(Number(error?.['lines'] ?? 0)),
  })
  const records: AsyncIterable<string[]> = Readable.from(slices(text)).pipe(parser)
  let columns: MutableColumn[] | undefined
  let rows = 0
  for await (const record of records) {
    signal.throwIfAborted()
    if (columns === undefined) {
      // A first row of nothing but numbers is no header.
      const isHeader = !record.every((value) => parseNumber(value) !== undefined)
      columns = nameColumns(file, isHeader ? record : record.map(() => '')).map((name) => ({ name, values: [] }))
      if (isHeader) continue
    }
    if (rows === rowsMax) return { columns, rows, malformed: malformed.result(), truncated: true }
    for (const [at, column] of columns.entries()) column.values.push(record[at] ?? '')
    rows += 1
  }
  return { columns: columns ?? [], rows, malformed: malformed.result(), truncated: false }
}

interface MutableColumn {
  readonly name: string
  readonly values: string[]
}

function* slices(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += sliceCharacters) yield text.slice(at, at + sliceCharacters)
}

/** The one that the first line has most of. */
function delimiterOf(file: string, text: string): string {
  if (/\.tsv$/i.test(file)) return '\t'
  const [firstLine = ''] = text.split('\n', 1)
  const counted = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, count: firstLine.split(delimiter).length }))
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).delimiter
}

/** Names for a header: none empty, none twice. */
function nameColumns(file: string, header: readonly string[]): readonly string[] {
  if (header.length > columnsMax) throw new TableUnreadable(`${file} has ${header.length} columns; the limit is ${columnsMax}`)
  const names = new Set<string>()
  for (const [at, text] of header.entries()) {
    const name = text.replaceAll(/\s+/g, ' ').trim() || `column ${at + 1}`
    names.add(names.has(name) ? `${name} (${at + 1})` : name)
  }
  return [...names]
}

function readJson({ file, text }: TextFile): Table {
  const items = parseJson(file, text)
  const malformed = countMalformed()
  const kept: Readonly<Record<string, unknown>>[] = []
  for (const [at, item] of items.entries()) {
    if (kept.length === rowsMax) break
    const record = rowShape.safeParse(item)
    if (record.success) kept.push(record.data)
    else malformed.add(at + 1)
  }
  const names = nameColumns(file, [...new Set(kept.flatMap((row) => Object.keys(row)))])
  const columns = names.map((name) => ({ name, values: kept.map((row) => toText(row[name])) }))
  const truncated = items.length > kept.length + malformed.result().count
  return { columns, rows: kept.length, malformed: malformed.result(), truncated }
}

const rowShape = z.record(z.string(), z.unknown())

function parseJson(file: string, text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch (cause) {
    throw new TableUnreadable(`${file} is not valid JSON`, { cause })
  }
  throw new TableUnreadable(`${file} is JSON but not an array; a table is an array of objects`)
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

function countMalformed() {
  let count = 0
  const at: number[] = []
  return {
    add: (place: number): undefined => {
      count += 1
      if (at.length < malformedShown) at.push(place)
    },
    result: (): Malformed => ({ count, at }),
  }
}
