// Definition
// A chart as the configuration of a machine, in JSON: what XState's `createMachine` takes, with a name for every function. Pure.
import type { Chart, ChartNode, ChartTransition } from '../../runtime/statechart/index.ts'

/** What `createMachine` makes of it has the same chart. */
export const configOf = ({ root }: Chart): object => nodeConfig(root, { defaultId: undefined, targetOf: targets(root) })

interface Writing {
  /** The id that XState gives the node; the root has none but its own. */
  readonly defaultId: string | undefined
  /** How a transition names the state with an id. */
  targetOf(id: string): string
}

/** By its id where the author gave it one, else by the way from there: a key may hold a dot. */
function targets(root: ChartNode): Writing['targetOf'] {
  const names = new Map<string, string>()
  const visit = (node: ChartNode, defaultId: string | undefined, way: string): void => {
    const name = node.id === defaultId ? way : `#${escaped(node.id)}`
    names.set(node.id, name)
    for (const state of node.states) visit(state, `${defaultId ?? root.id}.${state.key}`, `${way}.${escaped(state.key)}`)
  }
  visit(root, undefined, `#${escaped(root.id)}`)
  return (id) => names.get(id) ?? `#${id}`
}

const escaped = (key: string): string => key.replaceAll(/[\\.]/g, String.raw`\$&`)

function nodeConfig(node: ChartNode, writing: Writing): object {
  const { id, type, states, tags, entry, exit, description, meta } = node
  const initial = states.find((state) => state.id === node.initial)?.key
  const { defaultId = id, targetOf } = writing
  return {
    ...(id !== writing.defaultId && { id }),
    ...(type !== 'atomic' && type !== 'compound' && { type }),
    ...(node.history !== undefined && { history: node.history, ...historyTarget(node, writing) }),
    ...(initial !== undefined && { initial: node.initialActions ? { target: initial, actions: node.initialActions } : initial }),
    ...(description !== undefined && { description }),
    ...(tags.length > 0 && { tags }),
    ...(meta !== undefined && { meta }),
    ...(entry.length > 0 && { entry }),
    ...(exit.length > 0 && { exit }),
    ...transitionsOf(node, writing),
    ...(states.length > 0 && {
      states: Object.fromEntries(
        states.map((state) => [state.key, nodeConfig(state, { defaultId: `${defaultId}.${state.key}`, targetOf })]),
      ),
    }),
  }
}

/** Where a history state leads at first. */
function historyTarget({ transitions }: ChartNode, writing: Writing): object {
  const [target] = transitions.find(({ kind }) => kind === 'default')?.targets ?? []
  return target === undefined ? {} : { target: writing.targetOf(target) }
}

/** `on`, `always`, `after`, `onDone` and `invoke`: XState keeps each kind of transition in a place of its own. */
function transitionsOf(node: ChartNode, writing: Writing): object {
  const byEvent = new Map<string, object[]>()
  for (const transition of node.transitions) {
    if (transition.kind === 'default') continue
    const all = byEvent.get(transition.event) ?? []
    all.push(transitionConfig(transition, writing))
    byEvent.set(transition.event, all)
  }
  const take = (event: string): readonly object[] | undefined => {
    const found = byEvent.get(event)
    byEvent.delete(event)
    return found
  }
  const always = take('')
  const onDone = take(`xstate.done.state.${node.id}`)
  const after = node.delays.flatMap(({ event, delay }) => [take(event)].flatMap((found) => (found ? [[delay, found] as const] : [])))
  const invoke = node.invokes.map(({ id, src }) => ({
    id,
    src,
    ...fieldOf('onDone', take(`xstate.done.actor.${id}`)),
    ...fieldOf('onError', take(`xstate.error.actor.${id}`)),
    ...fieldOf('onSnapshot', take(`xstate.snapshot.${id}`)),
  }))
  return {
    ...(invoke.length > 0 && { invoke }),
    ...(byEvent.size > 0 && { on: Object.fromEntries(byEvent) }),
    ...fieldOf('always', always),
    ...(after.length > 0 && { after: Object.fromEntries(after) }),
    ...fieldOf('onDone', onDone),
  }
}

const fieldOf = (name: string, found: readonly object[] | undefined): object => (found ? { [name]: found } : {})

function transitionConfig({ targets: ids, guard, actions, reenter, description }: ChartTransition, { targetOf: named }: Writing): object {
  return {
    ...(ids.length > 0 && { target: ids.map(named) }),
    ...(guard !== undefined && { guard }),
    ...(actions.length > 0 && { actions }),
    ...(reenter && { reenter }),
    ...(description !== undefined && { description }),
  }
}
