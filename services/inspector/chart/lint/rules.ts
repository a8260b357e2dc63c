// Rules
// What the chart lint looks for. Each rule reads the chart alone: what a guard or an inline action does inside is not seen.
import type { ChartNode, ChartTransition } from '../../../../runtime/statechart/index.ts'
import { edgesOf, type ChartTree } from '../chart-tree.ts'
import type { Found, RuleId, Severity } from './finding.ts'
import { isDoneOf, reachable, unfinished } from './reach.ts'

export interface Rule {
  readonly id: Exclude<RuleId, 'allow-list'>
  readonly severity: Severity
  /** One sentence, for people. */
  readonly says: string
  find(tree: ChartTree): readonly Found[]
}

const nodesOf = (tree: ChartTree): readonly ChartNode[] => [...tree.places.values()].map(({ node }) => node)

const unreachableState: Rule = {
  id: 'unreachable-state',
  severity: 'error',
  says: 'a state that no transition and no first state leads to',
  find(tree) {
    const reached = reachable(tree)
    return [...tree.places.values()]
      .filter(({ node, parent }) => !reached.has(node.id) && parent !== undefined && reached.has(parent)) // not again for what is inside it
      .map(({ node }) => ({
        state: node.id,
        what: `Nothing leads to '${node.id}'.`,
        mend: 'Give it a transition, or take it away.',
      }))
  },
}

const deadEnd: Rule = {
  id: 'dead-end',
  severity: 'warning',
  says: 'a state, not final, that is entered, handles nothing and is never left, unless the machine as a whole ends',
  find: (tree) =>
    nodesOf(tree)
      .filter(({ type, id }) => type === 'atomic' && id !== tree.chart.root.id && isEntered(tree, id))
      // One that handles events without leaving serves: it is where the machine is meant to stay.
      .filter(({ transitions, invokes, id }) => transitions.length === 0 && invokes.length === 0 && !hasWayOut(tree, id))
      .map(({ id }) => ({
        state: id,
        what: `'${id}' is entered, handles nothing and is never left.`,
        mend: "Make it final (type: 'final'), or give it a transition out.",
      })),
}

const isEntered = (tree: ChartTree, id: string): boolean =>
  edgesOf(tree).some(({ source, transition }) => source.id !== id && transition.targets.includes(id))

/** By what holds it; of the machine as a whole, only what goes on: its `cancel` would be a way out of everything. */
const hasWayOut = (tree: ChartTree, id: string): boolean =>
  tree.ancestors(id).some((frame) => {
    const goesOn = (target: string): boolean => frame !== tree.chart.root.id || tree.places.get(target)?.node.type !== 'final'
    return tree.place(frame).node.transitions.some(({ targets }) => targets.some((target) => target !== id && goesOn(target)))
  })

const unheardEvent: Rule = {
  id: 'unheard-event',
  severity: 'error',
  says: 'an event the machine raises for itself and no state handles',
  find(tree) {
    const heard = new Set(edgesOf(tree).map(({ transition }) => transition.event))
    return nodesOf(tree).flatMap((node) =>
      [...node.entry, ...node.exit, ...(node.initialActions ?? []), ...node.transitions.flatMap(({ actions }) => actions)]
        .flatMap((action) => /^raise\((.+)\)$/s.exec(action)?.[1] ?? [])
        .filter((event) => event !== '…' && !isHeard(event, heard))
        .map((event) => ({
          state: node.id,
          what: `'${node.id}' raises '${event}', which no state handles.`,
          mend: 'Handle it where it is to have an effect, or do not raise it.',
        })),
    )
  },
}

/** By its name, by a part of it with a star (`order.*`), or by a star alone. */
const isHeard = (event: string, heard: ReadonlySet<string>): boolean =>
  [event, '*', ...event.split('.').map((_, at, parts) => `${parts.slice(0, at + 1).join('.')}.*`)].some((name) => heard.has(name))

const shadowedTransition: Rule = {
  id: 'shadowed-transition',
  severity: 'error',
  says: 'a transition that is never taken, because one without a guard always comes before it',
  find: (tree) => nodesOf(tree).flatMap((node) => [...shadowedBySibling(node), ...shadowedByAlways(node), ...shadowedInside(node)]),
}

function shadowedBySibling(node: ChartNode): readonly Found[] {
  return [...candidatesOf(node).values()].flatMap((candidates) => {
    const first = candidates.findIndex(({ guard }) => guard === undefined)
    return (first === -1 ? [] : candidates.slice(first + 1)).map(({ id, label }) => ({
      state: node.id,
      edge: id,
      what: `'${label}' in '${node.id}' has a transition after one without a guard: it is never taken.`,
      mend: 'Put the one without a guard last, or give it a guard.',
    }))
  })
}

