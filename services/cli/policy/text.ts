// Policy text
// The registry of policies for people.
import type { PolicyChangeRow } from '../../history/policy-store.ts'
import { isConfirmed, type Register, type RegisteredPolicy } from '../../policies/plan.ts'
import { fields, onOneLine, table, timeText } from '../output.ts'
import { decisionsMax, leftOutText, signed, type Estimate } from './evaluation.ts'

export function registerText(register: Register): string {
  const rows = register.policies.map((policy) => [
    policy.version,
    modeText(policy),
    policy.mode === 'live' && policy.activatedAt && policy.activatedAt.getTime() > 0 ? timeText(policy.activatedAt) : '',
    policy.createdBy,
    differenceText(policy.estimate),
    onOneLine(policy.note ?? ''),
  ])
  return `${stateText(register)}\n\n${table(['version', 'mode', 'live since', 'by', 'against the live one then', 'note'], rows)}`
}

export const stateText = (register: Register): string =>
  isConfirmed(register)
    ? `revision ${register.revision} of tenant ${register.tenant}, confirmed by its coordinator`
    : `revision ${register.revision} of tenant ${register.tenant} is NOT CONFIRMED: its coordinator may still go by revision ${register.confirmed}; \`troupe policy confirm\` finishes the change`

export function policyText(policy: RegisteredPolicy): string {
  const { version, note, createdAt, createdBy, activatedAt, config, estimate } = policy
  const facts = fields({
    version,
    mode: modeText(policy),
    added: `${timeText(createdAt)} by ${createdBy}`,
    'live since': activatedAt ? timeText(activatedAt) : undefined,
    note,
  })
  const evaluated = isEstimate(estimate) ? `\n\n${estimateText(estimate)}` : ''
  return `${facts}\n\n${JSON.stringify(config, undefined, 2)}${evaluated}`
}

export function estimateText(estimate: Estimate): string {
  const { version, live, decisions, effective, clipped, leftOut, value, liveValue, difference, direct, days, at } = estimate
  const bar = ({ mean, low, high }: Estimate['value'], show = (one: number) => one.toFixed(3)) => [
    show(mean),
    `${show(low)} to ${show(high)}`,
  ]
  const rows = [
    [version, ...bar(value)],
    [`${live} (live)`, ...bar(liveValue)],
    ['difference', ...bar(difference, signed)],
  ]
  const left = leftOutText(leftOut)
  return [
    table(['mean reward', 'estimate', '90 %'], rows),
    '',
    `doubly robust, over ${decisions} decisions of ${live} in ${days} days before ${at}; they are worth ${Math.floor(effective)} decisions of ${version}${clipped > 0 ? `, ${(clipped * 100).toFixed(1)} % of the weights are clipped` : ''}`,
    ...(direct ? [`where ${version} decided itself: ${direct.mean.toFixed(3)} over ${direct.decisions} decisions`] : []),
    ...(estimate.cut ? [`only the latest ${decisionsMax} decisions were read`] : []),
    ...(left === '' ? [] : [`left out: ${left}`]),
  ].join('\n')
}

export const changesText = (changes: readonly PolicyChangeRow[]): string =>
  table(
    ['revision', 'at', 'by', 'change', 'version', 'went by', 'note'],
    changes.map(({ revision, at, by, action, version, estimate, forced, note }) => [
      String(revision),
      timeText(at),
      by,
      forced ? `${action} (forced)` : action,
      version,
      differenceText(estimate),
      onOneLine(note ?? ''),
    ]),
  )

const modeText = ({ mode, share }: RegisteredPolicy): string =>
  share === undefined ? mode : `${mode} ${Number((share * 100).toFixed(2))} %`

function differenceText(estimate: unknown): string {
  if (!isEstimate(estimate)) return ''
  const { mean, low, high } = estimate.difference
  return `${signed(mean)} (${signed(low)} to ${signed(high)})`
}

/** What this build or an earlier one kept with a version. */
const isEstimate = (value: unknown): value is Estimate =>
  typeof value === 'object' && value !== null && 'difference' in value && 'liveValue' in value && 'leftOut' in value
