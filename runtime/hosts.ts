// Hosts
// The definitions that a worker hosts, ready for turns, by actor type: the newest version of each, which knows its earlier ones.
import type { ActorDefinition } from './define-actor.ts'
import { DefinitionInvalid } from './errors.ts'
import { earlierVersions, prepare, type Host } from './statechart/index.ts'

/** Children of children included. Throws `DefinitionInvalid`. */
export function hostsOf(definitions: readonly ActorDefinition[]): ReadonlyMap<string, Host> {
  const hosts = new Map<string, Host>()
  const add = (definition: ActorDefinition): void => {
    const known = hosts.get(definition.name)
    if (known && known.definition.machine !== definition.machine)
      throw new DefinitionInvalid(
        `two different definitions are called '${definition.name}': host the newest, and name the other in its \`previous\``,
      )
    if (known) return
    hosts.set(definition.name, prepare(definition))
    for (const child of Object.values(definition.children)) add(child)
  }
  for (const definition of definitions) add(definition)
  for (const child of [...hosts.values()].flatMap(childrenOfEarlier)) if (!isVersionOf(hosts.get(child.name), child)) add(child)
  return hosts
}

/** An actor that runs on an earlier version goes on having its children. */
const childrenOfEarlier = ({ definition }: Host): readonly ActorDefinition[] =>
  earlierVersions(definition).flatMap(({ children }) => Object.values(children))

const isVersionOf = (host: Host | undefined, { machine }: ActorDefinition): boolean =>
  host !== undefined && earlierVersions(host.definition).some((earlier) => earlier.machine === machine)
