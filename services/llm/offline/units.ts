// Units
// What an answer is made of: the sentences and lines of passages, each with its place.
import { linesOf, type Passage } from './conversation.ts'
import { termsOf } from './terms.ts'

export interface Unit {
  readonly text: string
  readonly citation: string | undefined
  /** A statement is kept as it is; a line is a row of a table or of code; a sentence is prose. */
  readonly kind: 'statement' | 'line' | 'sentence'
  /** Place of the passage in the material, and of the unit in the passage. */
  readonly passage: number
  readonly at: number
  /** How often it has each term. */
  readonly terms: ReadonlyMap<string, number>
}

const wordsMin = 3

/** The units of a passage in order. Headings, rules and fragments are left out. */
export function unitsOf(passage: Passage, index: number): readonly Unit[] {
  const pieces = passage.statements
    ? linesOf(passage.text).map((text) => ({ text, kind: 'statement' as const }))
    : passage.text.split(/\n\s*\n/).flatMap((paragraph) => piecesOf(paragraph, passage.citation))
  return pieces
    .filter(({ text, kind }) => kind === 'statement' || (/\p{L}/u.test(text) && text.split(/\s+/).length >= wordsMin))
    .map(({ text, kind }, at) => ({ text, kind, at, citation: passage.citation, passage: index, terms: countsOf(termsOf(text)) }))
}

type Piece = Pick<Unit, 'text' | 'kind'>

const heading = /^#{1,6}\s|^[=-]{3,}$|^```|^~~~/
const listItem = /^(?:[-*•]|\d+[.)])\s+/
const tableRow = /^\||\t.*\t/
const proseFile = /\.(md|mdx|markdown|txt|text|rst|adoc|html?|pdf|docx?|tex|log):\d+-\d+$|^[^.]*:\d+-\d+$/i

function piecesOf(paragraph: string, citation: string | undefined): readonly Piece[] {
  const lines = linesOf(paragraph)
  if (!isProse(lines, citation)) return lines.map((text) => ({ text, kind: 'line' }))
  const pieces: Piece[] = []
  let prose: string[] = []
  const flush = (): void => {
    pieces.push(...sentencesOf(prose.join(' ')).map((text): Piece => ({ text, kind: 'sentence' })))
    prose = []
  }
  for (const line of lines) {
    if (heading.test(line) || tableRow.test(line) || listItem.test(line)) flush()
    if (tableRow.test(line)) pieces.push({ text: line, kind: 'line' })
    else if (!heading.test(line)) prose.push(line.replace(listItem, ''))
  }
  flush()
  return pieces
}

/** By the kind of file where it is known; else most lines of prose have four plain words. */
function isProse(lines: readonly string[], citation: string | undefined): boolean {
  if (citation !== undefined) return proseFile.test(citation)
  return lines.filter((line) => (line.match(plainWords) ?? []).length >= 4).length * 2 >= lines.length
}

const plainWords = /(?<![\w./])\p{L}[\p{L}'’-]*(?=[\s,;:.!?)]|$)/gu

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
/** What a sentence may not begin with, since it closes the one before: citations, and the end of an emphasis or a quotation. */
const closing = /^(?:(?:\[[^\][]+:\d+(?:-\d+)?\]\s*)+|[*_`"'”’)\]]+\s+)/
const endsInAbbreviation = /(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mr|Mrs|Ms|St|No|Art|Sec|Fig)\.|\b\p{Lu}\.)\s*$/u

/** The sentences of a text in one line. */
export function sentencesOf(text: string): readonly string[] {
  const sentences: string[] = []
  let before = ''
  for (const segment of text.split(behindCitation).flatMap(segmentsOf)) {
    const last = sentences.length - 1
    const closed = last < 0 ? '' : (closing.exec(segment)?.[0] ?? '')
    const rest = segment.slice(closed.length)
    if (last >= 0) sentences[last] += closed
    if (last >= 0 && endsInAbbreviation.test(closed || before)) sentences[last] += rest
    else if (rest.trim() !== '') sentences.push(rest)
    before = segment
  }
  return sentences.map((sentence) => sentence.trim())
}

/** The segmenter sees no end of a sentence before a bracket and a small letter, which is how a citation looks. */
const behindCitation = /(?<=\[[^\][]+:\d+(?:-\d+)?\]\s)/
const segmentsOf = (text: string): readonly string[] => Array.from(segmenter.segment(text), ({ segment }) => segment)

function countsOf(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}
