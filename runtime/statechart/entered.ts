// Entered
// Which states a transition enters, read off the chart: what counts taken edges by the thousand need not look at each turn.
// The sets of SCXML's algorithm for interpretation (W3C, 2015): a domain, the targets with their descendants by default, and the way to them.
// Where a transition leads to a history state, what is entered by default is said: what was remembered stands in the state only.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { childNodes } from './structure.ts'
import type { Living } from './turn.ts'

/** Ids of the states that a transition enters, those it passes through included. */
export function statesEntered(transition: AnyTransitionDefinition): readonly string[] {
  const targets = (transition.target ?? []).map(withoutHistory)
  if (targets.length === 0) return []
  const domain = domainOf(transition, targets)
  const entered = new Set<AnyStateNode>()
  for (const target of targets) {
    if (target !== domain) entered.add(target)
    addDescendants(target, entered)
  }
  for (const target of targets) addAncestors(target, domain, entered)
  return idsOf(entered)
}

/** Ids of the states in which an actor of this machine begins. */
export function statesAtBirth({ snapshot }: Living): readonly string[] {
  const root: AnyStateNode = snapshot.machine.root
  const entered = new Set([root])
  addDescendants(root, entered)
  return idsOf(entered)
}

const idsOf = (nodes: Iterable<AnyStateNode>): readonly string[] => [...nodes].map(({ id }) => id)

/** What stays active: the source itself for a transition inside it, else the nearest state that holds source and targets; undefined: nothing does. */
function domainOf({ source, reenter }: AnyTransitionDefinition, targets: readonly AnyStateNode[]): AnyStateNode | undefined {
  if (!reenter && targets.every((target) => target === source || isBelow(target, source))) return source
  return ancestorsOf(source).find((ancestor) => targets.every((target) => isBelow(target, ancestor)))
}

/** What begins by default below a state. */
function addDescendants(node: AnyStateNode, entered: Set<AnyStateNode>): void {
  if (node.type === 'parallel') return addRegions(node, entered)
  const first: readonly AnyStateNode[] = node.type === 'compound' ? node.initial.target : []
  for (const start of first.map(withoutHistory)) {
    if (start === node) continue
    entered.add(start)
    addDescendants(start, entered)
    addAncestors(start, node, entered)
  }
}

/** Those regions of a parallel state that do not begin by themselves. */
function addRegions(node: AnyStateNode, entered: Set<AnyStateNode>): void {
  for (const region of childNodes(node)) {
    if (region.type === 'history' || [...entered].some((other) => isBelow(other, region))) continue
    entered.add(region)
    addDescendants(region, entered)
  }
}

/** On the way from the domain to a target. A parallel state on it begins its other regions as well, for it was left or they were. */
function addAncestors(target: AnyStateNode, domain: AnyStateNode | undefined, entered: Set<AnyStateNode>): void {
  if (target === domain) return
  for (const ancestor of ancestorsOf(target)) {
    if (ancestor.type === 'parallel') addRegions(ancestor, entered)
    if (ancestor === domain) return
    entered.add(ancestor)
  }
}

/** In the place of a history state: its parent, which begins by default. */
const withoutHistory = (node: AnyStateNode): AnyStateNode => (node.type === 'history' && node.parent ? node.parent : node)

const isBelow = (node: AnyStateNode, other: AnyStateNode): boolean => ancestorsOf(node).includes(other)

function ancestorsOf({ parent }: AnyStateNode): readonly AnyStateNode[] {
  return parent ? [parent, ...ancestorsOf(parent)] : []
}
