// Changes
// What differs between a state or transition of one chart and its counterpart in another, in words. Descriptions and `meta` are not compared. Pure.
import type { ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'
import { edgesOf, type ChartEdge, type ChartTree } from '../chart/chart-tree.ts'
import { eventText } from '../chart/rows.ts'
import type { Matches } from './match-charts.ts'

export type ChangedThing =
  | 'name'
  | 'place'
  | 'type'
  | 'first state'
  | 'history'
  | 'tags'
  | 'entry'
  | 'exit'
  | 'invoke'
  | 'target'
  | 'guard'
  | 'actions'
  | 'delay'
  | 'reenter'
  | 'order'

export interface Change {
  readonly what: ChangedThing
  readonly a: string
  readonly b: string
}

export interface Sides {
  readonly treeA: ChartTree
  readonly treeB: ChartTree
  readonly matches: Matches
}

const none = 'none'

export function stateChanges({ treeA, treeB, matches: { states } }: Sides, one: string, other: string): readonly Change[] {
  const [a, b] = [treeA.place(one), treeB.place(other)]
  const parent = a.parent === undefined ? undefined : states.toB.get(a.parent)
  const initial = a.node.initial === undefined ? undefined : states.toB.get(a.node.initial)
  const firstDiffers = initial !== b.node.initial || (a.node.initial !== undefined && initial === undefined)
  return [
    ...changed('name', a.node.key, b.node.key),
    ...(parent === b.parent ? [] : changed('place', pathOf(treeA, a.parent), pathOf(treeB, b.parent))),
    ...changed('type', a.node.type, b.node.type),
    ...(firstDiffers ? [{ what: 'first state' as const, a: pathOf(treeA, a.node.initial), b: pathOf(treeB, b.node.initial) }] : []),
    ...changed('history', a.node.history ?? none, b.node.history ?? none),
    ...changed('tags', listText(a.node.tags), listText(b.node.tags)),
    ...changed('entry', listText(entryOf(a.node)), listText(entryOf(b.node))),
    ...changed('exit', listText(a.node.exit), listText(b.node.exit)),
    ...changed('invoke', invokesText(a.node), invokesText(b.node)),
  ]
}

export function edgeChanges(sides: Sides, one: string, other: string): readonly Change[] {
  const { treeA, treeB, matches } = sides
  const [a, b] = [edgeIn(treeA, one), edgeIn(treeB, other)]
  if (!a || !b) return []
  const targets = a.transition.targets.map((id) => matches.states.toB.get(id))
  const sameTargets = JSON.stringify(targets) === JSON.stringify(b.transition.targets)
  return [
    ...(sameTargets ? [] : [{ what: 'target' as const, a: targetsText(treeA, a.transition), b: targetsText(treeB, b.transition) }]),
    ...changed('guard', a.transition.guard ?? none, b.transition.guard ?? none),
    ...changed('actions', listText(a.transition.actions), listText(b.transition.actions)),
    ...changed('delay', delayText(a), delayText(b)),
    ...changed('reenter', String(a.transition.reenter), String(b.transition.reenter)),
    ...orderChange(sides, a, b),
  ]
}

const changed = (what: ChangedThing, a: string, b: string): readonly Change[] => (a === b ? [] : [{ what, a, b }])

const listText = (items: readonly string[]): string => (items.length === 0 ? none : items.join(', '))
const entryOf = ({ entry, initialActions = [] }: ChartNode): readonly string[] => [...entry, ...initialActions]

/** XState writes the state's id into the ids that an author has not given. */
const invokesText = ({ id, invokes }: ChartNode): string =>
  listText(invokes.map((invoke) => (invoke.id.includes(id) || invoke.id === invoke.src ? invoke.src : `${invoke.src} as ${invoke.id}`)))

const targetsText = (tree: ChartTree, { targets }: ChartTransition): string =>
  targets.length === 0 ? 'it stays' : targets.map((id) => pathOf(tree, id)).join(', ')

const delayText = ({ source, transition }: ChartEdge): string => (transition.kind === 'after' ? eventText(transition, source) : '')

/** Of those that listen to one event the first that may is taken: told of those that changed places with another that both charts have. */
function orderChange({ matches: { edges } }: Sides, a: ChartEdge, b: ChartEdge): readonly Change[] {
  const listening = ({ source, transition }: ChartEdge): readonly ChartTransition[] =>
    source.transitions.filter(({ event, kind }) => event === transition.event && kind === transition.kind)
  const [before, after] = [listening(a), listening(b)]
  const [at, now] = [before.indexOf(a.transition), after.indexOf(b.transition)]
  const isSwapped = before.some((sibling, place) => {
    const found = after.findIndex(({ id }) => id === edges.toB.get(sibling.id))
    return found >= 0 && place !== at && place < at !== found < now
  })
  return isSwapped ? [{ what: 'order', a: `${at + 1} of ${before.length}`, b: `${now + 1} of ${after.length}` }] : []
}

/** Without the machine's own name. */
export function pathOf(tree: ChartTree, id: string | undefined): string {
  if (id === undefined) return none
  if (!tree.places.has(id)) return id
  const line = [id, ...tree.ancestors(id)].map((one) => tree.place(one).node.key)
  return line.length === 1 ? (line[0] ?? id) : line.slice(0, -1).toReversed().join('.')
}

/** `thinking, done think [isSure] → acting`. */
export function edgeTitle(tree: ChartTree, { source, transition }: ChartEdge): string {
  const guard = transition.guard === undefined ? '' : ` [${transition.guard}]`
  const event = eventText(transition, source)
  const sign = { done: 'done ', error: 'error ', snapshot: 'news of ', after: 'after ' } as const
  const kind = transition.label === 'done' || !(transition.kind in sign) ? '' : sign[transition.kind as keyof typeof sign]
  return `${pathOf(tree, source.id)}, ${kind}${event}${guard} → ${targetsText(tree, transition)}`
}

const edges = new WeakMap<ChartTree, ReadonlyMap<string, ChartEdge>>()

export function edgeIn(tree: ChartTree, id: string): ChartEdge | undefined {
  const known = edges.get(tree) ?? new Map(edgesOf(tree).map((edge) => [edge.transition.id, edge]))
  edges.set(tree, known)
  return known.get(id)
}
