// Chunk
// A text cut into pieces small enough to embed and to cite. Each piece is whole lines of the source, so a citation is exact.
//
// C1. A chunk's text is its lines joined by a newline; only a line longer than the target is cut, into pieces of that one line.
// C2. Every line that is not blank is in a chunk, and no chunk is longer than the target.
import type { Citation } from '../../actors/ports.ts'

export interface Chunk extends Citation {
  readonly text: string
}

export interface ChunkOptions {
  /** Characters of a chunk, at most. */
  readonly targetCharacters: number
  /** Where a paragraph must be cut, up to this many characters of whole lines stand in both chunks. */
  readonly overlapCharacters: number
}

export const chunkDefaults: ChunkOptions = { targetCharacters: 800, overlapCharacters: 100 }

export function chunk(text: string, file: string, options: ChunkOptions = chunkDefaults): readonly Chunk[] {
  const lines = linesOf(text)
  const chunks: Chunk[] = []
  let start = skipBlank(lines, 0)
  while (start < lines.length) {
    const end = findEnd(lines, start, isMarkdown.test(file), options)
    chunks.push(...toChunks(lines, { file, start, end }, options))
    start = skipBlank(lines, nextStart(lines, start, end, options))
  }
  return chunks
}

/** The lines of a text; line numbers everywhere count these, from 1. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/)
}

const isMarkdown = /\.(md|mdx|markdown)$/i
const isHeading = /^#{1,6}\s/
const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === ''

function skipBlank(lines: readonly string[], from: number): number {
  let at = from
  while (at < lines.length && isBlank(lines[at])) at += 1
  return at
}

/** The line after the chunk: before a heading, else after the last blank line of its second half, else where it is full. */
function findEnd(lines: readonly string[], start: number, markdown: boolean, { targetCharacters }: ChunkOptions): number {
  let length = 0
  let afterBlank: number | undefined
  for (const [offset, line] of lines.slice(start, start + targetCharacters + 1).entries()) {
    const at = start + offset
    if (at > start && markdown && isHeading.test(line) && length >= targetCharacters / 4) return at
    length += line.length + (at > start ? 1 : 0)
    if (at > start && length > targetCharacters) return afterBlank ?? at
    if (isBlank(line) && length >= targetCharacters / 2) afterBlank = at + 1
  }
  return Math.min(lines.length, start + targetCharacters + 1)
}

function toChunks(
  lines: readonly string[],
  { file, start, end }: { file: string; start: number; end: number },
  options: ChunkOptions,
): readonly Chunk[] {
  let last = end - 1
  while (isBlank(lines[last])) last -= 1
  const text = lines.slice(start, last + 1).join('\n')
  return cutEvery(text, options.targetCharacters).map((piece) => ({ file, fromLine: start + 1, toLine: last + 1, text: piece }))
}

/** Cuts between characters, never inside a surrogate pair. */
function cutEvery(text: string, length: number): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length;) {
    const isInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(at + length - 1)) && at + length < text.length
    const end = at + length - (isInsidePair && length > 1 ? 1 : 0)
    pieces.push(text.slice(at, end))
    at = end
  }
  return pieces
}

/** Steps back over the last lines of a paragraph that had to be cut, if what follows still finds room beside them. */
function nextStart(lines: readonly string[], start: number, end: number, { targetCharacters, overlapCharacters }: ChunkOptions): number {
  if (isBlank(lines[end - 1]) || isBlank(lines[end]) || isHeading.test(lines[end] ?? '')) return end
  const room = Math.min(overlapCharacters, targetCharacters - (lines[end]?.length ?? 0) - 1)
  let length = 0
  let at = end
  while (at - 1 > start && !isBlank(lines[at - 1]) && length + (lines[at - 1]?.length ?? 0) + 1 <= room) {
    at -= 1
    length += (lines[at]?.length ?? 0) + 1
  }
  return at
}
