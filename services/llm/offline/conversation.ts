// Conversation
// Reads a chat the way the offline model understands it: a task, the material to answer from, an answer to judge, the calls made so far.
// The rules are written for prompt authors at the head of agent.ts.
import type { ChatMessage } from './protocol.ts'

export interface Passage {
  readonly text: string
  /** `file:from-to`, when the passage was marked with it. */
  readonly citation: string | undefined
  /** Its lines are statements already, to be kept as they are. */
  readonly statements: boolean
}

export interface Conversation {
  readonly task: string
  /** Paths named in the task, in order. */
  readonly files: readonly string[]
  /** Lines `Name: value` of the task, names in lower case. */
  readonly labels: ReadonlyMap<string, string>
  readonly material: readonly Passage[]
  /** Material came with the task. */
  readonly given: boolean
  /** An answer to judge came with the task. */
  readonly judging: boolean
  /** The answer to judge: that one, or what was last said. */
  readonly judged: string | undefined
  readonly calls: readonly MadeCall[]
}

export interface MadeCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

export function readConversation(messages: readonly ChatMessage[]): Conversation {
  const users = messages.flatMap((message) => (message.role === 'user' ? [readUser(message.content)] : []))
  const assistants = messages.filter((message) => message.role === 'assistant')
  const calls = assistants.flatMap((message) => (message.tool_calls ?? []).map(({ id, function: made }) => ({ id, ...made })))
  const results = messages.flatMap((message) => (message.role === 'tool' ? readResult(message, calls) : []))
  const last = users.findLast(({ task }) => !repeatsTask.test(task)) ?? users.at(-1)
  const task = last?.task ?? ''
  const material = ofNamedFiles([...users.flatMap((user) => user.material), ...results], filesIn(task))
  return {
    task,
    files: filesIn(task),
    labels: labelsIn(task),
    material,
    given: (last?.material.length ?? 0) > 0,
    judging: last?.judged !== undefined,
    judged: last?.judged ?? assistants.flatMap((message) => message.content || []).at(-1),
    calls,
  }
}

/** A message that only asks for another try stands for the task before it. */
const repeatsTask = /\b(answer|try) again\b/i

const mark = /^\s*\[\[(.+):(\d+)(?:-(\d+))?\]\]\s*(.*)$/
const section =
  /^\s*(?:(task|question|request|goal):\s*(.*)|(answer|draft):\s*(.*)|(?:text|passages?|context|material|notes|findings|sources?)(?::\s*(.*)|\s[^:]{1,60}:\s*))$/i

interface Block {
  readonly kind: 'task' | 'judged' | 'material'
  readonly citation: string | undefined
  readonly lines: string[]
}

/** The blocks of a text. Once material has begun only a mark opens another: what a document says is never taken for the task. */
function blocksOf(text: string, withSections: boolean): readonly Block[] {
  let current: Block = { kind: 'task', citation: undefined, lines: [] }
  const blocks: Block[] = [current]
  for (const line of text.replace(cutNote, '').split(/\r?\n/)) {
    const opened = markedBlock(line) ?? (withSections && current.kind !== 'material' ? sectionBlock(line) : undefined)
    if (opened) blocks.push((current = opened))
    else current.lines.push(line)
  }
  // What stands between the name of a section and its first mark is about the passages, not one of them.
  return blocks.filter((block, at) => block.kind !== 'material' || block.citation !== undefined || blocks[at + 1]?.citation === undefined)
}

const cutNote = /\n\(cut: [^\n]*\)\s*$/

function markedBlock(line: string): Block | undefined {
  const [, file, from, to, rest] = mark.exec(line) ?? []
  if (file === undefined) return undefined
  return { kind: 'material', citation: `${file}:${from}-${to ?? from}`, lines: rest ? [rest] : [] }
}

function sectionBlock(line: string): Block | undefined {
  const named = section.exec(line)
  if (!named) return undefined
  const [, task, asked, judged, answer, text] = named
  const rest = asked ?? answer ?? text
  return { kind: task ? 'task' : judged ? 'judged' : 'material', citation: undefined, lines: rest ? [rest] : [] }
}

