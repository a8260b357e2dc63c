// Chart
// A machine as plain data, for drawings and tools. XState's own `definition` loses inline functions and `always`; here every one has a name.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { actionName, guardName, guardParts } from './chart-names.ts'
import { encode } from './codec.ts'
import { childNodes, nodesOf, structureHash, targetIds, transitionsOf } from './structure.ts'
import type { Json } from './stored.ts'
import type { Outcome } from './turn.ts'

export interface Chart {
  readonly id: string
  /** Structure hash: the same chart for the same hash. */
  readonly hash: string
  readonly root: ChartNode
}

export interface ChartNode {
  readonly id: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Id of the node entered first. */
  readonly initial?: string
  /** What is done on the way into it. */
  readonly initialActions?: readonly string[]
  readonly history?: 'shallow' | 'deep'
  readonly description?: string
  readonly tags: readonly string[]
  readonly meta?: Json
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly invokes: readonly { readonly id: string; readonly src: string }[]
  /** Delays armed on entry: the event of the transition, milliseconds or the delay's name, and how long that is where it does not depend on the context. */
  readonly delays: readonly { readonly event: string; readonly delay: string; readonly ms?: number }[]
  readonly transitions: readonly ChartTransition[]
  readonly states: readonly ChartNode[]
}

/** What takes a transition: `snapshot` is a child's news, `wildcard` any event, `default` what a history state leads to at first. */
export type TransitionKind = 'event' | 'wildcard' | 'always' | 'after' | 'done' | 'error' | 'snapshot' | 'default'

export interface ChartTransition {
  /** Unique in the chart; what `takenEdges` gives. */
  readonly id: string
  /** As the machine names it; '' for `always`. */
  readonly event: string
  /** For people: `after 5000`, `done llm`, `error llm`, `done`, `always`, or the event. */
  readonly label: string
  readonly kind: TransitionKind
  /** As a person reads it: `not(ready)`, `and(ready, atLeast(n: 3))`. */
  readonly guard?: string
  /** The guards that one is made of, each once. */
  readonly guards?: readonly string[]
  readonly actions: readonly string[]
  /** Ids of the target nodes; empty: the state stays. */
  readonly targets: readonly string[]
  readonly reenter: boolean
  readonly description?: string
}

export const chartOf = (machine: AnyStateMachine): Chart => ({
  id: machine.id,
  hash: structureHash(machine),
  root: chartNode(machine.root),
})

/** The ids, in the chart, of the transitions a turn took, in order. */
export const takenEdges = ({ taken }: Pick<Outcome, 'taken'>): readonly string[] => taken.map((transition) => edgeId(transition))

function chartNode(node: AnyStateNode): ChartNode {
  const initial: AnyStateNode | undefined = node.type === 'compound' ? node.initial.target[0] : undefined
  const initialActions: readonly unknown[] = node.type === 'compound' ? node.initial.actions : []
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    ...(initial && { initial: initial.id }),
    ...(initialActions.length > 0 && { initialActions: initialActions.map((action, at) => actionName(action, `initial[${at}]`)) }),
    ...(node.type === 'history' && { history: node.history === 'deep' ? 'deep' : 'shallow' }),
    ...(node.description !== undefined && { description: node.description }),
    tags: node.tags,
    ...(node.meta !== undefined && { meta: encode(node.meta) }),
    // XState adds the raising and cancelling of delays to `entry` and `exit`: the config has what the author wrote.
    entry: listOf(node.config.entry).map((action, at) => actionName(action, `entry[${at}]`)),
    exit: listOf(node.config.exit).map((action, at) => actionName(action, `exit[${at}]`)),
    invokes: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : id })),
    delays: delaysOf(node),
    transitions: [...transitionsOf(node).map(chartTransition), ...historyDefault(node)],
    states: childNodes(node).map(chartNode),
  }
}

function chartTransition(transition: AnyTransitionDefinition): ChartTransition {
  const { eventType: event, guard, actions, reenter, description } = transition
  const id = edgeId(transition)
  return {
    id,
    event,
    label: labelOf(transition),
    kind: kindOf(transition),
    ...(guard !== undefined && { guard: guardName(guard, `guard of ${id}`), guards: guardParts(guard, `guard of ${id}`) }),
    actions: actions.map((action, at) => actionName(action, `action[${at}]`)),
    targets: targetIds(transition),
    reenter,
    ...(description !== undefined && { description }),
  }
}

/** Source, event, and which of the event's candidates it is. */
function edgeId(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition
  const siblings = eventType === '' ? source.always : source.transitions.get(eventType)
  return `${source.id}|${eventType}|${siblings?.indexOf(transition) ?? 0}`
}

function delaysOf({ after, machine }: AnyStateNode): ChartNode['delays'] {
  const known: Readonly<Record<string, unknown>> = machine.implementations.delays
  const delays = after.map(({ eventType: event, delay }) => {
    const ms = typeof delay === 'string' && Object.hasOwn(known, delay) ? known[delay] : Number(delay)
    return { event, delay: String(delay), ...(typeof ms === 'number' && Number.isFinite(ms) && { ms }) }
  })
  return [...new Map(delays.map((delay) => [delay.event, delay])).values()]
}

/** Where a history node leads when nothing is remembered yet: what it says, or where its parent starts. */
function historyDefault(node: AnyStateNode): ChartTransition[] {
  if (node.type !== 'history' || !node.parent) return []
  const { parent } = node
  // Only the config of history nodes has a target.
  const said = listOf((node.config as { readonly target?: unknown }).target).filter((target) => typeof target === 'string')
  const starts: readonly AnyStateNode[] = parent.type === 'compound' ? parent.initial.target : []
  const targets = said.length > 0 ? said.map((target) => atPath(parent, target)) : starts.map(({ id }) => id)
  if (targets.length === 0) return []
  return [{ id: `${node.id}|default|0`, event: '', label: 'default', kind: 'default', actions: [], targets, reenter: false }]
}

/** The id of the node at a path of keys, from the given one or from the one named by `#id`; of a path that leads nowhere the path. */
function atPath(from: AnyStateNode, path: string): string {
  const [name = '', ...keys] = path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.')) // a dot that belongs to a name is escaped
  const start = name.startsWith('#') ? nodesOf(from.machine.root).find(({ id }) => id === name.slice(1)) : from.states[name]
  return keys.reduce<AnyStateNode | undefined>((node, key) => node?.states[key], start)?.id ?? path
}

function kindOf({ eventType, source }: AnyTransitionDefinition): TransitionKind {
  if (eventType === '') return 'always'
  if (eventType === '*') return 'wildcard'
  if (source.after.some((delayed) => delayed.eventType === eventType)) return 'after'
  if (eventType === `xstate.done.state.${source.id}`) return 'done'
  const end = /^xstate\.(done|error|snapshot)\./.exec(eventType)?.[1]
  return end === 'done' || end === 'error' || end === 'snapshot' ? end : 'event'
}

function labelOf({ eventType, source }: AnyTransitionDefinition): string {
  if (eventType === '') return 'always'
  if (eventType === `xstate.done.state.${source.id}`) return 'done'
  const delay = source.after.find((candidate) => candidate.eventType === eventType)
  if (delay) return `after ${String(delay.delay)}`
  const end = /^xstate\.(done|error|snapshot)\.(?:actor\.)?(.*)$/s.exec(eventType)
  return end ? `${end[1] ?? ''} ${end[2] ?? ''}` : eventType
}

const listOf = (given: unknown): readonly unknown[] => (given === undefined ? [] : Array.isArray(given) ? given : [given])
