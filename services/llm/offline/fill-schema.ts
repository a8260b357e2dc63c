// Fill schema
// Fills a JSON schema of simple shape from the material: objects and arrays of strings, numbers, booleans and enums.
// What a field gets depends on its type and name; the rules stand at the head of agent.ts. What cannot be filled is left empty: the
// caller's own check then says so.
import type { Conversation } from './conversation.ts'
import { asksForSteps, divideTask } from './divide-task.ts'
import { alternativesOf, choicesOf, itemsOf, numberIn, propertiesOf, typesOf, type JsonSchema } from './json-schema.ts'
import type { OfferedTool } from './protocol.ts'
import { termsOf } from './terms.ts'
import { taskTermsOf } from './tool-calls.ts'
import type { Unit } from './units.ts'

/** What there is to fill with. */
export interface Filling {
  readonly conversation: Conversation
  readonly tools: readonly OfferedTool[]
  readonly units: readonly Unit[]
  /** The answer as text, citations included. */
  readonly text: string
}

export const fillSchema = (schema: JsonSchema, filling: Filling): unknown =>
  valueOf('answer', schema, { ...filling, verdict: verdictOf(filling), tool: undefined })

interface Scope extends Filling {
  readonly verdict: Verdict
  /** Inside one step of a plan. */
  readonly tool: OfferedTool | undefined
}

function valueOf(name: string, schema: JsonSchema, scope: Scope): unknown {
  if (schema['const'] !== undefined) return schema['const']
  const choices = choicesOf(schema)
  if (choices) return choiceOf(choices, scope)
  const alternative = alternativesOf(schema).find((one) => !typesOf(one).includes('null'))
  if (alternative) return valueOf(name, alternative, scope)
  const types = typesOf(schema)
  if (types.includes('object')) {
    return Object.fromEntries(propertiesOf(schema).map(([key, inner]) => [key, valueOf(key, inner, scope)]))
  }
  if (types.includes('array')) return arrayOf(name, schema, scope)
  if (types.includes('boolean')) return scope.verdict.ok
  if (types.includes('number') || types.includes('integer')) return numberOf(name, schema, scope)
  return types.length > 0 && !types.includes('string') ? null : stringOf(name, scope).slice(0, numberIn(schema, 'maxLength'))
}

const planName = /^(plan|steps?|todos?)$/i
const citationName = /citation|source|reference|where|^files?$|^paths?$/i
const taskName = /^(title|task|question|goal|subject|topic)$/i
const reasonName = /reason|why|explanation|rationale|justification/i
const shareName = /confidence|score|probability|relevance|quality|rating/i

/** Whether a schema asks for a plan: then no tool is called first. */
export const asksForPlan = (schema: JsonSchema): boolean => propertiesOf(schema).some(([name]) => planName.test(name))

function stringOf(name: string, scope: Scope): string {
  if (scope.tool) return /^(tool|name|action)$/i.test(name) ? scope.tool.name : stepOf(scope.tool)
  if (citationName.test(name)) return scope.units.find((unit) => unit.citation)?.citation ?? scope.conversation.files[0] ?? ''
  if (taskName.test(name)) return scope.conversation.task.split('\n')[0] ?? ''
  if (reasonName.test(name)) return scope.verdict.reason
  return scope.text
}

function arrayOf(name: string, schema: JsonSchema, scope: Scope): readonly unknown[] {
  const items = itemsOf(schema)
  const itemsMax = numberIn(schema, 'maxItems') ?? itemsMaxDefault
  const objects = typesOf(items).includes('object')
  if (planName.test(name) && asksForSteps(schema)) return divideTask(scope.conversation.task).slice(0, itemsMax)
  if (planName.test(name)) {
    const steps = objects ? scope.tools.map((tool) => valueOf('step', items, { ...scope, tool })) : planOf(scope.tools)
    return steps.slice(0, itemsMax)
  }
  if (citationName.test(name) && !objects) return citationsOf(scope.units).slice(0, itemsMax)
  const one = (unit: Unit): Scope => ({ ...scope, units: [unit], text: objects ? unit.text : quoteOf(unit) })
  return scope.units.slice(0, itemsMax).map((unit) => valueOf('text', items, one(unit)))
}

const itemsMaxDefault = 10

const stepOf = ({ name, description }: OfferedTool): string => {
  const purpose = description.split(/(?<=[.;])\s|\n/)[0]?.trim()
  return purpose ? `Call ${name}: ${purpose}` : `Call ${name}.`
}

const planOf = (tools: readonly OfferedTool[]): readonly string[] => [
  ...(tools.length > 0 ? tools.map(stepOf) : ['Read the given passages.']),
  'Answer from what was found, with citations.',
]

const citationsOf = (units: readonly Unit[]): readonly string[] => [...new Set(units.flatMap((unit) => unit.citation ?? []))]

/** A unit with its citation, unless it ends in one already. */
export function quoteOf({ text, citation }: Unit): string {
  return citation === undefined || citationAtEnd.test(text) ? text : `${text} [${citation}]`
}

const citationAtEnd = /\[[^\][]+:\d+(?:-\d+)?\]\s*$/
const citations = /\[[^\][]+:\d+(?:-\d+)?\]/g

function numberOf(name: string, schema: JsonSchema, { verdict, units }: Scope): number {
  const low = numberIn(schema, 'minimum') ?? 0
  const high = numberIn(schema, 'maximum')
  const value = shareName.test(name) ? low + verdict.share * ((high ?? low + 1) - low) : units.length
  const inside = Math.max(low, Math.min(high ?? value, value))
  return typesOf(schema).includes('integer') ? Math.round(inside) : Math.round(inside * 1000) / 1000
}

const positive = /^(pass|yes|ok|approve|accept|support|true|good|valid|correct)/i

/** An enum with a word of consent is a verdict; else the value that the answer or the task mentions, or the first. */
function choiceOf(choices: readonly unknown[], { verdict, text, conversation }: Scope): unknown {
  const consent = choices.find((choice) => positive.test(String(choice)))
  if (consent !== undefined) return verdict.ok ? consent : (choices.find((choice) => !positive.test(String(choice))) ?? consent)
  const mentioned = (place: string) => choices.find((choice) => place.toLowerCase().includes(String(choice).toLowerCase()))
  return mentioned(text) ?? mentioned(conversation.task) ?? choices[0]
}

interface Verdict {
  readonly ok: boolean
  readonly reason: string
  /** 0 to 1. */
  readonly share: number
}

const okShareMin = 0.6

/** How much of the answer under judgement stands in the material; without one, how much of the task the chosen sentences cover. */
function verdictOf({ conversation, units }: Filling): Verdict {
  const { judged, material } = conversation
  const subject = judged === undefined ? taskTermsOf(conversation) : termsOf(judged.replaceAll(citations, ' '))
  const ground = new Set(termsOf((judged === undefined ? units : material).map((one) => one.text).join('\n')))
  const asked = [...new Set(subject)]
  const hits = asked.filter((term) => ground.has(term)).length
  const share = asked.length === 0 ? 0 : hits / asked.length
  const what = judged === undefined ? 'task' : 'answer'
  if (ground.size === 0) return { ok: false, reason: `There are no passages to check the ${what} against.`, share: 0 }
  return { ok: share >= okShareMin, reason: `${hits} of ${asked.length} terms of the ${what} stand in the given passages.`, share }
}
