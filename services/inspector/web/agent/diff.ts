// Diff
// Two JSON values as lines: what is gone, what is new, and in one line each what stayed. Pure.

export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new'
  readonly depth: number
  readonly name: string
  readonly text: string
}

export const diffLinesMax = 400
const depthMax = 10
const textMax = 160

/** At most `diffLinesMax` lines; the last then says that there are more. */
export function diffLines(before: unknown, after: unknown): readonly DiffLine[] {
  const lines: DiffLine[] = []
  compare(before, after, { depth: 0, name: '', lines })
  if (lines.length <= diffLinesMax) return lines
  return [...lines.slice(0, diffLinesMax), { kind: 'same', depth: 0, name: '', text: `… ${lines.length - diffLinesMax} lines more` }]
}

interface Spot {
  readonly depth: number
  readonly name: string
  readonly lines: DiffLine[]
}

function compare(before: unknown, after: unknown, { depth, name, lines }: Spot): void {
  if (isSame(before, after)) {
    if (depth > 0) lines.push({ kind: 'same', depth, name, text: summaryOf(after) })
    else for (const [key, value] of entriesOf(after)) lines.push({ kind: 'same', depth: 1, name: key, text: summaryOf(value) })
    return
  }
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after) || depth >= depthMax) {
    if (before !== undefined) lines.push({ kind: 'gone', depth, name, text: lineOf(before) })
    if (after !== undefined) lines.push({ kind: 'new', depth, name, text: lineOf(after) })
    return
  }
  if (depth > 0) lines.push({ kind: 'same', depth, name, text: Array.isArray(after) ? `${after.length} items` : '' })
  const [was, is] = [new Map(entriesOf(before)), new Map(entriesOf(after))]
  for (const key of new Set([...was.keys(), ...is.keys()])) compare(was.get(key), is.get(key), { depth: depth + 1, name: key, lines })
}

/** In one line: `4 items`, `6 fields`, or the value. */
export function summaryOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `▸ ${value.length} ${value.length === 1 ? 'item' : 'items'}`
  if (!isTree(value)) return lineOf(value)
  const count = Object.keys(value).length
  return count === 0 ? '{}' : `▸ ${count} ${count === 1 ? 'field' : 'fields'}`
}

function lineOf(value: unknown): string {
  const text = value === undefined ? 'undefined' : JSON.stringify(value)
  return text.length <= textMax ? text : `${text.slice(0, textMax - 1)}…`
}

export const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] => (isTree(value) ? Object.entries(value) : [])

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!isTree(one) || !isTree(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const [keys, others] = [Object.keys(one), new Map(Object.entries(other))]
  return keys.length === others.size && Object.entries(one).every(([key, value]) => others.has(key) && isSame(value, others.get(key)))
}
