// Agent words
// What an agent says to its model, and what it takes from the answer: the opening, the bounded talk, the citations. Pure.
//
// W1. The oldest steps are left out once a talk has more than `talkCharsMax` characters; the system message, the task and the latest step never are.
// W2. A tool's answer never goes without the call it belongs to.
// W3. A citation is given only if the passage came from retrieval or a tool.
import type { AgentProfile, AgentTask, ModelMessage, ToolAnswer } from './agent-task.ts'
import type { CitationFact } from './task-events.ts'

export const talkCharsMax = 60_000
const passagesCharsMax = 16_000
const toolCharsMax = 16_000
const sourcesMax = 200
const unmarkedCitationsMax = 12
/** Tells a reader that a tool's answer is no material. */
const errorMark = 'Error: '

const citingRule =
  'Mark the source of each statement right after it as [file:from-to], exactly as given in the [[file:from-to]] line above the passage. ' +
  'Never mark a source you were not given. If the sources do not hold the answer, say so.'

/** System, what was said before, task: the part of the talk that stays. */
export function openingOf(profile: AgentProfile, task: AgentTask, passages: string): ModelMessage[] {
  const plan = profile.approach.map((step, index) => `${index + 1}. ${step}`)
  const system = [profile.instructions, citingRule, ...(plan.length > 0 ? ['How to go about it:', ...plan] : [])].join('\n')
  const about = task.file === undefined ? [task.prompt] : [task.prompt, `File: ${task.file}`]
  const found = passages === '' ? [] : ['', 'Passages found in the folder:', clip(passages, passagesCharsMax)]
  return [{ role: 'system', content: system }, ...task.history, { role: 'user', content: [...about, ...found].join('\n') }]
}

/** The latest steps that fit beside the opening (W1), in whole groups of a call and its answers (W2). */
export function trimSteps(opening: readonly ModelMessage[], steps: readonly ModelMessage[]): readonly ModelMessage[] {
  let room = talkCharsMax - charsOf(opening)
  const groups = groupsOf(steps)
  let kept = groups.length
  while (kept > 0) {
    room -= charsOf(groups[kept - 1] ?? [])
    if (room < 0 && kept < groups.length) break // the latest group stays whatever its size: its parts are clipped
    kept--
  }
  return kept === 0 ? steps : groups.slice(kept).flat()
}

function groupsOf(steps: readonly ModelMessage[]): ModelMessage[][] {
  const groups: ModelMessage[][] = []
  for (const message of steps) {
    const last = groups.at(-1)
    if (message.role === 'tool' && last) last.push(message)
    else groups.push([message])
  }
  return groups
}

const charsOf = (messages: readonly ModelMessage[]): number =>
  messages.reduce((sum, message) => {
    const calls = message.role === 'assistant' && message.toolCalls ? JSON.stringify(message.toolCalls).length : 0
    return sum + message.content.length + calls
  }, 0)

/** Tool answers as messages; many long ones share a third of the talk. */
export function toolMessages(answers: readonly ToolAnswer[]): ModelMessage[] {
  const charsMax = Math.min(toolCharsMax, Math.floor(talkCharsMax / 3 / Math.max(1, answers.length)))
  return answers.map(({ id, ok, text }) => ({
    role: 'tool',
    toolCallId: id,
    content: clip(ok || text.startsWith(errorMark) ? text : errorMark + text, charsMax),
  }))
}

export const clip = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${text.slice(0, charsMax)}\n(cut: ${text.length - charsMax} more characters)`

/** All sources seen so far, each once, the newest kept when there are too many. */
export function addSources(sources: readonly CitationFact[], found: readonly CitationFact[]): readonly CitationFact[] {
  const known = new Map(sources.map((source) => [markOf(source), source]))
  for (const { file, fromLine, toLine } of found) known.set(markOf({ file, fromLine, toLine }), { file, fromLine, toLine })
  return [...known.values()].slice(-sourcesMax)
}

const markOf = ({ file, fromLine, toLine }: CitationFact): string => `${file}:${fromLine}-${toLine}`
const markPattern = /\[([^[\]\n]+):(\d+)-(\d+)\]/g

/** Every `[file:from-to]` in the answer, each once, in the order of its first mark. */
export function marksIn(answer: string): readonly CitationFact[] {
  const marks = new Map<string, CitationFact>()
  for (const [, file = '', from, to] of answer.matchAll(markPattern)) {
    const mark = { file, fromLine: Number(from), toLine: Number(to) }
    marks.set(markOf(mark), mark)
  }
  return [...marks.values()]
}

/** Whether the marked lines lie within lines of that file that the agent was given. */
export const isGiven = (mark: CitationFact, sources: readonly CitationFact[]): boolean =>
  mark.fromLine <= mark.toLine &&
  sources.some((source) => source.file === mark.file && source.fromLine <= mark.fromLine && mark.toLine <= source.toLine)

/** The marked sources that were given (W3); the ones it worked with when the answer marks none. */
export function citationsOf(answer: string, sources: readonly CitationFact[]): readonly CitationFact[] {
  const marks = marksIn(answer)
  return marks.length === 0 ? sources.slice(-unmarkedCitationsMax) : marks.filter((mark) => isGiven(mark, sources))
}

/** What is wrong with an answer, as told to the model; undefined when it is sound. */
export function answerFault(answer: string, sources: readonly CitationFact[]): string | undefined {
  if (answer.trim() === '') return 'The answer is empty.'
  const invented = marksIn(answer).filter((mark) => !isGiven(mark, sources))
  if (invented.length > 0) return `These marked sources were not given: ${invented.map((mark) => `[${markOf(mark)}]`).join(', ')}.`
  return undefined
}