/** A state that is left at once waits for nothing. */
function shadowedByAlways(node: ChartNode): readonly Found[] {
  const leaves = node.transitions.some(
    ({ kind, guard, targets }) => kind === 'always' && guard === undefined && targets.some((target) => target !== node.id),
  )
  return node.transitions
    .filter(({ kind }) => leaves && kind !== 'always' && kind !== 'default')
    .map(({ id, label }) => ({
      state: node.id,
      edge: id,
      what: `'${node.id}' is left at once by an 'always' without a guard: its '${label}' is never taken.`,
      mend: "Give the 'always' a guard, or take the other transition away.",
    }))
}

/** What every state inside handles itself, without a guard, never reaches the state around them. */
function shadowedInside(node: ChartNode): readonly Found[] {
  const handles = ({ type, states, transitions }: ChartNode, event: string): boolean =>
    transitions.some((one) => one.event === event && one.guard === undefined) ||
    (type === 'compound' && states.filter(isResting).every((state) => handles(state, event)) && states.some(isResting)) ||
    (type === 'parallel' && states.some((state) => isResting(state) && handles(state, event)))
  const inside: ChartNode = { ...node, transitions: [] }
  return node.transitions
    .filter(({ kind, event }) => kind === 'event' && node.states.length > 0 && handles(inside, event))
    .map(({ id, label }) => ({
      state: node.id,
      edge: id,
      what: `Every state in '${node.id}' handles '${label}' itself: the one of '${node.id}' is never taken.`,
      mend: 'Take it away, or give those inside a guard.',
    }))
}

/** A state in which a machine can wait for an event: neither a history nor left at once. */
const isResting = ({ type, transitions }: ChartNode): boolean =>
  type !== 'history' && type !== 'final' && !transitions.some(({ kind, guard }) => kind === 'always' && guard === undefined)

const repeatedGuard: Rule = {
  id: 'repeated-guard',
  severity: 'error',
  says: 'a transition behind one with the same event and the same guard',
  find: (tree) =>
    nodesOf(tree).flatMap((node) =>
      [...candidatesOf(node).values()].flatMap((candidates) =>
        candidates
          // Guards that take parameters from the context look alike and may differ.
          .filter(({ guard }, at) => guard?.includes('…') === false && candidates.slice(0, at).some((earlier) => earlier.guard === guard))
          .map(({ id, label, guard = '' }) => ({
            state: node.id,
            edge: id,
            what: `'${label}' in '${node.id}' asks '${guard}' twice: the second transition is never taken.`,
            mend: 'Join the two, or ask something else the second time.',
          })),
      ),
    ),
}

const candidatesOf = ({ transitions }: ChartNode): ReadonlyMap<string, readonly ChartTransition[]> =>
  Map.groupBy(
    transitions.filter(({ kind }) => kind !== 'default'),
    ({ event }) => event,
  )

const missingErrorBranch: Rule = {
  id: 'missing-error-branch',
  severity: 'warning',
  says: 'an invoke whose failure no transition handles: it fails the actor, and its supervisor decides',
  find: (tree) =>
    nodesOf(tree).flatMap(({ id: state, invokes }) =>
      invokes
        .filter(
          ({ id }) =>
            ![state, ...tree.ancestors(state)].some((one) =>
              tree.place(one).node.transitions.some(({ event }) => event === `xstate.error.actor.${id}`),
            ),
        )
        .map(({ src }) => ({
          state,
          what: `'${state}' invokes '${src}' and says nothing of its failure.`,
          mend: 'Give the invoke an onError, or allow it here when the supervisor is to decide.',
        })),
    ),
}

const neverDone: Rule = {
  id: 'never-done',
  severity: 'error',
  says: 'an onDone of a state that cannot finish, since it, or one of its regions, has no final state',
  find: (tree) =>
    nodesOf(tree).flatMap((node) =>
      node.transitions.some((transition) => isDoneOf(node, transition))
        ? unfinished(node).map(({ id }) => ({
            state: node.id,
            what: `The onDone of '${node.id}' is never taken: '${id}' has no final state.`,
            mend: `Give '${id}' a final state, or take the onDone away.`,
          }))
        : [],
    ),
}

const zeroDelay: Rule = {
  id: 'zero-delay',
  severity: 'warning',
  says: 'a delayed transition of no time at all: a timer, a record and a turn for what `always` does in the same turn',
  find: (tree) =>
    nodesOf(tree).flatMap((node) =>
      node.delays
        .filter(({ ms }) => ms !== undefined && ms <= 0)
        .map(({ delay }) => ({
          state: node.id,
          what: `'${node.id}' waits for ${delay} ms.`,
          mend: "Use 'always', or a delay above 0.",
        })),
    ),
}

export const rules: readonly Rule[] = [
  unreachableState,
  deadEnd,
  unheardEvent,
  shadowedTransition,
  repeatedGuard,
  missingErrorBranch,
  neverDone,
  zeroDelay,
]
