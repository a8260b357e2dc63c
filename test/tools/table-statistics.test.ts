import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnStatistics, correlation, parseNumber } from '../../services/tools/column-statistics.ts'
import { benchWith } from './support.ts'

const csv = `name,city,price,size,since,id
Ada,Paris,1,10,2020-01-01,007
Ben,Rome,2,20,2020-02-01,008
Cem,Paris,,30,2020-03-01,009
Dua,"Den Haag, NL",4,40,2020-04-01,010
`

test('each column has its type, missing values, spread and frequent values', async () => {
  const { call } = await benchWith({ 'sales.csv': csv })
  const { ok, text, citations } = await call('table-statistics', { file: 'sales.csv' })
  expect(ok).toBe(true)
  expect(new Set(citations.map((citation) => JSON.stringify(citation)))).toEqual(new Set(['{"file":"sales.csv","fromLine":1,"toLine":5}']))
  for (const line of [
    'table: 4 rows, 6 columns',
    'column: price is number, 3 values, 1 missing, 3 distinct',
    'numbers: price min 1, first quartile 1.5, median 2, third quartile 3, max 4, mean 2.33333, standard deviation 1.52753',
    'column: city is text, 4 values, 0 missing, 3 distinct',
    'frequent: city "Paris" 2, "Rome" 1, "Den Haag, NL" 1',
    'column: since is date, 4 values, 0 missing, 4 distinct',
    'column: id is text, 4 values, 0 missing, 4 distinct',
    'correlation: price with size 1.000',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('malformed rows are left out, counted and located', async () => {
  const { call } = await benchWith({ 'bad.csv': 'a;b\n1;2\n3\n4;5;6\n7;8\n9;"open\n10;11\n' })
  const { text } = await call('table-statistics', { file: 'bad.csv' })
  expect(text).toContain('table: 2 rows, 2 columns\nmalformed: 3 rows left out, at 3, 4, 7')
})

test('tabs, quotes, JSON arrays and tables without a header are read', async () => {
  const { call } = await benchWith({
    't.tsv': '\uFEFFa\tb\n1\tsay "hi"\n',
    'rows.json': JSON.stringify([{ a: 1, b: true }, { a: 2.5, c: [1] }, 'no row', { a: null }]),
    'plain.csv': '1,2\n3,4\n',
    'twice.csv': 'a,a,\n1,2,3\n',
  })
  const lines = async (file: string) => (await call('table-statistics', { file })).text.split('\n')
  expect(await lines('t.tsv')).toContain('column: a is number, 1 values, 0 missing, 1 distinct')
  const json = await lines('rows.json')
  expect(json).toContain('malformed: 1 rows left out, at 3')
  expect(json).toContain('column: a is number, 2 values, 1 missing, 2 distinct')
  expect(json).toContain('column: b is boolean, 1 values, 2 missing, 1 distinct')
  expect(await lines('plain.csv')).toContain('table: 2 rows, 2 columns')
  expect((await lines('twice.csv')).filter((line) => line.startsWith('column:')).map((line) => line.slice(8, 16))).toEqual([
    'a is num',
    'a (2) is',
    'column 3',
  ])
})

test('a file that is no table is refused with the reason', async () => {
  const { call } = await benchWith({ 'a.json': '{"a":1}', 'b.json': '{', 'c.md': '# no', 'wide.csv': 'x,'.repeat(300), 'empty.csv': '' })
  const text = async (file: string) => (await call('table-statistics', { file })).text
  expect(await text('a.json')).toBe('Error: a.json is JSON but not an array; a table is an array of objects')
  expect(await text('b.json')).toContain('not valid JSON')
  expect(await text('c.md')).toContain('give a .csv, .tsv or .json file')
  expect(await text('wide.csv')).toContain('301 columns; the limit is 200')
  expect(await text('empty.csv')).toContain('table: 0 rows, 0 columns')
})

test('the statistics of numbers agree with their definitions', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 }), (values) => {
      const found = columnStatistics(values.map(String))
      if (found.kind !== 'number') throw new Error(`kind ${found.kind}`)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
      const sorted = values.toSorted((left, right) => left - right)
      const middle = ((sorted[Math.floor((values.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((values.length - 1) / 2)] ?? 0)) / 2
      expect(found.numbers.mean).toBeCloseTo(mean, 6)
      expect(found.numbers.deviation).toBeCloseTo(Math.sqrt(variance), 6)
      expect(found.numbers).toMatchObject({ min: sorted[0], max: sorted.at(-1), median: middle })
    }),
  )
})

test('a correlation is 1 along a line, -1 against it, and unknown where nothing varies', () => {
  const line = Float64Array.of(1, 2, 3, Number.NaN)
  expect(correlation(line, Float64Array.of(10, 20, 30, 5))).toBeCloseTo(1)
  expect(correlation(line, Float64Array.of(3, 2, 1, 0))).toBeCloseTo(-1)
  expect(correlation(line, Float64Array.of(7, 7, 7, 7))).toBeUndefined()
})

test('numbers are plain decimals', () => {
  expect(['1', '-2.5', '+3', '.5', '1e3', '0', '0.1'].map(parseNumber)).toEqual([1, -2.5, 3, 0.5, 1000, 0, 0.1])
  expect(['', '0x10', '007', '1,000', '1e999', 'Infinity', '12 kg'].map(parseNumber)).toEqual(Array(7).fill(undefined))
})
