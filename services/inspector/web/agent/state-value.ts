// State value
// What XState writes of where an actor is, for people, and as lanes of a timeline. Pure.
import type { ChartNode } from '../wire.ts'

/** `working.acting.running`; of a parallel state each region: `working.reasoning.prompting · working.budget.ok`. */
export function stateText(value: unknown): string {
  return leafPaths(value).join(' · ')
}

/** The innermost names only: `prompting · ok`. */
export const leafText = (value: unknown): string =>
  leafPaths(value)
    .map((path) => path.slice(path.lastIndexOf('.') + 1))
    .join(' · ')

/** Between two states: `running → prompting`; of a parallel state only the regions that moved. Empty: nothing moved. */
export function moveText(was: unknown, is: unknown): string {
  const [before, after] = [leafPaths(was), leafPaths(is)]
  const name = (path: string): string => path.slice(path.lastIndexOf('.') + 1)
  const left = before.filter((path) => !after.includes(path)).map(name)
  const entered = after.filter((path) => !before.includes(path)).map(name)
  return left.length + entered.length === 0 ? '' : `${left.join(' · ')} → ${entered.join(' · ')}`.trim()
}

export function leafPaths(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => {
    const below = leafPaths(inside)
    return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`)
  })
}

/** What is written on one lane. */
export interface LaneState {
  readonly lane: string
  readonly state: string
}

/** One lane for the machine's own states, and one for each region of the outermost parallel state that is active. */
export function lanesIn(root: ChartNode | undefined, value: unknown): readonly LaneState[] {
  if (!root) return leafPaths(value).length === 0 ? [] : [{ lane: 'state', state: leafText(value) }]
  if (root.type === 'parallel') return regionsOf(root, value)
  const { node, inside, keys } = descend(root, value)
  if (node?.type !== 'parallel') return keys.length === 0 ? [] : [{ lane: 'state', state: keys.at(-1) ?? '' }]
  return [{ lane: 'state', state: keys.at(-1) ?? '' }, ...regionsOf(node, inside)]
}

interface Descent {
  readonly node: ChartNode | undefined
  readonly inside: unknown
  readonly keys: readonly string[]
}

/** Down to the innermost state, or to the first parallel one on the way. */
function descend(from: ChartNode, value: unknown): Descent {
  let [node, inside]: readonly [ChartNode | undefined, unknown] = [from, value]
  const keys: string[] = []
  while (node && node.type !== 'parallel') {
    const [key, below] = typeof inside === 'string' ? [inside, undefined] : (entryOf(inside) ?? [])
    if (key === undefined) break
    keys.push(key)
    const above: ChartNode = node
    ;[node, inside] = [above.states.find((state) => state.key === key), below]
  }
  return { node, inside, keys }
}

const regionsOf = (parallel: ChartNode, value: unknown): readonly LaneState[] => {
  const values = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  return parallel.states.flatMap(({ key }) => (values.has(key) ? [{ lane: key, state: leafText(values.get(key)) || key }] : []))
}

const entryOf = (value: unknown): readonly [string, unknown] | undefined =>
  typeof value === 'object' && value !== null ? Object.entries(value)[0] : undefined
