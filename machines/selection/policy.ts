// Policy
// The defaults of how agents are chosen, and the reading of a policy file: everything in it is checked, and every fault is named at once.
import { wrongFields, isRecord, numberFault, type NumberRange } from './checks.ts'
import { modelLimits } from './limits.ts'
import type { SelectionMode, SelectionPolicy, Weights } from './types.ts'

const dayMs = 86_400_000

export const policyDefaults: SelectionPolicy = {
  version: 'default',
  mode: { kind: 'thompson' },
  features: [],
  weights: { success: 1, quality: 0, cost: 0, latency: 0 },
  halfLifeMs: 30 * dayMs,
  shrinkage: 10,
  explore: 0.01,
  newcomerShare: 0.1,
  alpha: 0.6,
  width: 0.35,
  optimism: 0.25,
  costScaleUsd: 0.1,
  latencyScaleMs: 60_000,
  changeAllowance: 0.5,
  changeThreshold: 12,
  changeKeep: 0.1,
  paceUsd: undefined,
  horizonMs: dayMs,
}

const policyFormat = 1
const nameLengthMax = 100

type PolicyNumber = Exclude<
  { [Field in keyof SelectionPolicy]: SelectionPolicy[Field] extends number ? Field : never }[keyof SelectionPolicy],
  undefined
>

const ranges: Readonly<Record<PolicyNumber, NumberRange>> = {
  shrinkage: { min: 0.1, max: 1_000 },
  explore: { min: 0, max: 0.5 },
  newcomerShare: { min: 0, max: 1 },
  alpha: { min: 0, max: 10 },
  width: { min: 0.01, max: 3 },
  optimism: { min: 0, max: 3 },
  costScaleUsd: { min: 1e-6, max: 1e6 },
  latencyScaleMs: { min: 1, max: 365 * dayMs },
  changeAllowance: { min: 0.05, max: 5 },
  changeThreshold: { min: 1, max: 1_000 },
  changeKeep: { min: 0, max: 1 },
  horizonMs: { min: 1, max: 365 * dayMs },
}
/** These may be null in a file: never forgotten, not paced. */
const optionalRanges: Readonly<Record<'halfLifeMs' | 'paceUsd', NumberRange>> = {
  halfLifeMs: { min: 1_000, max: 3_650 * dayMs },
  paceUsd: { min: 1e-9, max: 1e6 },
}
const weightMax = 1_000
const weightNames = ['success', 'quality', 'cost', 'latency'] as const satisfies readonly (keyof Weights)[]

export const policyRefusals = ['TR_POLICY_FORMAT_UNKNOWN', 'TR_POLICY_INVALID'] as const

export type PolicyReading =
  | { readonly ok: true; readonly policy: SelectionPolicy }
  | { readonly ok: false; readonly code: (typeof policyRefusals)[number]; readonly faults: readonly string[] }

/** A policy from the content of its file; a field that is not there has its default. */
export function readPolicy(value: unknown): PolicyReading {
  if (!isRecord(value)) return { ok: false, code: 'TR_POLICY_INVALID', faults: ['a policy is a JSON object'] }
  if (!Object.hasOwn(value, 'format') || value['format'] !== policyFormat)
    return {
      ok: false,
      code: 'TR_POLICY_FORMAT_UNKNOWN',
      faults: [`'format' is ${shown(value['format'])}; this program reads ${policyFormat}`],
    }
  const { format: _, ...given } = value
  const faults = [
    ...wrongFields(given, Object.keys(policyDefaults), 'policy'),
    ...versionFaults(given['version']),
    ...modeFaults(given['mode']),
    ...featureFaults(given['features']),
    ...(given['weights'] === undefined ? [] : weightFaults(given['weights'], policyDefaults.weights)),
    ...Object.entries(ranges).flatMap(([name, range]) => (given[name] === undefined ? [] : numberFault(name, given[name], range))),
    ...Object.entries(optionalRanges).flatMap(([name, range]) =>
      given[name] === undefined || given[name] === null ? [] : numberFault(name, given[name], range),
    ),
  ]
  if (faults.length > 0) return { ok: false, code: 'TR_POLICY_INVALID', faults }
  return { ok: true, policy: decodePolicy(given) }
}

/** What has no fault, with defaults. */
function decodePolicy(given: Readonly<Record<string, unknown>>): SelectionPolicy {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const nothing = Object.fromEntries(Object.keys(optionalRanges).flatMap((name) => (given[name] === null ? [[name, undefined]] : [])))
  const weights = { ...policyDefaults.weights, ...(isRecord(given['weights']) ? given['weights'] : {}) }
  return { ...policyDefaults, ...present, ...nothing, weights }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'absent').slice(0, nameLengthMax)

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= nameLengthMax

const versionFaults = (version: unknown): readonly string[] =>
  version === undefined || isName(version) ? [] : [`'version' is ${shown(version)}; it is a name of 1 to ${nameLengthMax} characters`]

const modeKinds: readonly SelectionMode['kind'][] = ['thompson', 'linucb', 'pinned', 'best-single']

function modeFaults(mode: unknown): readonly string[] {
  if (mode === undefined) return []
  if (!isRecord(mode)) return [`'mode' is ${shown(mode)}; it is an object with 'kind'`]
  const kind = modeKinds.find((known) => known === mode['kind'])
  if (!kind) return [`'mode.kind' is ${shown(mode['kind'])}; it is one of ${modeKinds.join(', ')}`]
  const faults = wrongFields(mode, kind === 'pinned' ? ['kind', 'arm'] : ['kind'], 'mode')
  return kind === 'pinned' && !isName(mode['arm'])
    ? [...faults, `'mode.arm' is ${shown(mode['arm'])}; it names an agent or an arm`]
    : faults
}

function featureFaults(features: unknown): readonly string[] {
  if (features === undefined) return []
  if (!Array.isArray(features) || !features.every(isName)) return [`'features' is ${shown(features)}; it is a list of names`]
  if (features.length > modelLimits.featuresMax) return [`'features' has ${features.length} names; ${modelLimits.featuresMax} at most`]
  return new Set(features).size < features.length ? [`'features' has a name twice`] : []
}

/** Of weights that replace some of `others`. */
export function weightFaults(weights: unknown, others: Weights): readonly string[] {
  if (!isRecord(weights)) return [`'weights' is ${shown(weights)}; it is an object`]
  const range = { min: 0, max: weightMax }
  const faults = weightNames.flatMap((name) => (weights[name] === undefined ? [] : numberFault(`weights.${name}`, weights[name], range)))
  const allZero = weightNames.every((name) => (weights[name] ?? others[name]) === 0)
  return [...wrongFields(weights, weightNames, 'weights'), ...faults, ...(allZero ? ['all weights are 0; one must be positive'] : [])]
}
