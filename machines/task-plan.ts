// Task plan
// The plan that a planner answers with, read and checked: at most so many steps, each with a name of its own, none waiting for itself. Pure.
// It says every fault it finds, for the planner's one more try and for people.
import { addressFault } from './address.ts'
import { readJson } from './json-text.ts'
import { placesMax, type PlannedStep } from './task-steps.ts'

/** A step may be planned too, and no deeper: 1 for a step of a task, 2 for a step of a step. */
export const planDepthMax = 2
export const stepsMax = 20
const idPattern = /^[A-Za-z0-9_-]{1,32}$/
const typePattern = /^[A-Za-z0-9_.-]{1,64}$/
const stepPromptCharsMax = 4_000
const pathCharsMax = 1_024
const faultsMax = 10

export type PlanRead =
  | { readonly ok: true; readonly steps: readonly PlannedStep[] }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Whose plan it is: its steps are tasks under that key. */
export interface Planner {
  readonly tenant: string
  readonly key: string
  readonly depth: number
}

/** The steps of an answer, or every fault of it. */
export function readPlan(answer: string, planner: Planner): PlanRead {
  const value = readJson(answer)
  if (!isRecord(value) || !Array.isArray(value['steps'])) return refused(['the answer is no JSON object with a list `steps`'])
  const given: readonly unknown[] = value['steps']
  const extra = Object.keys(value).filter((name) => name !== 'steps')
  if (given.length === 0 || given.length > stepsMax) return refused([`it has ${given.length} steps; give 1 to ${stepsMax}`])
  const read = given.map((step, at) => readStep(step, at, planner))
  const steps = read.flatMap(({ step }) => step ?? [])
  const faults = [...extra.map((name) => `unknown field '${shown(name)}' beside 'steps'`), ...read.flatMap((one) => one.faults)]
  const all = faults.length > 0 ? faults : orderFaults(steps)
  return all.length > 0 ? refused(all) : { ok: true, steps }
}

const refused = (faults: readonly string[]): PlanRead => ({
  ok: false,
  faults: faults.length <= faultsMax ? faults : [...faults.slice(0, faultsMax), `and ${faults.length - faultsMax} more`],
})

const fields = ['id', 'taskType', 'prompt', 'file', 'after', 'optional', 'plan'] as const

function readStep(given: unknown, at: number, planner: Planner): { readonly step?: PlannedStep; readonly faults: readonly string[] } {
  if (!isRecord(given)) return { faults: [`step ${at + 1} is no object`] }
  const { id, taskType, prompt, file = null, after = [], optional = false, plan = false } = given
  const named = typeof id === 'string' && idPattern.test(id)
  const what = named ? `step '${id}'` : `step ${at + 1}`
  const faults = [
    ...(named ? keyFaults(id, planner) : [`${what}: 'id' must be 1 to 32 of A-Z a-z 0-9 _ -`]),
    ...(typeof taskType === 'string' && typePattern.test(taskType) ? [] : [`${what}: 'taskType' must name a kind of task`]),
    ...(isText(prompt, stepPromptCharsMax) ? [] : [`${what}: 'prompt' must be 1 to ${stepPromptCharsMax} characters`]),
    ...(file === null || isBelow(file) ? [] : [`${what}: 'file' must be a path below the folder`]),
    ...(file === null && needsFile(taskType) ? [`${what}: a ${String(taskType)} needs the 'file' it is about`] : []),
    ...(isNames(after) ? [] : [`${what}: 'after' must be a list of at most ${placesMax} steps`]),
    ...(typeof optional === 'boolean' ? [] : [`${what}: 'optional' must be true or false`]),
    ...(plan === false || plan === true ? [] : [`${what}: 'plan' must be true or false`]),
    ...(plan === true && planner.depth + 1 >= planDepthMax ? [`${what}: steps at this depth cannot be planned again`] : []),
    ...Object.keys(given).flatMap((name) =>
      (fields as readonly string[]).includes(name) ? [] : [`${what}: unknown field '${shown(name)}'; the fields are ${fields.join(', ')}`],
    ),
  ]
  if (faults.length > 0 || typeof id !== 'string' || typeof taskType !== 'string' || typeof prompt !== 'string' || !isNames(after))
    return { faults }
  const step: PlannedStep = {
    id,
    taskType,
    prompt: prompt.trim(),
    ...(typeof file === 'string' && { file }),
    after: [...new Set(after)],
    optional: optional === true,
    plan: plan === true,
  }
  return { step, faults }
}

function keyFaults(id: string, { tenant, key }: Planner): string[] {
  const fault = addressFault({ tenant, type: 'task', key: `${key}.${id}` })
  return fault === undefined ? [] : [`step '${id}': it cannot be a task of its own: ${fault}`]
}

/** What each waits for: known, not itself, and no circle. */
function orderFaults(steps: readonly PlannedStep[]): string[] {
  const ids = steps.map(({ id }) => id)
  const faults = [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two steps are called '${id}'`),
    ...steps.flatMap(({ id, after }) =>
      after.filter((one) => !ids.includes(one)).map((one) => `step '${id}' waits for '${shown(one)}', which is no step`),
    ),
  ]
  if (faults.length > 0) return faults
  const circle = circleOf(steps)
  return circle.length === 0 ? [] : [`steps wait for each other in a circle: ${circle.join(', ')}`]
}

/** What is left when steps that wait for nothing are taken away again and again. Source: A. Kahn 1962. */
function circleOf(steps: readonly PlannedStep[]): readonly string[] {
  let left = steps
  for (;;) {
    const ids = new Set(left.map(({ id }) => id))
    const blocked = left.filter(({ after }) => after.some((one) => ids.has(one)))
    if (blocked.length === left.length) return left.map(({ id }) => id)
    left = blocked
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown, charsMax: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= charsMax
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= placesMax && value.every((one) => typeof one === 'string')
const isBelow = (path: unknown): boolean => isText(path, pathCharsMax) && !path.startsWith('/') && !path.split(/[/\\]/).includes('..')
/** Kinds of task that are about one file. */
export const needsFile = (taskType: unknown): boolean => taskType === 'table' || taskType === 'review'
const shown = (name: string): string => name.slice(0, 40)

/** What a planner is told beside the task. `faults`: of the plan it has given before. */
export const planRules = (taskTypes: readonly string[], faults: readonly string[]): readonly string[] => [
  'Divide the task into steps that others can do without knowing the rest.',
  `Answer with JSON only: {"steps":[{"id":"…","taskType":"…","prompt":"…","file":"…","after":["…"]}]}, at most ${stepsMax} steps.`,
  `taskType is one of: ${taskTypes.join(', ')}. file is given where a step is about one file, and always for table and review.`,
  'after names the steps whose answers a step needs; steps that need none are done at the same time.',
  ...(faults.length > 0 ? [`The plan you gave cannot be run: ${faults.join('; ')}. Give a plan without these faults.`] : []),
]

/** Its answer as JSON, for models that can be held to a schema. */
export const planSchema = {
  name: 'plan',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['steps'],
    properties: {
      steps: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['id', 'taskType', 'prompt', 'file', 'after'],
          properties: {
            id: { type: 'string' },
            taskType: { type: 'string' },
            prompt: { type: 'string' },
            file: { type: ['string', 'null'] },
            after: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
  },
} as const
