// Policy figures
// The fields of a policy that a replay is asked with, out of what the registry says, and back into a policy. Pure.
import type { PolicyRow } from './wire.ts'

/** LinUCB cannot be replayed: the log does not hold its sums. */
export const modes = ['thompson', 'best-single', 'pinned'] as const

/** As they stand in fields: text, so that what is being written is not read too early. */
export interface Figures {
  readonly mode: string
  readonly arm: string
  readonly explore: string
  readonly width: string
  readonly optimism: string
  readonly success: string
  readonly quality: string
  readonly cost: string
  readonly latency: string
}

const fieldsOf = (value: unknown): Map<string, unknown> => new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
const figure = (value: unknown): string => (typeof value === 'number' ? String(value) : '0')

export function figuresOf(policy: unknown): Figures {
  const fields = fieldsOf(policy)
  const [mode, weights] = [fieldsOf(fields.get('mode')), fieldsOf(fields.get('weights'))]
  const [kind, arm] = [mode.get('kind'), mode.get('arm')]
  return {
    mode: typeof kind === 'string' ? kind : modes[0],
    arm: typeof arm === 'string' ? arm : '',
    explore: figure(fields.get('explore')),
    width: figure(fields.get('width')),
    optimism: figure(fields.get('optimism')),
    success: figure(weights.get('success')),
    quality: figure(weights.get('quality')),
    cost: figure(weights.get('cost')),
    latency: figure(weights.get('latency')),
  }
}

/** The policy of a row with these figures: a version of its own, that nobody registers. */
export function changedPolicy({ version, policy }: PolicyRow, { mode, arm, explore, width, optimism, ...weights }: Figures): object {
  return {
    ...Object.fromEntries(fieldsOf(policy)),
    version: `${version}, changed`,
    mode: mode === 'pinned' ? { kind: mode, arm } : { kind: mode },
    explore: Number(explore),
    width: Number(width),
    optimism: Number(optimism),
    weights: Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, Number(value)])),
  }
}

export interface ShownEstimate {
  readonly live: string
  readonly decisions: number
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** What an evaluation over the whole log said of a version last; undefined: there was none. */
export function estimateOf({ estimate }: Pick<PolicyRow, 'estimate'>): ShownEstimate | undefined {
  const fields = fieldsOf(estimate)
  const difference = fieldsOf(fields.get('difference'))
  const [live, decisions] = [fields.get('live'), fields.get('decisions')]
  const [mean, low, high] = ['mean', 'low', 'high'].map((name) => difference.get(name))
  if (typeof live !== 'string' || typeof decisions !== 'number') return undefined
  if (typeof mean !== 'number' || typeof low !== 'number' || typeof high !== 'number') return undefined
  return { live, decisions, mean, low, high }
}
