// Faults
// What is wrong with a request or an observation, in sentences; none when all is well. The learner takes neither with a fault.
import { numberFault } from './checks.ts'
import { policyDefaults, weightFaults } from './policy.ts'
import { modelLimits } from './limits.ts'
import type { Observation, SelectionPolicy, SelectionRequest } from './types.ts'

const namesMax = 100
const nameLengthMax = 200
const featuresMax = 4 * modelLimits.featuresMax
const similarMax = 200
const countMax = 10
const largest = Number.MAX_SAFE_INTEGER
const share = { min: 0, max: 1 } as const
const amount = { min: 0, max: largest } as const

/** `policy`: its weights stand where the request gives none. */
export function requestFaults(request: SelectionRequest, policy: Pick<SelectionPolicy, 'weights'> = policyDefaults): readonly string[] {
  const { taskType, needs, exclude, only, features, similar, deadlineMs, budgetUsd, weights, count, now, random } = request
  if (isPlain(request)) return none
  return [
    ...nameFaults('taskType', taskType),
    ...listFaults('needs', needs),
    ...listFaults('exclude', exclude),
    ...(only === undefined ? [] : nameFaults('only', only)),
    ...(features === undefined ? [] : mapFaults('features', features)),
    ...(similar === undefined ? [] : similarFaults(similar)),
    ...optional('deadlineMs', deadlineMs, amount),
    ...optional('budgetUsd', budgetUsd, amount),
    ...(weights === undefined ? [] : weightFaults(weights, policy.weights)),
    ...(count === undefined ? [] : countFaults(count)),
    ...optional('now', now, amount),
    ...(random >= 0 && random < 1 ? [] : [`'random' is ${random}; it is at least 0 and below 1`]),
  ]
}

const none: readonly string[] = []

/** Most requests have nothing that could be wrong but these, and a decision takes a few microseconds. */
function isPlain({ taskType, needs, exclude, only, features, similar, weights, count, ...rest }: SelectionRequest): boolean {
  if (needs.length > 0 || exclude.length > 0 || (only ?? features ?? similar ?? weights ?? count) !== undefined) return false
  const { deadlineMs = 0, budgetUsd = 0, now, random } = rest
  const isName = typeof taskType === 'string' && taskType.length > 0 && taskType.length <= nameLengthMax
  return isName && [deadlineMs, budgetUsd, now].every((value) => value >= 0 && value <= largest) && random >= 0 && random < 1
}

export function observationFaults(observation: Observation): readonly string[] {
  const { arm, taskType, features, success, quality, costUsd, latencyMs, predicted, raw, at } = observation
  return [
    ...nameFaults('arm', arm),
    ...nameFaults('taskType', taskType),
    ...(features === undefined ? [] : mapFaults('features', features)),
    ...numberFault('success', success, share),
    ...optional('quality', quality, share),
    ...optional('costUsd', costUsd, amount),
    ...optional('latencyMs', latencyMs, amount),
    ...optional('predicted', predicted, share),
    ...optional('raw', raw, share),
    ...numberFault('at', at, amount),
  ]
}

const optional = (name: string, value: number | undefined, range: { min: number; max: number }): readonly string[] =>
  value === undefined ? [] : numberFault(name, value, range)

const nameFaults = (field: string, name: string): readonly string[] =>
  typeof name === 'string' && name.length > 0 && name.length <= nameLengthMax
    ? []
    : [`'${field}' is no name of 1 to ${nameLengthMax} characters`]

const listFaults = (field: string, names: readonly string[]): readonly string[] =>
  names.length > namesMax ? [`'${field}' has ${names.length} names; ${namesMax} at most`] : names.flatMap((name) => nameFaults(field, name))

function mapFaults(field: string, features: Readonly<Record<string, number>>): readonly string[] {
  const entries = Object.entries(features)
  if (entries.length > featuresMax) return [`'${field}' has ${entries.length} entries; ${featuresMax} at most`]
  return entries.flatMap(([name, value]) => [
    ...nameFaults(field, name),
    ...numberFault(`${field}.${name.slice(0, nameLengthMax)}`, value, { min: -1, max: 1 }),
  ])
}

function similarFaults(similar: NonNullable<SelectionRequest['similar']>): readonly string[] {
  const entries = Object.entries(similar)
  if (entries.length > similarMax) return [`'similar' has ${entries.length} arms; ${similarMax} at most`]
  return entries.flatMap(([arm, { gained, lost }]) => [
    ...numberFault(`similar.${arm.slice(0, nameLengthMax)}.gained`, gained, amount),
    ...numberFault(`similar.${arm.slice(0, nameLengthMax)}.lost`, lost, amount),
  ])
}

const countFaults = (count: number): readonly string[] =>
  Number.isInteger(count) ? numberFault('count', count, { min: 1, max: countMax }) : [`'count' is ${count}; it is a whole number`]
