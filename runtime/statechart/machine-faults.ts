// Machine faults
// What a machine does that cannot be hosted faithfully, or would not be what its author meant.
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { actionsOf, builtIn, guardsOf, invokesOf } from './machine-actions.ts'
import { nodesOf, transitionsOf } from './structure.ts'

export const machineFaults = (machine: AnyStateMachine): string[] => [
  ...reservedFaults(machine),
  ...invokeIdFaults(machine),
  ...regionFaults(machine),
  ...missingFaults(machine),
]

/** Names of XState's own events are its business: they change from version to version. */
function reservedFaults(machine: AnyStateMachine): string[] {
  const heard = nodesOf(machine.root).flatMap((node) => [
    ...Object.keys(node.config.on ?? {})
      .filter(isReserved)
      .map((type) => `state '${node.id}': handles '${type}' by name; use onDone, onError, after or always`),
    ...('route' in node.config ? [`state '${node.id}': route is not supported; use a named event`] : []),
  ])
  const told = actionsOf(machine).flatMap(({ place, action }) => {
    const type = ['raise', 'sendTo', 'emit'].map((name) => typeOf(builtIn(action, name)?.event)).find((found) => found !== undefined)
    const sendId = builtIn(action, 'cancel')?.sendId
    return [
      ...(type !== undefined && isReserved(type) ? [`${place}: sends '${type}'; events named xstate.* are XState's own`] : []),
      ...(typeof sendId === 'string' && isReserved(sendId) ? [`${place}: cancels '${sendId}'; leave the state instead`] : []),
    ]
  })
  return [...heard, ...told]
}

/** States that exclude each other may share an id: each incarnation has its own number. Two at once would be mixed up. */
function invokeIdFaults(machine: AnyStateMachine): string[] {
  const invokes = invokesOf(machine)
  return invokes.flatMap(({ node, invoke }, at) =>
    invokes
      .slice(0, at)
      .filter((other) => other.invoke.id === invoke.id && mayBothBeActive(other.node, node))
      .map(
        (other) =>
          `invoke id '${invoke.id}' is used by '${other.node.id}' and '${node.id}', which can be active together; give each its own`,
      ),
  )
}

/** XState 5.33 leaves the regions of such a transition in an illegal configuration. */
function regionFaults(machine: AnyStateMachine): string[] {
  return nodesOf(machine.root).flatMap((node) =>
    transitionsOf(node).flatMap(({ target, eventType }) =>
      (target ?? [])
        .filter((to: AnyStateNode) => crossesRegions(node, to))
        .map(
          (to: AnyStateNode) =>
            `state '${node.id}': '${eventType || 'always'}' leads to '${to.id}' in a sibling region; raise an event that the region handles`,
        ),
    ),
  )
}

/** Without its implementation an action does nothing, a delay is none and a guard throws: each only when it is reached. */
function missingFaults(machine: AnyStateMachine): string[] {
  const { actions, guards, delays } = machine.implementations
  const unknown = (kind: string, place: string, name: string | undefined, known: object): string[] =>
    name === undefined || Object.hasOwn(known, name) ? [] : [`${place}: ${kind} '${name}' is not implemented; add it to setup()`]
  return [
    ...actionsOf(machine).flatMap(({ place, action }) => unknown('action', place, nameOf(action), actions)),
    ...guardsOf(machine).flatMap(({ place, guard }) => unknown('guard', place, nameOf(guard), guards)),
    ...nodesOf(machine.root).flatMap((node) =>
      Object.keys(node.config.after ?? {})
        .filter((delay) => Number.isNaN(Number(delay)))
        .flatMap((delay) => unknown('delay', `state '${node.id}'`, delay, delays)),
    ),
    ...actionsOf(machine).flatMap(({ place, action }) => {
      const delay = (builtIn(action, 'raise') ?? builtIn(action, 'sendTo'))?.delay
      return unknown('delay', place, typeof delay === 'string' ? delay : undefined, delays)
    }),
  ]
}

const isReserved = (type: string): boolean => type.startsWith('xstate.')

const typeOf = (event: unknown): string | undefined =>
  typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string' ? event.type : undefined

/** The name an action or guard is looked up by; inline ones have none. */
const nameOf = (given: unknown): string | undefined => (typeof given === 'string' ? given : typeOf(given))

function crossesRegions(from: AnyStateNode, to: AnyStateNode): boolean {
  const common = commonAncestor(from, to)
  const isHistoryOfAll = to.type === 'history' && to.parent === common
  return common.type === 'parallel' && common !== from && common !== to && !isHistoryOfAll
}

function mayBothBeActive(one: AnyStateNode, other: AnyStateNode): boolean {
  const common = commonAncestor(one, other)
  return common === one || common === other || common.type === 'parallel'
}

/** The nearest node that holds both, which may be one of them. */
function commonAncestor(one: AnyStateNode, other: AnyStateNode): AnyStateNode {
  const line = new Set(ancestry(one))
  return ancestry(other).find((node) => line.has(node)) ?? one.machine.root
}

function ancestry(node: AnyStateNode): readonly AnyStateNode[] {
  return node.parent ? [node, ...ancestry(node.parent)] : [node]
}
