// Memory
// What an actor found in memory or put there, read from what went into its effects and what came back. Pure.
import type { CallDetail, EffectRun } from '../wire.ts'

export interface MemoryHit {
  /** Where it stands: `file:from-to`; absent of what has no place. */
  readonly where?: string
  readonly text: string
}

export interface MemoryUse {
  readonly kind: 'found' | 'stored'
  readonly what: string
  readonly collection?: string
  readonly hits: readonly MemoryHit[]
  /** What cannot be shown as passages. */
  readonly rest?: unknown
}

/** Effects that look things up, or keep them. Tools may: what they ran says whether they did. */
const memoryNames = /retriev|recall|remember|ingest|forget|memor|embed|^keep$|^search$/i
export const mayUseMemory = ({ src }: Pick<EffectRun, 'src'>): boolean => memoryNames.test(src) || src === 'act'

type Fields = Readonly<Record<string, unknown>>
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Empty: it used no memory. */
export function memoryUses({ src, input, output }: CallDetail): readonly MemoryUse[] {
  const given = fieldsOf(input)
  const collection = textOf(given['collection'])
  const place = collection === undefined ? {} : { collection }
  if (Array.isArray(output)) return toolUses(given, output).map((use) => ({ ...use, ...place }))
  if (!memoryNames.test(src)) return []
  const got = fieldsOf(output)
  const what = textOf(given['query']) ?? textOf(given['prompt']) ?? src
  const lessons = listOf(got['lessons']).flatMap((one) => (typeof one === 'string' ? [{ text: one }] : []))
  const passages = passagesIn(textOf(got['text']) ?? '', listOf(got['citations']))
  const hits = [...passages, ...lessons]
  const isStored = /ingest|keep|forget|store/i.test(src)
  return [{ kind: isStored ? 'stored' : 'found', what, ...place, hits, ...(hits.length === 0 && output !== undefined && { rest: output }) }]
}

/** Tools whose answers say where they found what they say. */
function toolUses(given: Fields, answers: readonly unknown[]): readonly MemoryUse[] {
  const calls = new Map(listOf(given['calls']).map((call) => [fieldsOf(call)['id'], fieldsOf(call)]))
  return answers.map(fieldsOf).flatMap(({ id, name, text, citations }): readonly MemoryUse[] => {
    const hits = passagesIn(textOf(text) ?? '', listOf(citations))
    if (hits.length === 0) return []
    const { query, path, file } = fieldsOf(calls.get(id)?.['arguments'])
    return [{ kind: 'found', what: `${textOf(name) ?? 'a tool'}: ${textOf(query) ?? textOf(path) ?? textOf(file) ?? ''}`, hits }]
  })
}

const mark = /\[\[([^\]]+:\d+-\d+)\]\]/g

/** Passages as tools write them, each behind its mark; where the text has none, the places alone. */
function passagesIn(text: string, citations: readonly unknown[]): readonly MemoryHit[] {
  const marks = [...text.matchAll(mark)]
  if (marks.length > 0)
    return marks.map(({ 0: whole, 1: where = '', index }, n) => ({
      where,
      text: text.slice(index + whole.length, marks[n + 1]?.index ?? text.length).trim(),
    }))
  return citations
    .map(fieldsOf)
    .flatMap(({ file, fromLine, toLine }) =>
      typeof file === 'string' ? [{ where: `${file}:${String(fromLine)}-${String(toLine)}`, text: '' }] : [],
    )
}
