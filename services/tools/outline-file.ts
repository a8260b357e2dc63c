// Outline file: the skeleton of a file with the lines each part takes. Nothing is rewritten; every entry is a line of the file.
import { z } from 'zod'
import type { Tool } from '../../actors/ports.ts'
import { linesOf } from '../memory/chunk.ts'
import { readBelow } from '../memory/folder.ts'
import { blockEnd } from './block-end.ts'
import { defineTool, type Passage } from './define-tool.ts'
import { fileArgument } from './read-file.ts'

const entriesMax = 120

export function outlineFile(): Tool {
  return defineTool({
    name: 'outline-file',
    description: 'Outlines a file for a summary: headings, definitions or first sentences, each marked [[file:from-to]].',
    arguments: z.strictObject({ file: fileArgument }),
    timeoutMs: 10_000,
    run: async ({ file }, { root }) => {
      const source = await readBelow(root, file)
      const lines = linesOf(source.text)
      const { kind, entries } = outline(source.file, lines)
      const shown = entries.slice(0, entriesMax)
      const left = entries.length > shown.length ? `, the first ${shown.length} shown` : ''
      const about = `Outline of ${source.file}: ${lines.length} lines, ${entries.length} ${kind}${left}.`
      return { about: [about], passages: shown.map((entry) => ({ file: source.file, ...entry })) }
    },
  })
}

type Entry = Omit<Passage, 'file'>

function outline(file: string, lines: readonly string[]): { readonly kind: string; readonly entries: readonly Entry[] } {
  if (/\.(md|mdx|markdown)$/i.test(file)) {
    const entries = sections(lines)
    if (entries.length > 0) return { kind: 'sections', entries }
  }
  const pattern = definitionsByExtension.find(({ extension }) => extension.test(file))?.pattern
  if (pattern !== undefined) return { kind: 'definitions', entries: definitions(lines, pattern) }
  return { kind: 'paragraphs', entries: paragraphs(lines, 0) }
}

/** Each heading with the first sentence under it; it reaches to the next heading of its own or a higher level. */
function sections(lines: readonly string[]): readonly Entry[] {
  const headings = headingsOf(lines)
  return headings.map(({ at, level }, order) => {
    const next = headings.find((other, index) => index > order && other.level <= level)?.at ?? lines.length
    const ownEnd = headings[order + 1]?.at ?? lines.length
    const [first] = paragraphs(lines.slice(at + 1, ownEnd), at + 1)
    const text = [lines[at]?.trim(), first?.text].filter((part) => part !== undefined).join('\n')
    return { fromLine: at + 1, toLine: lastWithText(lines, next), text }
  })
}

/** Lines that begin with "#", those inside fenced code left out. */
function headingsOf(lines: readonly string[]): readonly { readonly at: number; readonly level: number }[] {
  const found: { at: number; level: number }[] = []
  let isFenced = false
  for (const [at, line] of lines.entries()) {
    if (/^\s*(```|~~~)/.test(line)) isFenced = !isFenced
    const level = isFenced ? undefined : /^(#{1,6})\s/.exec(line)?.[1]?.length
    if (level !== undefined) found.push({ at, level })
  }
  return found
}

/** How a definition that others can see begins, by language. */
const definitionsByExtension: readonly { readonly extension: RegExp; readonly pattern: RegExp }[] = [
  { extension: /\.[mc]?[jt]sx?$/i, pattern: /^(export\s|module\.exports\b|exports\.\w)/ },
  { extension: /\.py$/i, pattern: /^(async\s+def|def|class)\s+[^_]/ },
  { extension: /\.go$/i, pattern: /^(func(\s*\([^)]*\))?\s+[A-Z]|type\s+[A-Z])/ },
  { extension: /\.rs$/i, pattern: /^\s*pub(\([^)]*\))?\s+(async\s+)?(fn|struct|enum|trait|type|const|mod)\s/ },
  {
    extension: /\.(java|kt|cs|scala|swift|php)$/i,
    pattern: /^\s*(public|open|export)\s|^(class|interface|object|struct|func|fun|function)\s/,
  },
  { extension: /\.(rb|ex|exs)$/i, pattern: /^\s*(class|module|def|defmodule)\s/ },
  {
    extension: /\.(c|h|cc|cpp|hpp)$/i,
    pattern: /^(?!(static|return|else|if|for|while)\b)[A-Za-z_][\w\s*&:<>,]*\([^;]*$|^(struct|class|enum|namespace|typedef)\s/,
  },
]

/** Each definition's first line, with the comment line above it; it reaches to its end by indentation. */
function definitions(lines: readonly string[], pattern: RegExp): readonly Entry[] {
  return lines.flatMap((line, at) => {
    if (!pattern.test(line)) return []
    const comment = commentAbove(lines, at)
    const text = comment === undefined ? line.trim() : `${comment}\n${line.trim()}`
    return [{ fromLine: comment === undefined ? at + 1 : at, toLine: blockEnd(lines, at) + 1, text: text.slice(0, entryCharactersMax) }]
  })
}

const entryCharactersMax = 400

function commentAbove(lines: readonly string[], at: number): string | undefined {
  const above = lines[at - 1]?.trim() ?? ''
  const text = /^(?:\/\/+|#|\/\*+|\*|--)\s*(.*?)\s*(?:\*\/)?$/.exec(above)?.[1]
  return text === undefined || text === '' || text === '/' ? undefined : text
}

/** The first sentence of each paragraph. */
function paragraphs(lines: readonly string[], offset: number): readonly Entry[] {
  const found: Entry[] = []
  let start: number | undefined
  for (let at = 0; at <= lines.length; at += 1) {
    const isText = lines[at] !== undefined && lines[at]?.trim() !== ''
    if (isText) start ??= at
    else if (start !== undefined) {
      const text = firstSentence(lines.slice(start, at).join(' '))
      found.push({ fromLine: offset + start + 1, toLine: offset + at, text })
      start = undefined
    }
  }
  return found
}

function firstSentence(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim()
  return (/^.*?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain).slice(0, entryCharactersMax)
}

function lastWithText(lines: readonly string[], end: number): number {
  let last = end
  while (last > 0 && lines[last - 1]?.trim() === '') last -= 1
  return last
}
