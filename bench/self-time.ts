// Self time: a CPU profile by file of this project.
// What a package, Node or V8 itself does counts for the file that called it; what none of ours called counts for the package, or for Node.
import type { Profiler } from 'node:inspector'

export interface Area {
  /** A file, from the project's folder on; `package <name>`; `node`; or V8's own `(garbage collector)` and `(program)`. */
  readonly name: string
  /** Share of the time the process was not idle: in the code of the area itself, and in what it called outside the project. */
  readonly own: number
  readonly called: number
}

const idle = '(idle)'
/** V8's name for the root of all stacks. */
const root = '(root)'

/** The areas, the largest first. `folder`: the project's, as a file URL that ends with a slash. */
export function selfTime(profile: Profiler.Profile, folder: string): readonly Area[] {
  const places = placesOf(profile.nodes, folder)
  const times = new Map<string, { own: number; called: number }>()
  let total = 0
  for (const [index, node] of (profile.samples ?? []).entries()) {
    const place = places.get(node)
    const took = profile.timeDeltas?.[index] ?? 0
    if (!place || place.area === idle || took <= 0) continue
    const time = times.get(place.area) ?? { own: 0, called: 0 }
    time[place.isOwn ? 'own' : 'called'] += took
    times.set(place.area, time)
    total += took
  }
  return [...times]
    .map(([name, { own, called }]) => ({ name, own: own / total, called: called / total }))
    .toSorted((a, b) => b.own + b.called - a.own - a.called)
}

interface Place {
  readonly area: string
  /** The code is the area's own, not something it called. */
  readonly isOwn: boolean
}

/** Where the time of each node counts. A node's number is larger than its parent's in no promised way, so the tree is walked from its root. */
function placesOf(nodes: readonly Profiler.ProfileNode[], folder: string): ReadonlyMap<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const isChild = new Set(nodes.flatMap(({ children = [] }) => children))
  const places = new Map<number, Place>()
  const pending = nodes.filter(({ id }) => !isChild.has(id)).map((node) => ({ node, above: undefined as string | undefined }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, above } = next
    const place = placeOf(node.callFrame, above, folder)
    places.set(node.id, place)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child) pending.push({ node: child, above: place.area })
    }
  }
  return places
}

function placeOf({ url, functionName }: Profiler.ProfileNode['callFrame'], above: string | undefined, folder: string): Place {
  const packaged = packageOf(url)
  if (packaged === undefined && url.startsWith(folder)) return { area: url.slice(folder.length), isOwn: true }
  if (url === '' && functionName.startsWith('(') && functionName !== root) return { area: functionName, isOwn: true }
  const isOurs = above !== undefined && above !== 'node'
  if (isOurs) return { area: above, isOwn: above === `package ${packaged}` }
  return packaged === undefined ? { area: 'node', isOwn: true } : { area: `package ${packaged}`, isOwn: true }
}

/** The package whose file this is, the innermost when they are nested. */
function packageOf(url: string): string | undefined {
  const inside = url.split('/node_modules/').slice(1).at(-1)
  return inside && /^(?:@[^/]+\/)?[^/]+/.exec(inside)?.[0]
}
