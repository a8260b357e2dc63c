// Accepted
// Which events from outside an actor takes in a state, each with the JSON schema of its fields where the actor's definition has one.
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { chartOf, type ChartNode } from '../../../runtime/statechart/index.ts'

export interface AcceptedEvent {
  readonly type: string
  readonly schema?: object
}

/** By type. A guard may still say no: that is for a dry run to find out. */
export function acceptedIn({ machine, accepts }: ActorDefinition, value: unknown): readonly AcceptedEvent[] {
  const heard = heardIn(chartOf(machine).root, value)
  const schemas = accepts?.schemas?.()
  if (!schemas)
    return [...heard]
      .filter((type) => !type.endsWith('*'))
      .toSorted()
      .map((type) => ({ type }))
  return Object.entries(schemas)
    .filter(([type]) => [...heard].some((descriptor) => matches(descriptor, type)))
    .map(([type, schema]) => ({ type, schema }))
    .toSorted((one, other) => (one.type < other.type ? -1 : 1))
}

/** The events that the active states name, those of the states around them included. */
function heardIn(node: ChartNode, value: unknown): Set<string> {
  const heard = new Set<string>()
  for (const { kind, event } of node.transitions) if (kind === 'event' || kind === 'wildcard') heard.add(event)
  for (const child of node.states) {
    if (!isActive(child.key, value)) continue
    const inner = typeof value === 'object' && value !== null ? Reflect.get(value, child.key) : undefined
    for (const event of heardIn(child, inner)) heard.add(event)
  }
  return heard
}

const isActive = (key: string, value: unknown): boolean =>
  typeof value === 'string' ? value === key : typeof value === 'object' && value !== null && Object.hasOwn(value, key)

/** As XState reads them: `*` is any, `a.*` what begins with `a.`, or `a` itself. */
function matches(descriptor: string, type: string): boolean {
  if (descriptor === '*' || descriptor === type) return true
  return descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1))
}
