// Offline agent model
// How `offline-extractive` behaves. It writes nothing of its own: it calls tools by rule and answers with sentences that were given to it.
// This is the contract for prompt authors: an agent whose messages follow it runs unchanged on this model and on a real one.
//
// The task is the last user message (a later one that asks to `answer again` repeats it). In user messages a line may open a section:
// `Task:` (also Question, Request, Goal) for the task, `Answer:` (Draft) for an answer to judge, `Text:` (Passages, Context, Material,
// Notes, Findings, Sources, and such a word with more up to a colon at the end of the line: `Passages found in the folder:`) for
// material. Material reaches to the end of the message, so the task stands before it. A line `File: <path>` names the file; without one,
// words that look like paths do. Any other line `Name: value` fills the tool argument of that name. System messages are not read.
//
// Material is what material sections and tool results hold. A line `[[file:from-to]]` marks the passage below it, up to the next mark.
// What a tool brings is quoted from when its name says that it searches or reads (search, find, read, get, fetch, outline, …). The lines
// of any other tool are statements, all kept, if they are unmarked or their passage has `name: value` lines only. Lines before the first
// mark, a result that begins with a word of failure (error, not found, no results, no such …) and a last line `(cut: …)` are no material.
// When the task names files that passages come from, passages of others are left aside.
//
// Tools (tool-calls.ts): each offered tool whose required arguments the task gives is called once, one tool at a time, with several
// files once for each: first those that take a file, when the task names one, then the others in the order offered, but these only while
// neither the material that the user gave nor the files named hold an answer. A tool without required arguments is called when the task
// uses a word of its name; one whose description names file endings, or code, for such files. An argument named query gets the task's
// key words, question the whole task, file or path the file, expression an arithmetic expression, url an address; else the `Name: value`
// line, an enum value the task mentions, the schema's default. A tool whose name holds a verb of change (write, delete, send, …) is
// called only when the task uses that verb. tool_choice none, required and a named tool are obeyed.
//
// The answer: statements, and the sentences that match the task's rare words best and repeat each other least, in source order, each on
// its own line, with `[file:from-to]` behind it when its passage was marked. `in 3 sentences` in the task sets their number. When no
// sentence has the task's words, the task is no question, and it names a file or brings its material, the most central sentences are
// taken: that is a summary. Else: `nothingFound`.
//
// JSON (fill-schema.ts): strings get the answer, or by name the citation, task or reason; arrays of strings the sentences, or by name the
// citations, or the plan (one step per offered tool, or where each has id, taskType, prompt and after, the parts of the task: divide-task.ts;
// a schema with `plan` or `steps` is filled before any tool is called); arrays of objects one element per sentence; booleans and enums like pass/fail a verdict: whether 60 % of the terms of the answer to judge (the
// `Answer:` section, else the last assistant message) stand in the material, with the count as reason; confidence and score that share.
//
// A1. Same request, same seed: same answer. The seed plays a part only at a temperature above 0, where it varies the choice of sentences.
import { readConversation, type Conversation } from './conversation.ts'
import { extract } from './extract.ts'
import { asksForPlan, fillSchema, quoteOf } from './fill-schema.ts'
import type { ChatRequest } from './protocol.ts'
import { chooseCalls, lengthAsked, taskTermsOf, type OfflineCall, type ToolDemand } from './tool-calls.ts'
import type { Unit } from './units.ts'

export const nothingFound = 'The offline model found nothing about this in the given passages.'
const sentencesMaxDefault = 5

export type Decision = { readonly kind: 'calls'; readonly calls: readonly OfflineCall[] } | { readonly kind: 'text'; readonly text: string }

/** What the model says next. */
export function decide(request: ChatRequest, seed: number): Decision {
  const conversation = readConversation(request.messages)
  const tools = (request.tools ?? []).map((tool) => tool.function)
  const format = request.response_format
  const schema = format?.type === 'json_schema' ? format.json_schema.schema : undefined
  const demand = demandOf(request)
  const planning = demand === 'auto' && schema !== undefined && asksForPlan(schema)
  const units = unitsFor(conversation, seed, request.temperature ?? 0)
  if (tools.length > 0 && demand !== undefined && !planning) {
    const { given, files, judging } = conversation
    const answered = judging || ((given || files.length > 0) && units.length > 0)
    const calls = chooseCalls(conversation, tools, demand, answered)
    if (calls.length > 0) return { kind: 'calls', calls }
  }
  const text = units.length === 0 ? nothingFound : units.map(quoteOf).join('\n')
  if (schema !== undefined) return { kind: 'text', text: JSON.stringify(fillSchema(schema, { conversation, tools, units, text })) }
  if (format?.type !== 'json_object') return { kind: 'text', text }
  return { kind: 'text', text: JSON.stringify({ answer: text, citations: [...new Set(units.flatMap((unit) => unit.citation ?? []))] }) }
}

function demandOf({ tool_choice: choice }: ChatRequest): ToolDemand | undefined {
  if (choice === 'none') return undefined
  return typeof choice === 'object' ? { tool: choice.function.name } : (choice ?? 'auto')
}

function unitsFor(conversation: Conversation, seed: number, temperature: number): readonly Unit[] {
  const { task, files, given, material } = conversation
  const terms = taskTermsOf(conversation)
  const asked = lengthAsked.exec(task)?.[1]
  return extract(terms, material, {
    sentencesMax: asked === undefined ? sentencesMaxDefault : Math.max(1, Number(asked)),
    aboutMaterial: terms.length === 0 || (!question.test(task) && (files.length > 0 || given)),
    temperature,
    seed,
  })
}

const question =
  /\?|^\s*(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|can|could|may|must|should|will|has|have)\b/i
