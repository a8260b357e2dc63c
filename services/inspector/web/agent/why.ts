// Why
// Why a turn took the transitions it took, and why the others that listen to the same event were not taken. Pure.
import { edgeName } from '../chart/edge-name.ts'
import { pathText, type ChartTree } from '../chart/tree.ts'
import type { ChartTransition, GuardNote, Trace } from '../wire.ts'

export interface Reason {
  readonly edge: string
  /** `thinking.deciding → acting`. */
  readonly way: string
  readonly label: string
  readonly isTaken: boolean
  /** Guards that were asked for it. */
  readonly guards: readonly GuardNote[]
  /** One sentence, of one that was not taken. */
  readonly because?: string
}

/** Those that were taken first, in order; then those that were not, from the innermost state outwards. */
export function whyOf(
  tree: ChartTree,
  given: { readonly event: string; readonly before: ReadonlySet<string>; readonly trace: Trace },
): readonly Reason[] {
  const { event, before, trace } = given
  const taken = [...new Set(trace.edges)].flatMap((id) => {
    const edge = tree.edges.get(id)
    return edge ? [reasonOf(tree, edge.transition, edge.source, trace.guards)] : []
  })
  const innerFirst = [...before].toReversed()
  const refused = innerFirst.flatMap((state) =>
    (tree.places.get(state)?.node.transitions ?? [])
      .filter((transition) => hears(transition, event) && !trace.edges.includes(transition.id))
      .map((transition) => {
        const reason = reasonOf(tree, transition, state, trace.guards)
        return { ...reason, isTaken: false, because: becauseOf(transition, reason.guards, trace) }
      }),
  )
  return [...taken, ...refused]
}

const hears = ({ event, kind }: ChartTransition, type: string): boolean =>
  kind === 'wildcard' ? !type.startsWith('xstate.') : kind !== 'always' && kind !== 'default' && event === type

function reasonOf(tree: ChartTree, transition: ChartTransition, source: string, notes: readonly GuardNote[]): Reason {
  const { id, targets, guards = [] } = transition
  // The same guard is asked for each region and each step of a turn: each answer once.
  const asked = [...new Map(notes.filter(({ name }) => guards.includes(name)).map((note) => [JSON.stringify(note), note])).values()]
  return { edge: id, label: edgeName(tree, id), way: wayText(tree, source, targets), isTaken: true, guards: asked }
}

/** What both ends have in common is left out. */
function wayText(tree: ChartTree, source: string, targets: readonly string[]): string {
  const [from = [], ...to] = [source, ...targets].map((id) => pathText(tree, id).split('.'))
  if (to.length === 0) return `${from.join('.')} stays`
  let shared = 0
  while (to.every((path) => shared < Math.min(from.length, path.length) - 1 && path[shared] === from[shared])) shared++
  const text = (path: readonly string[]): string => path.slice(shared).join('.')
  return `${text(from)} → ${to.map(text).join(', ')}`
}

function becauseOf({ guard }: ChartTransition, asked: readonly GuardNote[], { edges }: Trace): string {
  const no = asked.filter(({ result }) => !result)
  if (no.length > 0 && guard !== undefined) return `${guard} was false`
  if (asked.length === 0 && guard !== undefined) return 'not asked: one before it was taken'
  return edges.length > 0 ? 'another one was taken first' : 'the event was not taken'
}
