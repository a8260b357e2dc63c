// Heat
// Which transitions turns have taken, and how long actors were in which state, told from their recorded turns: event, state before and after. Pure.
//
// E1. The record does not name transitions. One is counted when its state was active before, its event came, and the state after is where it
//     leads, with transitions without an event after it; where several would explain a turn, the innermost, first written one counts.
// E2. A state's time runs from the turn that entered it to the turn that left it; one that began before the first known turn or has not
//     ended is not counted.
import type { Chart, ChartTransition } from '../../../runtime/statechart/index.ts'
import { activeStates, isInside, treeOf, type ChartTree } from './chart-tree.ts'

export interface RecordedTurn {
  readonly actor: string
  readonly turn: number
  /** Epoch ms. */
  readonly at: number
  readonly event: string
  /** The state value as JSON. */
  readonly state: string | null
  readonly failure: string | null
}

export interface StateHeat {
  readonly state: string
  readonly visits: number
  readonly totalMs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

export interface EdgeHeat {
  readonly edge: string
  readonly taken: number
  /** Turns that failed at it: their message became a dead letter. */
  readonly failed: number
}

export interface Heat {
  readonly turns: number
  readonly states: readonly StateHeat[]
  readonly edges: readonly EdgeHeat[]
  /** Turns that changed the state in a way that no transition of this chart explains: of another version, or reset. */
  readonly unexplained: number
}

/** The turns of an actor stand together, in order. */
export function heatOf(chart: Chart, rows: readonly RecordedTurn[]): Heat {
  const teller = tellerOf(chart)
  const visits = new Map<string, number[]>()
  const edges = new Map<string, { taken: number; failed: number }>()
  let unexplained = 0
  let entered = new Map<string, number>()
  rows.forEach((row, at) => {
    const last = rows[at - 1]
    const before = last?.actor === row.actor && last.turn === row.turn - 1 ? last : undefined
    if (!before) entered = new Map()
    if (row.state === null || before?.state === null) return
    const [was, is] = [teller.activeIn(before?.state), teller.activeIn(row.state)]
    note(visits, entered, { was, is, at: row.at, isKnown: before !== undefined || row.turn === 1 })
    if (row.turn > 1 && (row.event.startsWith('@') || !before)) return
    const found = row.failure === null ? teller.taken(before && was, row.event, is) : teller.tried(was, row.event)
    for (const edge of found) {
      const counts = edges.get(edge) ?? { taken: 0, failed: 0 }
      counts[row.failure === null ? 'taken' : 'failed']++
      edges.set(edge, counts)
    }
    if (found.length === 0 && before && was.symmetricDifference(is).size > 0) unexplained++
  })
  return {
    turns: rows.length,
    states: [...visits].map(([state, times]) => ({ state, ...summed(times) })),
    edges: [...edges].map(([edge, counts]) => ({ edge, ...counts })),
    unexplained,
  }
}

interface Step {
  readonly was: Active
  readonly is: Active
  readonly at: number
  /** What was before it is known, even that there was nothing. */
  readonly isKnown: boolean
}

/** E2 */
function note(visits: Map<string, number[]>, entered: Map<string, number>, { was, is, at, isKnown }: Step): void {
  for (const [state, since] of entered) {
    if (is.has(state)) continue
    const times = visits.get(state) ?? []
    times.push(at - since)
    visits.set(state, times)
    entered.delete(state)
  }
  if (isKnown) for (const state of is) if (!was.has(state)) entered.set(state, at)
}

function summed(times: readonly number[]): Omit<StateHeat, 'state'> {
  const sorted = times.toSorted((one, other) => one - other)
  const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { visits: sorted.length, totalMs: sorted.reduce((sum, ms) => sum + ms, 0), p50Ms: quantile(0.5), p95Ms: quantile(0.95) }
}

type Active = ReadonlySet<string>

interface Teller {
  activeIn(state: string | undefined): Active
  /** E1. `before` undefined: it is the first turn. */
  taken(before: Active | undefined, event: string, after: Active): readonly string[]
  /** The transition that would have been taken first. */
  tried(before: Active, event: string): readonly string[]
}

function tellerOf(chart: Chart): Teller {
  const tree = treeOf(chart)
  const known = new Map<string, Active>()
  const answers = new Map<string, readonly string[]>()
  const activeIn = (state: string | undefined): Active => {
    const found = known.get(state ?? '') ?? activeStates(chart.root, state === undefined ? undefined : JSON.parse(state))
    known.set(state ?? '', found)
    return found
  }
  const explained = (before: Active | undefined, event: string, after: Active): readonly string[] =>
    before ? explain(tree, candidates(tree, before, event), { before, after }) : (chainTo(tree, [chart.root.id], after) ?? [])
  return {
    activeIn,
    taken: (before, event, after) => {
      const key = JSON.stringify([before && [...before], event, [...after]])
      const answer = answers.get(key) ?? explained(before, event, after)
      answers.set(key, answer)
      return answer
    },
    tried: (before, event) =>
      candidates(tree, before, event)
        .slice(0, 1)
        .map(({ transition }) => transition.id),
  }
}

interface Candidate {
  readonly source: string
  readonly transition: ChartTransition
}

/** Innermost first, as XState chooses. */
function candidates(tree: ChartTree, before: Active, event: string): readonly Candidate[] {
  const depth = (id: string): number => tree.places.get(id)?.depth ?? 0
  return [...before]
    .toSorted((one, other) => depth(other) - depth(one))
    .flatMap((source) => {
      const transitions = tree.places.get(source)?.node.transitions ?? []
      return transitions.filter(({ event: on }) => on === event || matches(on, event)).map((transition) => ({ source, transition }))
    })
}

/** `*` and `task.*` */
const matches = (on: string, event: string): boolean => on === '*' || (on.endsWith('.*') && event.startsWith(on.slice(0, -1)))

function explain(
  tree: ChartTree,
  found: readonly Candidate[],
  { before, after }: { readonly before: Active; readonly after: Active },
): readonly string[] {
  const settled: string[] = []
  const edges: string[] = []
  for (const { source, transition } of found) {
    const isSettled = settled.some((one) => one === source || isInside(tree, one, source) || isInside(tree, source, one))
    if (isSettled) continue
    const stays = transition.targets.length === 0 && ![...before.symmetricDifference(after)].some((id) => isInside(tree, id, source))
    const chain = stays ? [] : chainTo(tree, transition.targets, after)
    if (!chain) continue
    settled.push(source)
    edges.push(transition.id, ...chain)
  }
  return edges
}

interface Way {
  readonly id: string
  readonly edges: readonly string[]
}

/** Transitions without an event that lead from these states to where the turn ended, the fewest; undefined: none do. */
function chainTo(tree: ChartTree, from: readonly string[], after: Active): readonly string[] | undefined {
  const seen = new Set<string>()
  let ways: readonly Way[] = from.map((id) => ({ id, edges: [] }))
  while (ways.length > 0) {
    const reached = ways.find(({ id }) => isReached(tree, id, after))
    if (reached) return reached.edges
    for (const { id } of ways) seen.add(id)
    ways = ways.flatMap((way) => onwards(tree, way)).filter(({ id }) => !seen.has(id))
  }
  return undefined
}

const isReached = (tree: ChartTree, id: string, after: Active): boolean =>
  after.has(id) && firstInside(tree, id).every((inner) => after.has(inner))

/** Eventless transitions may be of any state around it, too; so are those for what has ended in it. */
function onwards(tree: ChartTree, { id, edges }: Way): readonly Way[] {
  const around = tree.places.has(id) ? [id, ...tree.ancestors(id)] : []
  const without = around.flatMap((one) => tree.place(one).node.transitions).filter(isByItself)
  return [
    ...firstInside(tree, id).map((inner) => ({ id: inner, edges })),
    ...without.flatMap((transition) => transition.targets.map((target) => ({ id: target, edges: [...edges, transition.id] }))),
  ]
}

const isByItself = ({ kind, event }: ChartTransition): boolean =>
  kind === 'always' || kind === 'default' || event.startsWith('xstate.done.state.')

function firstInside(tree: ChartTree, id: string): readonly string[] {
  const { node } = tree.places.get(id) ?? {}
  if (node?.type === 'parallel') return node.states.map((state) => state.id)
  return node?.initial === undefined ? [] : [node.initial]
}
