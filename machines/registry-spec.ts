// Registry spec
// Reads what somebody wrote as an agent or a skill: every fault at once, each naming its field, or the value with all that was left out filled in.
import { registryLimits, type AgentDefinition, type AgentSpec, type KnownKind, type RegistryKnown } from './registry.ts'
import { skillLimits, type Skill } from './skills.ts'
import type { CostClass, Expectation } from './selection/types.ts'

export type Read<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly faults: readonly string[] }

/** Letters first: an arm is `agent@model`, an actor's key may not hold everything, and `__proto__` is no name. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const versionPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
const modelPattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/
const skillPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}@[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
const wordPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/
const costClasses: readonly string[] = ['free', 'low', 'medium', 'high'] satisfies readonly CostClass[]
const shownCharsMax = 80

const agentFields: readonly string[] = [
  'name',
  'kind',
  'version',
  'description',
  'owner',
  'instructions',
  'approach',
  'tools',
  'taskTypes',
  'capabilities',
  'models',
  'skills',
  'costClass',
  'expects',
  'follows',
] satisfies readonly (keyof AgentSpec)[]
const skillFields: readonly string[] = ['name', 'version', 'description', 'instructions', 'tools'] satisfies readonly (keyof Skill)[]

/** The definition but for its version, which may follow from the revision. */
export type ReadAgent = Omit<AgentDefinition, 'version'> & Pick<AgentSpec, 'version'>

export function readAgent(value: unknown, known: RegistryKnown): Read<ReadAgent> {
  const fields = fieldsOf(value)
  if (!fields) return { ok: false, faults: [`an agent is an object, not ${shown(value)}`] }
  const { textCharsMax, instructionsCharsMax, approachMax, toolsMax, namesMax, modelsMax, skillsMax } = registryLimits
  const kind = known.kinds.find(({ name }) => name === fields.get('kind'))
  const faults = [
    ...strangers(fields, agentFields),
    ...patternFaults(fields, 'name', namePattern),
    ...(known.kinds.some(({ name }) => name === fields.get('name'))
      ? [`name: '${String(fields.get('name'))}' is a kind of the roster`]
      : []),
    ...(kind ? [] : [`kind: ${shown(fields.get('kind'))} is none of ${known.kinds.map(({ name }) => name).join(', ')}`]),
    ...['version', 'follows'].flatMap((field) => (fields.has(field) ? patternFaults(fields, field, versionPattern) : [])),
    ...['description', 'owner'].flatMap((field) => (fields.has(field) ? textFaults(fields.get(field), field, textCharsMax) : [])),
    ...(fields.has('instructions') ? textFaults(fields.get('instructions'), 'instructions', instructionsCharsMax) : []),
    ...listFaults(fields, 'approach', approachMax, (step) => textFaults(step, 'approach', textCharsMax)),
    ...listFaults(fields, 'tools', toolsMax, (tool) => memberFaults(tool, 'tools', known.tools)),
    ...listFaults(fields, 'taskTypes', namesMax, (name) => wordFaults(name, 'taskTypes', wordPattern)),
    ...listFaults(fields, 'capabilities', namesMax, (name) => wordFaults(name, 'capabilities', wordPattern)),
    ...listFaults(fields, 'models', modelsMax, (model) => modelFaults(model, known)),
    ...listFaults(fields, 'skills', skillsMax, (skill) => wordFaults(skill, 'skills', skillPattern)),
    ...(fields.has('taskTypes') && isEmptyList(fields.get('taskTypes')) ? ['taskTypes: an agent does at least one'] : []),
    ...(fields.has('costClass') ? memberFaults(fields.get('costClass'), 'costClass', costClasses) : []),
    ...(fields.has('expects') ? expectationFaults(fields.get('expects')) : []),
  ]
  if (!kind || faults.length > 0) return { ok: false, faults }
  return { ok: true, value: filledIn(Object.fromEntries(fields) as unknown as AgentSpec, kind) } // every field is checked above
}

export function readSkill(value: unknown, { tools }: Pick<RegistryKnown, 'tools'>): Read<Skill> {
  const fields = fieldsOf(value)
  if (!fields) return { ok: false, faults: [`a skill is an object, not ${shown(value)}`] }
  const { textCharsMax, instructionsCharsMax, toolsMax } = skillLimits
  const faults = [
    ...strangers(fields, skillFields),
    ...patternFaults(fields, 'name', namePattern),
    ...patternFaults(fields, 'version', versionPattern),
    ...(fields.has('description') ? textFaults(fields.get('description'), 'description', textCharsMax) : []),
    ...textFaults(fields.get('instructions'), 'instructions', instructionsCharsMax),
    ...listFaults(fields, 'tools', toolsMax, (tool) => memberFaults(tool, 'tools', tools)),
  ]
  if (faults.length > 0) return { ok: false, faults }
  const skill = Object.fromEntries(fields) as unknown as Skill // every field is checked above
  const { name, version, description, instructions } = skill
  return { ok: true, value: { name, version, ...(description !== undefined && { description }), instructions, tools: skill.tools ?? [] } }
}

