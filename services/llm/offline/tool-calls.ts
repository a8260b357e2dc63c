// Tool calls
// Which of the offered tools the offline model calls, and with what: only arguments that the task itself gives.
//
// T1. A call whose required arguments the task does not give is not made.
// T2. The same tool is not called twice with the same arguments, unless the caller demands a call.
// T3. A tool whose name says that it changes something is called only when the task uses that word.
// T4. Unless a call is demanded, tools for the files that the task names come first, and others only while there is no answer.
import { isDeepStrictEqual } from 'node:util'
import type { Conversation } from './conversation.ts'
import { choicesOf, numberIn, propertiesOf, typesOf, type JsonSchema } from './json-schema.ts'
import { ApiRefusal, type OfferedTool } from './protocol.ts'
import { termsOf, wordsOf } from './terms.ts'

export interface OfflineCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

export type ToolDemand = 'auto' | 'required' | { readonly tool: string }

/** The calls of the first tool that still has some to make; none when it is time to answer. */
export function chooseCalls(
  conversation: Conversation,
  offered: readonly OfferedTool[],
  demand: ToolDemand,
  answered: boolean,
): readonly OfflineCall[] {
  const tools = typeof demand === 'object' ? offered.filter((tool) => tool.name === demand.tool) : offered
  const first = (tool: OfferedTool): number => (takesOneFile(tool) && conversation.files.length > 0 ? 0 : 1)
  const possible = tools
    .toSorted((a, b) => first(a) - first(b)) // T4
    .filter((tool) => mayCall(tool, conversation) && (demand !== 'auto' || isNeeded(tool, conversation, answered)))
    .map((tool) => callsOf(tool, conversation))
  for (const calls of possible) {
    const fresh = calls.filter((call) => !wasMade(call, conversation))
    if (fresh.length > 0) return fresh
  }
  const again = possible.find((calls) => calls.length > 0)
  if (demand === 'auto') return []
  if (again !== undefined) return again // T2: demanded
  const names = tools.map((tool) => tool.name).join(', ')
  throw new ApiRefusal(400, `A tool call is demanded, but the task does not give the required arguments of any of: ${names}.`, null) // T1
}

const filesMax = 8
const queryTermsMax = 12
const limitDefault = 5

function callsOf(tool: OfferedTool, conversation: Conversation): readonly OfflineCall[] {
  const suited = conversation.files.filter((file) => suits(tool, file)).slice(0, filesMax)
  const files = takesOneFile(tool) && suited.length > 0 ? suited : [suited[0]]
  return files.flatMap((file) => {
    const filled = fill(tool.parameters, conversation, file)
    return filled === undefined ? [] : [{ name: tool.name, arguments: filled }]
  })
}

function fill(parameters: JsonSchema, conversation: Conversation, file: string | undefined): Record<string, unknown> | undefined {
  const required = Array.isArray(parameters['required']) ? parameters['required'] : []
  const filled: Record<string, unknown> = {}
  for (const [name, schema] of propertiesOf(parameters)) {
    const fromTask = valueFromTask(name, schema, conversation, file)
    const value = fromTask ?? (required.includes(name) ? valueFromSchema(name, schema) : undefined)
    if (value !== undefined) filled[name] = value
    else if (required.includes(name)) return undefined // T1
  }
  return filled
}

const takesOneFile = ({ parameters }: OfferedTool): boolean =>
  propertiesOf(parameters).some(([name, schema]) => fileName.test(name) && typesOf(schema).includes('string'))

/** T4. A tool without arguments is needed when the task uses a word of its name. */
function isNeeded(tool: OfferedTool, conversation: Conversation, answered: boolean): boolean {
  if (takesOneFile(tool) && conversation.files.length > 0) return true
  if (answered) return false
  const required = tool.parameters['required']
  if (Array.isArray(required) && required.length > 0) return true
  const said = new Set(termsOf(conversation.task))
  return propertiesOf(tool.parameters).some(([name]) => queryName.test(name)) || termsOf(spacedName(tool)).some((term) => said.has(term))
}

const ending = /(?<=^|[\s(])\.[a-z][a-z0-9]{0,4}\b/gi
const codeTool = /\b(source|code)\b/i
const noCode = /\.(md|mdx|markdown|txt|rst|adoc|pdf|docx?|csv|tsv|xlsx?|log)$/i

/** A tool that names file endings is for those; one for source code is not for documents and tables. */
function suits(tool: OfferedTool, file: string): boolean {
  const endings: readonly string[] = tool.description.toLowerCase().match(ending) ?? []
  if (endings.length > 0) return endings.some((one) => file.toLowerCase().endsWith(one))
  return !(codeTool.test(`${spacedName(tool)} ${tool.description}`) && noCode.test(file))
}

const spacedName = ({ name }: OfferedTool): string => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_-]/g, ' ')

