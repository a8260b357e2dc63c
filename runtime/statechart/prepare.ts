// Prepare
// A definition made ready for turns, or refused with everything that is wrong with it.
//
// P1. The logic of children never runs inside the parent: on the clone every source is an inert stand-in.
// P2. A machine that cannot be hosted faithfully is refused when it is registered, never found out by a message.
import type { ActorLogic, AnyStateMachine, AnyStateNode, EventObject, Snapshot } from 'xstate'
import { addressFault } from '../../machines/address.ts'
import type { ActorDefinition } from '../define-actor.ts'
import { DefinitionInvalid } from '../errors.ts'
import { childNamer } from './children.ts'
import { contextFaults } from './context-faults.ts'
import { createScope, stampInitEvent, type TurnScope } from './scope.ts'
import { machineFaults } from './machine-faults.ts'
import { policyFaults, shapeFaults } from './policy-faults.ts'
import { sourceFaults } from './source-faults.ts'
import { nodesOf, structureHash } from './structure.ts'
import type { Host } from './turn.ts'
import { versionFaults } from './version-faults.ts'

/** The interpreter: snapshots of another one are not comparable. */
export const engine = 'xstate@5.33.3'

/** Microsteps of one turn, unless the machine allows fewer: XState's default is endless. */
export const microstepsMax = 1_000

const hosts = new WeakMap<ActorDefinition, Host>()

/** The host of a definition, the same one at every call. Its children and earlier versions are prepared with it. Throws `DefinitionInvalid` naming every fault (P2). */
export function prepare(definition: ActorDefinition): Host {
  const known = hosts.get(definition)
  if (known) return known
  const faults = faultsOf(definition)
  if (faults.length > 0)
    throw new DefinitionInvalid(
      `registering actor '${definition?.name}': ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n- ${faults.join('\n- ')}`,
    )
  const host = hostOf(definition)
  hosts.set(definition, host)
  return host
}

function hostOf(definition: ActorDefinition): Host {
  const { name, version } = definition
  const scope = createScope(childNamer(definition))
  const machine = cloneOf(definition, scope)
  return { definition, machine, scope, stamp: { name, version, hash: structureHash(machine), engine } }
}

function faultsOf(definition: ActorDefinition): string[] {
  const shape = shapeFaults(definition)
  if (shape.length > 0) return shape
  const { name } = definition
  const nameFault = addressFault({ tenant: 'any', type: name, key: 'any' })
  return [
    ...(nameFault === undefined ? [] : [`name: ${nameFault}`]),
    ...versionFaults(definition),
    ...policyFaults(definition),
    ...sourceFaults(definition),
    ...machineFaults(definition.machine),
    ...contextFaults(definition.machine),
    ...Object.entries(definition.children).flatMap(([source, child]) => preparationFaults(`child '${source}'`, child)),
    ...definition.previous.flatMap((earlier) => preparationFaults(`previous version ${earlier.version}`, earlier)),
  ]
}

function preparationFaults(what: string, definition: ActorDefinition): string[] {
  try {
    prepare(definition)
    return []
  } catch (error) {
    if (error instanceof DefinitionInvalid) return [`${what}: ${error.message}`]
    throw error
  }
}

function cloneOf({ machine, effects, children }: ActorDefinition, scope: TurnScope): AnyStateMachine {
  const sources = [...Object.keys(machine.implementations.actors), ...Object.keys(effects), ...Object.keys(children)]
  const clone: AnyStateMachine = machine.provide({
    actors: Object.fromEntries(sources.map((source) => [source, standIn])), // P1
    guards: Object.fromEntries(Object.entries(machine.implementations.guards).map(([name, guard]) => [name, noted(scope, name, guard)])),
  })
  clone.options = { ...clone.options, maxIterations: Math.min(machine.options.maxIterations ?? microstepsMax, microstepsMax) }
  stampInitEvent(clone)
  for (const node of nodesOf(clone.root)) forgetUnknownEvents(node)
  return clone
}

type Guard = AnyStateMachine['implementations']['guards'][string]

/** The guard, telling the scope what it said. Combinations (`and`, `or`, `not`) stay as they are: their parts are asked by name. */
function noted(scope: TurnScope, name: string, guard: Guard): Guard {
  if (typeof guard !== 'function' || 'check' in guard) return guard
  return (args: Parameters<typeof guard>[0], params: Parameters<typeof guard>[1]): boolean => {
    const result = guard(args, params)
    scope.noteGuard(name, params, result)
    return result
  }
}

/** XState keeps the candidates of every event type it has ever seen, so types made up by clients would fill the memory. Of those that a node cannot hear it now keeps nothing. */
function forgetUnknownEvents(node: AnyStateNode): void {
  // `next` is internal: the transitions of this node that take the event.
  const inner = node as unknown as { next(snapshot: unknown, event: EventObject): unknown }
  const next = inner.next.bind(node)
  const prefixes = [...node.transitions.keys()]
    .filter((descriptor) => descriptor.endsWith('*'))
    .map((descriptor) => descriptor.slice(0, -1))
  inner.next = (snapshot, event) =>
    node.transitions.has(event.type) || prefixes.some((prefix) => `${event.type}.`.startsWith(prefix)) ? next(snapshot, event) : undefined
}

const standInSnapshot: Snapshot<undefined> = { status: 'active', output: undefined, error: undefined }

/** P1 */
const standIn: ActorLogic<Snapshot<undefined>, EventObject> = {
  transition: (snapshot) => snapshot,
  getInitialSnapshot: () => standInSnapshot,
  getPersistedSnapshot: (snapshot) => snapshot,
}
