// Machine actions
// Every action, guard and invoke a machine's author wrote, with the place it stands at: what the checks at registration go through.
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { nodesOf, transitionsOf } from './structure.ts'

/** The fields of XState's built-in action creators; its types hide them. */
export interface BuiltInAction {
  readonly type: string
  readonly event?: unknown
  readonly delay?: unknown
  readonly sendId?: unknown
  readonly src?: unknown
  readonly systemId?: unknown
  readonly syncSnapshot?: unknown
}

/** An invoke as it stands in the config. */
export interface InvokeConfig {
  readonly id: string
  readonly src: unknown
  readonly systemId?: unknown
  readonly onSnapshot?: unknown
}

export interface Placed {
  readonly place: string
}

export function actionsOf(machine: AnyStateMachine): readonly (Placed & { readonly action: unknown })[] {
  const named = Object.entries(machine.implementations.actions).map(([name, action]) => ({ place: `action '${name}'`, action }))
  return [...nodesOf(machine.root).flatMap(nodeActions), ...named]
}

export function invokesOf(machine: AnyStateMachine): readonly (Placed & { readonly node: AnyStateNode; readonly invoke: InvokeConfig })[] {
  return nodesOf(machine.root).flatMap((node) =>
    listOf(node.config.invoke).map((given, at) => {
      const invoke = given as Omit<InvokeConfig, 'id'>
      const id = node.invoke[at]?.id ?? ''
      return { place: `state '${node.id}'`, node, invoke: { ...invoke, id } }
    }),
  )
}

export function guardsOf(machine: AnyStateMachine): readonly (Placed & { readonly guard: unknown })[] {
  const inTransitions = nodesOf(machine.root).flatMap((node) =>
    transitionsOf(node)
      .filter(({ guard }) => guard !== undefined)
      .map(({ guard }) => ({ place: `state '${node.id}'`, guard: guard as unknown })),
  )
  const named = Object.entries(machine.implementations.guards).map(([name, guard]) => ({
    place: `guard '${name}'`,
    guard: guard as unknown,
  }))
  return [...inTransitions, ...named].flatMap(({ place, guard }) => innerGuards(guard).map((inner) => ({ place, guard: inner })))
}

/** The action as the built-in one of that name, or undefined. */
export function builtIn(action: unknown, name: string): BuiltInAction | undefined {
  if (typeof action !== 'function' || !('type' in action) || action.type !== `xstate.${name}`) return undefined
  // Only XState's creators make functions with such a type, and these are their fields.
  return action as unknown as BuiltInAction
}

/** XState adds the raising and cancelling of delays to `entry` and `exit` of a node: the config has what the author wrote. */
function nodeActions(node: AnyStateNode): readonly (Placed & { readonly action: unknown })[] {
  const place = `state '${node.id}'`
  const actions = [
    ...listOf(node.config.entry),
    ...listOf(node.config.exit),
    ...transitionsOf(node).flatMap(({ actions: given }) => given as readonly unknown[]),
    ...(node.type === 'compound' ? (node.initial.actions as readonly unknown[]) : []),
  ]
  return actions.map((action) => ({ place, action }))
}

/** The parts of and(…), or(…), not(…), or the guard itself. */
function innerGuards(guard: unknown): readonly unknown[] {
  if (typeof guard !== 'function' || !('guards' in guard) || !Array.isArray(guard.guards)) return [guard]
  return guard.guards.flatMap(innerGuards)
}

const listOf = (given: unknown): readonly unknown[] => (given === undefined ? [] : Array.isArray(given) ? given : [given])
