// Heard
// Which events the active states of a chart listen to. Pure. A guard may still say no: that is for a dry run to find out.
import type { ChartTree } from '../chart/tree.ts'

/** Whether some transition of an active state names the event: as XState reads descriptors, `*` is any, `a.*` what begins with `a.`, or `a`. */
export function isHeard(tree: ChartTree, active: ReadonlySet<string>, type: string): boolean {
  return [...active].some((state) =>
    (tree.places.get(state)?.node.transitions ?? []).some(
      ({ event, kind }) => (kind === 'event' || kind === 'wildcard') && matches(event, type),
    ),
  )
}

function matches(descriptor: string, type: string): boolean {
  if (descriptor === '*' || descriptor === type) return true
  return descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1))
}
