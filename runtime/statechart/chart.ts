// Chart
// A machine as plain data, for drawings and tools. XState's own `definition` loses inline functions and `always`; here every one has a name.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { actionName, guardName } from './chart-names.ts'
import { encode } from './codec.ts'
import { childNodes, structureHash, targetIds, transitionsOf } from './structure.ts'
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
  readonly history?: 'shallow' | 'deep'
  readonly description?: string
  readonly tags: readonly string[]
  readonly meta?: Json
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly invokes: readonly { readonly id: string; readonly src: string }[]
  /** Delays armed on entry: the event of the transition, and milliseconds or the delay's name. */
  readonly delays: readonly { readonly event: string; readonly delay: string }[]
  readonly transitions: readonly ChartTransition[]
  readonly states: readonly ChartNode[]
}

export interface ChartTransition {
  /** Unique in the chart; what `takenEdges` gives. */
  readonly id: string
  /** As the machine names it; '' for `always`. */
  readonly event: string
  /** For people: `after 5000`, `done llm`, `error llm`, `done`, `always`, or the event. */
  readonly label: string
  readonly guard?: string
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
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    ...(initial && { initial: initial.id }),
    ...(node.type === 'history' && { history: node.history === 'deep' ? 'deep' : 'shallow' }),
    ...(node.description !== undefined && { description: node.description }),
    tags: node.tags,
    ...(node.meta !== undefined && { meta: encode(node.meta) }),
    // XState adds the raising and cancelling of delays to `entry` and `exit`: the config has what the author wrote.
    entry: listOf(node.config.entry).map((action, at) => actionName(action, `entry[${at}]`)),
    exit: listOf(node.config.exit).map((action, at) => actionName(action, `exit[${at}]`)),
    invokes: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : id })),
    delays: [...new Map(node.after.map(({ eventType, delay }) => [eventType, { event: eventType, delay: String(delay) }])).values()],
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
    ...(guard !== undefined && { guard: guardName(guard, `guard of ${id}`) }),
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

/** Where a history node leads when nothing is remembered yet. */
function historyDefault(node: AnyStateNode): ChartTransition[] {
  // Only the config of history nodes has a target.
  const target = (node.config as { readonly target?: unknown }).target
  if (node.type !== 'history' || typeof target !== 'string' || !node.parent) return []
  const id = target.startsWith('#') ? target.slice(1) : `${node.parent.id}.${target}`
  return [{ id: `${node.id}|default|0`, event: '', label: 'default', actions: [], targets: [id], reenter: false }]
}

function labelOf({ eventType, source }: AnyTransitionDefinition): string {
  if (eventType === '') return 'always'
  if (eventType === `xstate.done.state.${source.id}`) return 'done'
  const delay = source.after.find((candidate) => candidate.eventType === eventType)
  if (delay) return `after ${String(delay.delay)}`
  const end = /^xstate\.(done|error)\.actor\.(.*)$/s.exec(eventType)
  return end ? `${end[1] ?? ''} ${end[2] ?? ''}` : eventType
}

const listOf = (given: unknown): readonly unknown[] => (given === undefined ? [] : Array.isArray(given) ? given : [given])
