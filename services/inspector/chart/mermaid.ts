// Mermaid
// A chart as the text of a Mermaid state diagram (stateDiagram-v2), for pages that draw those. It says less than a drawing: Mermaid has no history,
// and no line between a state and one it holds; both are written into the state.
import type { Chart, ChartNode } from '../../../runtime/statechart/index.ts'
import { edgesOf, isInside, treeOf, type ChartEdge, type ChartTree } from './chart-tree.ts'
import { eventText, stateRows } from './rows.ts'

export function mermaidOf(chart: Chart): string {
  const tree = treeOf(chart)
  const names = new Map([...tree.places.keys()].map((id, at) => [id, `s${at}`])) // ids may hold anything; these may not
  const nameOf = (id: string): string => names.get(id) ?? id
  const drawn = edgesOf(tree).flatMap((edge) =>
    edge.transition.targets.filter((to) => isDrawn(tree, edge, to)).map((to) => ({ ...edge, to })),
  )
  return [
    'stateDiagram-v2',
    ...linesOf(tree, chart.root, 1, nameOf),
    ...drawn.map(({ source, transition, to }) => `  ${nameOf(source.id)} --> ${nameOf(to)}${told(labelOf({ source, transition }))}`),
    '',
  ].join('\n')
}

function linesOf(tree: ChartTree, node: ChartNode, depth: number, nameOf: (id: string) => string): readonly string[] {
  const [indent, name] = ['  '.repeat(depth), nameOf(node.id)]
  const written = [...stateRows(node).map(({ title, text }) => title ?? text), ...innerLines(tree, node)]
  const head = `${indent}state "${escaped(titleOf(node))}" as ${name}`
  if (node.states.length === 0) return [head, ...written.map((line) => `${indent}${name}${told(line)}`)]
  // A state that holds others has no text of its own in Mermaid: it is written into a box inside it.
  const ofAll =
    written.length === 0
      ? []
      : [[`${indent}  state "in any of them" as ${name}all`, ...written.map((line) => `${indent}  ${name}all${told(line)}`)]]
  const inside = [...ofAll, ...node.states.map((state) => linesOf(tree, state, depth + 1, nameOf))]
  const separated =
    node.type === 'parallel' ? inside.flatMap((lines, at) => (at === 0 ? lines : [`${indent}  --`, ...lines])) : inside.flat()
  return [
    head,
    `${indent}state ${name} {`,
    ...(node.initial === undefined ? [] : [`${indent}  [*] --> ${nameOf(node.initial)}`]),
    ...separated,
    ...node.states.filter(({ type }) => type === 'final' && node.type !== 'parallel').map(({ id }) => `${indent}  ${nameOf(id)} --> [*]`),
    `${indent}}`,
  ]
}

const titleOf = ({ key, type, history }: ChartNode): string =>
  type === 'history' ? `${key} (${history === 'deep' ? 'deep ' : ''}history)` : key

/** Transitions that are no line: those that stay, and those between a state and one it holds. */
const innerLines = (tree: ChartTree, source: ChartNode): readonly string[] =>
  source.transitions.flatMap((transition) => {
    const written = transition.targets.filter((to) => !isDrawn(tree, { source, transition }, to))
    if (transition.targets.length > 0 && written.length === 0) return []
    const keys = written.filter((to) => to !== source.id).map((to) => tree.places.get(to)?.node.key ?? to)
    return [`${labelOf({ source, transition })}${keys.length === 0 ? '' : ` → ${keys.join(', ')}`}`]
  })

const isDrawn = (tree: ChartTree, { source }: ChartEdge, to: string): boolean =>
  tree.places.has(to) && source.id !== to && !isInside(tree, to, source.id) && !isInside(tree, source.id, to)

function labelOf({ source, transition }: ChartEdge): string {
  const { kind, guard } = transition
  const sign = { after: 'after ', done: 'done ', error: 'error ', snapshot: 'news of ' } as const
  const said =
    transition.label === 'done' ? 'done' : `${kind in sign ? sign[kind as keyof typeof sign] : ''}${eventText(transition, source)}`
  return `${said}${guard === undefined ? '' : ` [${guard}]`}`
}

const told = (text: string): string => (text === '' ? '' : ` : ${escaped(text)}`)

/** Mermaid reads its own signs as `#` and a code; in what is left nothing ends a line or a name. */
const escaped = (text: string): string =>
  text.replace(/[\s\p{Cc}]+/gu, ' ').replace(/[#;:"<>{}[\]\\%&`]/g, (sign) => `#${sign.codePointAt(0)};`)
