// Structure
// The part of a machine that stored snapshots depend on, as one hash: states, kinds, transitions, invokes, delays, history. Code inside actions and guards is not part of it.
import { createHash } from 'node:crypto'
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

const hashLength = 16

export const structureHash = (machine: AnyStateMachine): string =>
  createHash('sha256')
    .update(JSON.stringify(shapeOf(machine.root)))
    .digest('hex')
    .slice(0, hashLength)

/** Every state node, parents before children, in document order. */
export const nodesOf = (node: AnyStateNode): readonly AnyStateNode[] => [node, ...childNodes(node).flatMap(nodesOf)]

export const childNodes = (node: AnyStateNode): readonly AnyStateNode[] => Object.values(node.states)

/** Every transition that starts at the node: events, delays, ends of children, then eventless ones. */
export const transitionsOf = (node: AnyStateNode): readonly AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
]

export const targetIds = (transition: AnyTransitionDefinition): readonly string[] =>
  (transition.target ?? []).map(({ id }: AnyStateNode) => id)

const shapeOf = (node: AnyStateNode): unknown => [
  node.id,
  node.key,
  node.type,
  node.history,
  node.type === 'compound' ? node.initial.target.map(({ id }: AnyStateNode) => id) : [],
  node.invoke.map(({ id, src }) => [id, src]),
  transitionsOf(node).map((transition) => [
    transition.eventType,
    transition.guard !== undefined,
    transition.reenter,
    targetIds(transition),
  ]),
  childNodes(node).map(shapeOf),
]