function readUser(content: string): { task: string; judged: string | undefined; material: readonly Passage[] } {
  const blocks = blocksOf(content, true)
  const textOf = (kind: Block['kind']): string =>
    blocks
      .filter((block) => block.kind === kind)
      .map((block) => block.lines.join('\n').trim())
      .filter((text) => text !== '')
      .join('\n')
  return { task: textOf('task'), judged: textOf('judged') || undefined, material: passagesOf(blocks) }
}

const failed = /^\s*(error|failed|failure|refused|not found|nothing found|nothing matches|no (results?|matches|passages?|such)\b)/i
const quotingTool = /(?:^|[_-])(?:search|find|query|retrieve|look|read|open|fetch|get|load|outline)/i

/**
 * What a tool brought. Failures are no material. A tool that searches or reads quotes what was written for something else; the lines of
 * any other are statements on the task, unless it marks passages that are more than `name: value` lines.
 */
function readResult(message: { readonly tool_call_id: string; readonly content: string }, calls: readonly MadeCall[]): readonly Passage[] {
  const { content } = message
  if (content.trim() === '' || failed.test(content)) return []
  const marked = passagesOf(blocksOf(content, false))
  const passages = marked.length > 0 ? marked : [{ text: content.trim(), citation: undefined, statements: false }]
  if (quotingTool.test(calls.find((call) => call.id === message.tool_call_id)?.name ?? '')) return passages
  return passages.map((passage) => ({
    ...passage,
    statements: passage.citation === undefined || linesOf(passage.text).every((line) => statementLine.test(line)),
  }))
}

const statementLine = /^[^:.!?]{1,60}:\s+\S.{0,400}$/

const passagesOf = (blocks: readonly Block[]): readonly Passage[] =>
  blocks
    .filter((block) => block.kind === 'material')
    .map(({ lines, citation }) => ({ text: lines.join('\n').trim(), citation, statements: false }))
    .filter((passage) => passage.text !== '')

/** The lines that are not blank, trimmed. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Passages of the files that the task names, and those without a place; all when none is of these files. */
function ofNamedFiles(material: readonly Passage[], files: readonly string[]): readonly Passage[] {
  const isOf = ({ citation = '' }: Passage): boolean => {
    const file = citation.slice(0, citation.lastIndexOf(':'))
    return files.some((name) => file === name || file.endsWith(`/${name}`))
  }
  return material.some(isOf) ? material.filter((passage) => passage.citation === undefined || isOf(passage)) : material
}

// Begins at the start of a word only: otherwise a long word would be read again from each of its letters.
const pathLike = /(?<![\w.~/-])(?:[\w.~-]+\/)*[\w~-][\w.~-]*\.[A-Za-z][A-Za-z0-9]{0,5}(?![\w/])|(?<![\w.~/-])(?:[\w.~-]+\/)+[\w~-]+/g
const url = /\bhttps?:\/\/\S+/g
const abbreviation = /^(e\.g|i\.e|etc|vs|a\.m|p\.m|and\/or|either\/or|his\/her|s\/he|n\/a|w\/o)\.?$/i

/** `File: <path>` lines first; without one, every word that looks like a path. */
export function filesIn(task: string): readonly string[] {
  const named = [...task.matchAll(/^\s*(?:file|path|files|document):\s*(\S.*)$/gim)].flatMap(([, value = '']) => value.split(/\s*,\s*/))
  if (named.length > 0) return unique(named.map((path) => path.trim().replaceAll(/^[`'"]|[`'"]$/g, '')))
  const words = task.replaceAll(url, ' ').match(pathLike) ?? []
  return unique(words.filter((word) => !abbreviation.test(word)))
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)].filter((value) => value !== '')

function labelsIn(task: string): ReadonlyMap<string, string> {
  const lines = [...task.matchAll(/^\s*([A-Za-z][\w -]{0,30}):\s+(\S.*)$/gm)]
  return new Map(lines.map(([, name = '', value = '']) => [name.trim().toLowerCase(), value.trim()]))
}