/** In one order of fields, lists without repeats: the same spec is the same JSON. */
function filledIn(spec: AgentSpec, kind: KnownKind): ReadAgent {
  const { name, version, description, owner, costClass, expects, follows } = spec
  return {
    name,
    kind: kind.name,
    ...(version !== undefined && { version }),
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    instructions: spec.instructions ?? kind.instructions,
    approach: spec.approach ?? kind.approach,
    tools: unique(spec.tools ?? kind.tools),
    taskTypes: unique(spec.taskTypes ?? kind.taskTypes),
    capabilities: unique(spec.capabilities ?? kind.capabilities),
    models: unique(spec.models ?? []),
    skills: unique(spec.skills ?? []),
    ...(costClass !== undefined && { costClass }),
    ...(expects !== undefined && { expects: inOrder(expects) }),
    ...(follows !== undefined && { follows }),
  }
}

function inOrder({ success, quality, costUsd, latencyMs, trials }: Expectation): Expectation {
  return {
    ...(success !== undefined && { success }),
    ...(quality !== undefined && { quality }),
    ...(costUsd !== undefined && { costUsd }),
    ...(latencyMs !== undefined && { latencyMs }),
    trials,
  }
}

const unique = <Value>(list: readonly Value[]): readonly Value[] => [...new Set(list)]

type Fields = ReadonlyMap<string, unknown>

/** What the object itself has, and nothing that it inherits. A field of `undefined` is not there. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value).filter(([, field]) => field !== undefined))
}

const strangers = (fields: Fields, known: readonly string[]): readonly string[] =>
  [...fields.keys()].flatMap((field) => (known.includes(field) ? [] : [`${shown(field)}: no such field`]))

const patternFaults = (fields: Fields, field: string, pattern: RegExp): readonly string[] =>
  fields.has(field) ? wordFaults(fields.get(field), field, pattern) : [`${field}: it is missing`]

const wordFaults = (value: unknown, field: string, pattern: RegExp): readonly string[] =>
  typeof value === 'string' && pattern.test(value) ? [] : [`${field}: ${shown(value)} does not match ${pattern.source}`]

function textFaults(value: unknown, field: string, charsMax: number): readonly string[] {
  if (typeof value !== 'string') return [`${field}: ${shown(value)} is no text`]
  if (value.trim() === '') return [`${field}: it is empty`]
  if (!value.isWellFormed()) return [`${field}: it is not Unicode, it holds half a surrogate pair`]
  return value.length <= charsMax ? [] : [`${field}: ${value.length} characters, the limit is ${charsMax}`]
}

function listFaults(fields: Fields, field: string, itemsMax: number, faultsOf: (item: unknown) => readonly string[]): readonly string[] {
  const list = fields.get(field)
  if (list === undefined) return []
  if (!Array.isArray(list)) return [`${field}: ${shown(list)} is no list`]
  return list.length <= itemsMax ? list.flatMap(faultsOf) : [`${field}: ${list.length} items, the limit is ${itemsMax}`]
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const memberFaults = (value: unknown, field: string, known: readonly string[]): readonly string[] =>
  typeof value === 'string' && known.includes(value) ? [] : [`${field}: ${shown(value)} is none of ${known.join(', ')}`]

const modelFaults = (value: unknown, { models }: RegistryKnown): readonly string[] =>
  models ? memberFaults(value, 'models', models) : wordFaults(value, 'models', modelPattern)

const expectationFields: Readonly<Record<keyof Expectation, number>> = {
  success: 1,
  quality: 1,
  costUsd: Number.MAX_SAFE_INTEGER,
  latencyMs: Number.MAX_SAFE_INTEGER,
  trials: registryLimits.trialsMax,
}

function expectationFaults(value: unknown): readonly string[] {
  const fields = fieldsOf(value)
  if (!fields) return [`expects: ${shown(value)} is no object`]
  return [
    ...strangers(fields, Object.keys(expectationFields)).map((fault) => `expects.${fault}`),
    ...(fields.has('trials') ? [] : ['expects.trials: it is missing']),
    ...Object.entries(expectationFields).flatMap(([field, max]) => {
      const figure = fields.get(field)
      const isGood = figure === undefined || (typeof figure === 'number' && figure >= 0 && figure <= max)
      return isGood ? [] : [`expects.${field}: ${shown(figure)} is no number from 0 to ${max}`]
    }),
  ]
}

/** A value as a fault shows it: short, and never more than one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length <= shownCharsMax ? text : `${text.slice(0, shownCharsMax)}…`
}
