// Alert rules
// What the gateway looks for by itself: each rule by its kind, with the figure it goes by and how long that must last. Operators may set both, and switch a rule off. Pure.
import type { RuleSetting } from '../history/alert-book.ts'

export const alertKinds = [
  'partition-unowned',
  'worker-silent',
  'partition-behind',
  'waiting-long',
  'turns-failing',
  'loop-late',
  'dead-letters-rising',
  'projector-behind',
  'cost-high',
  'budget-near',
  'tenant-paused',
  'person-awaited',
  'circuit-open',
  'source-unavailable',
] as const
export type AlertKind = (typeof alertKinds)[number]

export const ruleUnits = ['count', 'ms', 'share', 'usd'] as const
export type RuleUnit = (typeof ruleUnits)[number]

export interface RuleSpec {
  readonly kind: AlertKind
  /** For people: what it fires at. */
  readonly title: string
  /** Absent: there is no figure to set, something is or is not so. */
  readonly figure?: { readonly unit: RuleUnit; readonly threshold: number; readonly min: number; readonly max: number }
  /** How long it must last before it fires. */
  readonly forMs: number
  /** Of the fleet: for callers of all tenants only. */
  readonly ofFleet: boolean
}

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000]
export const forMsMax = 24 * hourMs

export const ruleSpecs: readonly RuleSpec[] = [
  { kind: 'partition-unowned', title: 'Partitions have no owner', forMs: 0, ofFleet: true },
  { kind: 'worker-silent', title: 'A worker is gone and gave nothing back', forMs: 0, ofFleet: true },
  {
    kind: 'partition-behind',
    title: 'Messages wait in a partition',
    figure: { unit: 'count', threshold: 500, min: 1, max: 10_000_000 },
    forMs: 2 * minuteMs,
    ofFleet: true,
  },
  {
    kind: 'waiting-long',
    title: 'Messages wait long: p95 of the last minute',
    figure: { unit: 'ms', threshold: 5 * secondMs, min: 1, max: hourMs },
    forMs: 2 * minuteMs,
    ofFleet: true,
  },
  {
    kind: 'turns-failing',
    title: 'Turns fail: share in the last five minutes',
    figure: { unit: 'share', threshold: 0.05, min: 0.0001, max: 1 },
    forMs: minuteMs,
    ofFleet: true,
  },
  {
    kind: 'loop-late',
    title: 'The event loop of a worker is late',
    figure: { unit: 'ms', threshold: 250, min: 1, max: hourMs },
    forMs: minuteMs,
    ofFleet: true,
  },
  {
    kind: 'dead-letters-rising',
    title: "Messages died in five minutes, more than a third of the hour's",
    figure: { unit: 'count', threshold: 3, min: 1, max: 1_000_000 },
    forMs: 0,
    ofFleet: false,
  },
  {
    kind: 'projector-behind',
    title: 'The history is behind the log',
    figure: { unit: 'ms', threshold: 10 * secondMs, min: 100, max: 24 * hourMs },
    forMs: 0,
    ofFleet: true,
  },
  {
    kind: 'cost-high',
    title: 'Models cost a tenant much in an hour',
    figure: { unit: 'usd', threshold: 5, min: 0.01, max: 1_000_000 },
    forMs: 0,
    ofFleet: false,
  },
  {
    kind: 'budget-near',
    title: 'A budget is nearly spent',
    figure: { unit: 'share', threshold: 0.9, min: 0.01, max: 1 },
    forMs: 0,
    ofFleet: false,
  },
  { kind: 'tenant-paused', title: 'A tenant is paused', forMs: 0, ofFleet: false },
  {
    kind: 'person-awaited',
    title: 'Somebody has long been waited for',
    figure: { unit: 'ms', threshold: 15 * minuteMs, min: secondMs, max: 30 * 24 * hourMs },
    forMs: 0,
    ofFleet: false,
  },
  { kind: 'circuit-open', title: 'An agent or a model is left alone', forMs: 0, ofFleet: false },
  { kind: 'source-unavailable', title: 'What would say all this cannot be asked', forMs: 0, ofFleet: false },
]

/** A rule as it is in force. */
export interface Rule extends RuleSpec {
  readonly enabled: boolean
  /** Infinity where there is no figure. */
  readonly threshold: number
  readonly changed?: { readonly at: number; readonly by: string }
}

export type Rules = ReadonlyMap<AlertKind, Rule>

export function rulesOf(settings: readonly RuleSetting[]): Rules {
  const byKind = new Map(settings.map((setting) => [setting.kind, setting]))
  return new Map(ruleSpecs.map((spec) => [spec.kind, ruleOf(spec, byKind.get(spec.kind))]))
}

function ruleOf(spec: RuleSpec, setting: RuleSetting | undefined): Rule {
  const threshold = spec.figure?.threshold ?? Number.POSITIVE_INFINITY
  if (!setting) return { ...spec, enabled: true, threshold }
  return {
    ...spec,
    enabled: setting.enabled,
    threshold: setting.threshold ?? threshold,
    forMs: setting.forMs ?? spec.forMs,
    changed: { at: setting.at.getTime(), by: setting.by },
  }
}

/** Why a figure cannot be set so; undefined: it can. */
export function thresholdFault({ kind, figure }: RuleSpec, threshold: number): string | undefined {
  if (!figure) return `${kind} goes by no figure: it can be switched off, or have to last longer`
  const { min, max, unit } = figure
  return threshold >= min && threshold <= max ? undefined : `${kind} goes by ${unit}, from ${min} to ${max}`
}