const fileName = /^(file|path|filename|document)$|_(file|path)$|(File|Path|Name)$/
const queryName = /^(query|q|search|keywords|terms?|topic|text_query|searchQuery|search_query)$/i
const taskName = /^(question|task|prompt|instructions?|request)$/i
const filesName = /^(files|paths|documents|filenames)$/i
const expressionName = /^(expression|formula|calculation)$/i
const expression = /\(*-?\d[\d\s.()]{0,100}[-+*/^%][\d\s.()+*/^%-]{0,200}\d\)*/
const webAddress = /\bhttps?:\/\/[^\s<>"')]+/

function valueFromTask(name: string, schema: JsonSchema, conversation: Conversation, file: string | undefined): unknown {
  const types = typesOf(schema)
  const label = conversation.labels.get(name.toLowerCase()) ?? conversation.labels.get(name.toLowerCase().replaceAll('_', ' '))
  if (types.includes('array')) {
    if (filesName.test(name) && conversation.files.length > 0) return conversation.files.slice(0, filesMax)
    if (queryName.test(name) || /queries/i.test(name)) return nonEmpty([keyTermsOf(conversation)])
    return label?.split(/\s*,\s*/)
  }
  if (label !== undefined && !fileName.test(name)) return asType(label, types)
  if (!types.includes('string')) return undefined
  const choices = choicesOf(schema)
  if (choices) return choices.find((value) => wordsOf(conversation.task).includes(String(value).toLowerCase()))
  if (fileName.test(name)) return file
  if (queryName.test(name)) return keyTermsOf(conversation) || undefined
  if (taskName.test(name)) return conversation.task || undefined
  if (expressionName.test(name)) return expression.exec(conversation.task)?.[0]?.trim()
  if (/^(url|uri|link)$/i.test(name)) return webAddress.exec(conversation.task)?.[0]
  return undefined
}

/** What a required argument is when the task does not say: what the schema itself gives. */
function valueFromSchema(name: string, schema: JsonSchema): unknown {
  if (schema['const'] !== undefined) return schema['const']
  if (schema['default'] !== undefined) return schema['default']
  const types = typesOf(schema)
  if (types.includes('null')) return null
  if (!/^(limit|top|k|count|max|maxResults|max_results|topK|top_k)$/.test(name)) return undefined
  return Math.max(numberIn(schema, 'minimum') ?? 1, Math.min(limitDefault, numberIn(schema, 'maximum') ?? limitDefault))
}

function asType(value: string, types: readonly string[]): unknown {
  if (types.includes('string')) return value
  if (types.includes('number') || types.includes('integer')) return Number.isFinite(Number(value)) ? Number(value) : undefined
  if (types.includes('boolean')) return /^(true|yes)$/i.test(value)
  return undefined
}

/** The words to search with: what is left of the task without file names, labels, and words that only say what to do. */
export const keyTermsOf = (conversation: Conversation): string => keyWordsOf(conversation).slice(0, queryTermsMax).join(' ')

/** The stems of the same words, to score sentences by. */
export const taskTermsOf = (conversation: Conversation): readonly string[] => termsOf(keyWordsOf(conversation).join(' '))

function keyWordsOf({ task, files, labels }: Conversation): readonly string[] {
  const withoutFiles = files.reduce((text, file) => text.replaceAll(file, ' '), task.replaceAll(/\bhttps?:\/\/\S+/g, ' '))
  const withoutLabels = [...labels.keys()].length > 0 ? withoutFiles.replaceAll(/^\s*(file|path|files|document):.*$/gim, ' ') : withoutFiles
  const words = wordsOf(withoutLabels.replaceAll(new RegExp(lengthAsked, 'gi'), ' ')).filter(
    (word) => termsOf(word).length > 0 && !instructionWords.has(word),
  )
  return [...new Set(words)]
}

/** How long an answer the task asks for. */
export const lengthAsked = /\b(\d{1,2})\s+(?:short\s+)?(?:sentences?|points?|bullets?|lines?)\b/i

/** Words that say what to do with the material, not what it is about. */
const instructionWords = new Set(
  `answer analyse analyze bullet bullets brief briefly check cite cited citation citations compare describe detail document documents explain extract file
  files find folder following given key line lines list look main number overview paragraph passage passages point points question read report review
  search sentence sentences short shortly show summarise summarize summary table task tell text use using word words write`.split(/\s+/),
)

const nonEmpty = (values: readonly string[]): readonly string[] | undefined => (values.every((value) => value === '') ? undefined : values)

const changingVerbs = new Set(
  `append approve buy cancel create delete deploy drop edit exec execute forget insert install kill move overwrite pay post publish put remove rename
  restart run save send set start stop store submit update upload write`.split(/\s+/),
)

/** T3. */
function mayCall(tool: OfferedTool, { task }: Conversation): boolean {
  const verbs = wordsOf(spacedName(tool)).filter((word) => changingVerbs.has(word))
  const said = termsOf(task)
  return verbs.every((verb) => termsOf(verb).every((term) => said.includes(term)))
}

function wasMade(call: OfflineCall, { calls }: Conversation): boolean {
  return calls.some((made) => made.name === call.name && isDeepStrictEqual(parsed(made.arguments), call.arguments))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
