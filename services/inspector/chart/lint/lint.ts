// Lint
// Finds what is wrong with a chart before it runs. A state says in its meta what is meant to be so: { lint: { allow: { 'dead-end': 'why' } } }.
//
// N1. Nothing is allowed without a reason, by a name that is no rule, or for nothing: each is a finding itself.
import type { Chart, ChartNode } from '../../../../runtime/statechart/index.ts'
import { treeOf } from '../chart-tree.ts'
import type { Finding } from './finding.ts'
import { rules } from './rules.ts'

export interface Lint {
  readonly findings: readonly Finding[]
  /** Those that a state allows, each with its reason. */
  readonly allowed: readonly (Finding & { readonly reason: string })[]
}

export function lintChart(chart: Chart): Lint {
  const tree = treeOf(chart)
  const found = rules.flatMap(({ id, severity, find }) => find(tree).map((one): Finding => ({ rule: id, severity, ...one })))
  const findings: Finding[] = []
  const allowed: (Finding & { readonly reason: string })[] = []
  for (const finding of found) {
    const reason = allowancesOf(tree.place(finding.state).node).get(finding.rule)
    if (typeof reason === 'string' && reason !== '') allowed.push({ ...finding, reason })
    else findings.push(finding)
  }
  const faults = [...tree.places.values()].flatMap(({ node }) => allowanceFaults(node, found)) // N1
  return { findings: [...findings, ...faults], allowed }
}

function allowanceFaults(node: ChartNode, found: readonly Finding[]): readonly Finding[] {
  return [...allowancesOf(node)].flatMap(([rule, reason]) => {
    const wrong = rules.every(({ id }) => id !== rule)
      ? `which is no rule; there are ${rules.map(({ id }) => id).join(', ')}`
      : typeof reason !== 'string' || reason === ''
        ? 'without a reason'
        : found.every((finding) => finding.rule !== rule || finding.state !== node.id)
          ? 'which finds nothing there'
          : undefined
    if (wrong === undefined) return []
    return [
      {
        rule: 'allow-list',
        severity: 'error',
        state: node.id,
        what: `'${node.id}' allows '${rule}', ${wrong}.`,
        mend: 'Mend meta.lint.allow of the state: the name of a rule, with the reason.',
      } as const,
    ]
  })
}

/** By rule, as the author wrote it: it may be anything. */
function allowancesOf({ meta }: ChartNode): ReadonlyMap<string, unknown> {
  const allow = fieldOf(fieldOf(meta, 'lint'), 'allow')
  return new Map(typeof allow === 'object' && allow !== null ? Object.entries(allow) : [])
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
