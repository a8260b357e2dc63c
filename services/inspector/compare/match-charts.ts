// Match charts
// Which state and which transition of one chart is which of another: by id, by name below states that are the same, then by what a state is made of.
// Pure, and the same both ways: matching b with a gives the same pairs turned round.
//
// M1. A state or transition has at most one counterpart.
// M2. What could be the counterpart of several is nobody's: it was taken away on one side and came on the other.
import type { ChartNode, ChartTransition } from '../../../runtime/statechart/index.ts'
import type { ChartTree } from '../chart/chart-tree.ts'

export interface Pairs {
  /** From an id of a to that of b. */
  readonly toB: ReadonlyMap<string, string>
  readonly toA: ReadonlyMap<string, string>
}

export interface Matches {
  readonly states: Pairs
  readonly edges: Pairs
}

export function matchCharts(a: ChartTree, b: ChartTree): Matches {
  const states = matchStates(a, b)
  const edges = makePairs()
  for (const [one, other] of states.toB) matchEdges(a.place(one).node, b.place(other).node, states, edges)
  return { states, edges }
}

interface GrowingPairs extends Pairs {
  put(a: string, b: string): void
  readonly isFreeInA: (id: string) => boolean
  readonly isFreeInB: (id: string) => boolean
}

function makePairs(): GrowingPairs {
  const [toB, toA] = [new Map<string, string>(), new Map<string, string>()]
  return {
    toB,
    toA,
    isFreeInA: (id) => !toB.has(id),
    isFreeInB: (id) => !toA.has(id),
    // M1
    put: (a, b) => {
      if (toB.has(a) || toA.has(b)) return
      toB.set(a, b)
      toA.set(b, a)
    },
  }
}

/** The roots are one another, whatever they are called: it is two versions of one machine. */
function matchStates(a: ChartTree, b: ChartTree): Pairs {
  const pairs = makePairs()
  pairs.put(a.chart.root.id, b.chart.root.id)
  for (const id of a.places.keys()) if (b.places.has(id)) pairs.put(id, id)
  for (const [id, { node }] of a.places) {
    const other = pairs.toB.get(id)
    if (other !== undefined) matchChildren([a, node], [b, b.place(other).node], pairs)
  }
  return pairs
}

type Side = readonly [tree: ChartTree, node: ChartNode]

function matchChildren([a, one]: Side, [b, other]: Side, pairs: GrowingPairs): void {
  const freeInA = (): readonly ChartNode[] => one.states.filter(({ id }) => pairs.isFreeInA(id))
  const freeInB = (): readonly ChartNode[] => other.states.filter(({ id }) => pairs.isFreeInB(id))
  const put = (left: ChartNode, right: ChartNode): void => pairs.put(left.id, right.id)
  zip(freeInA(), freeInB(), ({ key }) => key, put)
  const [natures, others] = [naturesOf(a, freeInA()), naturesOf(b, freeInB())]
  for (const [nature, [left, ...more]] of natures) {
    const [right, ...rest] = others.get(nature) ?? []
    if (left && right && more.length + rest.length === 0) put(left, right) // M2
  }
}

/** States that do something, by what they are made of: a renamed one is known by it. */
function naturesOf(tree: ChartTree, states: readonly ChartNode[]): ReadonlyMap<string, readonly ChartNode[]> {
  const telling = states.filter(
    ({ transitions, invokes, entry, exit, states: inside }) =>
      transitions.length + invokes.length + entry.length + exit.length + inside.length > 0,
  )
  return Map.groupBy(telling, (node) => natureOf(tree, node))
}

const natureOf = (tree: ChartTree, node: ChartNode): string =>
  JSON.stringify([
    node.type,
    node.entry,
    node.exit,
    node.invokes.map(({ src }) => src),
    node.states.map(({ key }) => key).toSorted(),
    node.transitions
      .map((transition) => {
        const { kind, guard = '', actions, targets } = transition
        const keys = targets.map((id) => (id === node.id ? '.' : (tree.places.get(id)?.node.key ?? id)))
        return JSON.stringify([kind, eventIn(node, transition), guard, actions, keys])
      })
      .toSorted(),
  ])

/** Without the id of its state, which XState writes into the events of delays and ends. */
const eventIn = ({ id }: ChartNode, { event }: ChartTransition): string => event.replaceAll(id, '.')

/** From what is all the same to what is only of the same event, so that each finds the one it is most like; a changed delay is found by where it leads. */
function matchEdges(one: ChartNode, other: ChartNode, { toB }: Pairs, pairs: GrowingPairs): void {
  const target = (id: string): string => toB.get(id) ?? `only in a: ${id}`
  const likeness = (node: ChartNode, targetOf: (id: string) => string) => {
    const base = (transition: ChartTransition) => [transition.kind, eventIn(node, transition)]
    const to = ({ targets }: ChartTransition) => targets.map(targetOf)
    return [
      (edge: ChartTransition) => [base(edge), edge.guard ?? '', to(edge), edge.actions, edge.reenter],
      (edge: ChartTransition) => [base(edge), edge.guard ?? '', to(edge)],
      (edge: ChartTransition) => [base(edge), to(edge)],
      (edge: ChartTransition) => [base(edge), edge.guard ?? ''],
      (edge: ChartTransition) => [base(edge)],
      (edge: ChartTransition) => (edge.kind === 'after' ? [to(edge), edge.guard ?? ''] : undefined),
    ]
  }
  const [ofA, ofB] = [likeness(one, target), likeness(other, (id) => id)]
  for (const [step, keyOfA] of ofA.entries()) {
    const keyOfB = ofB[step]
    if (!keyOfB) continue
    const free = one.transitions.filter(({ id }) => pairs.isFreeInA(id)).map((edge) => ({ edge, key: keyOfA(edge) }))
    const others = other.transitions.filter(({ id }) => pairs.isFreeInB(id)).map((edge) => ({ edge, key: keyOfB(edge) }))
    const told = <Keyed extends { readonly key: unknown }>(edges: readonly Keyed[]) => edges.filter(({ key }) => key !== undefined)
    zip(
      told(free),
      told(others),
      ({ key }) => JSON.stringify(key),
      (left, right) => pairs.put(left.edge.id, right.edge.id),
    )
  }
}

/** Those of one key, each with the one in its place. */
function zip<Item>(ofA: readonly Item[], ofB: readonly Item[], keyOf: (item: Item) => string, put: (a: Item, b: Item) => void): void {
  const others = Map.groupBy(ofB, keyOf)
  for (const [key, items] of Map.groupBy(ofA, keyOf))
    items.forEach((item, at) => {
      const other = others.get(key)?.[at]
      if (other !== undefined) put(item, other)
    })
}
