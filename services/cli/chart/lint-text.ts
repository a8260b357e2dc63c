// What `troupe lint` found, for people: a line for each finding and what to do, then the count.
import type { Lint } from '../../inspector/chart/lint/lint.ts'
import { onOneLine } from '../output.ts'

interface LintedType extends Lint {
  readonly type: string
}

export function lintText(linted: readonly LintedType[]): string {
  const findings = linted.flatMap(({ type, findings: found }) =>
    found.flatMap(({ severity, rule, what, mend }) => [onOneLine(`${severity}  ${type}  ${rule}: ${what}`), onOneLine(`  ${mend}`)]),
  )
  const allowed = linted.flatMap(({ type, allowed: found }) =>
    found.map(({ rule, state, reason }) => onOneLine(`allowed  ${type}  ${rule} in '${state}': ${reason}`)),
  )
  return [...findings, ...allowed, verdict(linted)].join('\n')
}

function verdict(linted: readonly LintedType[]): string {
  const found = linted.flatMap(({ findings }) => findings)
  const of = (severity: 'error' | 'warning'): number => found.filter((finding) => finding.severity === severity).length
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
  return `${counted(linted.length, 'chart')}: ${counted(of('error'), 'error')}, ${counted(of('warning'), 'warning')}.`
}
