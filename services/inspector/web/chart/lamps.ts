// Lamps
// What is lit on a drawn chart: active states, transitions just taken, the selection, breakpoints, heat. Classes on nodes that are there already, nothing else.
//
// P1. A switch touches only the nodes whose lamp changes, so it costs the same in a large chart as in a small one.
import type { Drawn } from './draw.ts'
import { svg } from './svg-node.ts'
import type { ChartTree } from './tree.ts'

export interface Lamps {
  readonly active: ReadonlySet<string>
  /** States with heat, the hottest first; a tint of less than one draws nobody's eye there. */
  readonly warmest: readonly string[]
  activate(ids: ReadonlySet<string>): void
  takeEdges(edges: readonly string[]): void
  /** States, or one transition, that stand out; undefined: none. */
  select(of: { readonly state?: string; readonly edges: readonly string[] } | undefined): void
  setBreakpoints(states: ReadonlySet<string>): void
  /** How much by state; undefined takes it away. */
  setHeat(heat: ReadonlyMap<string, number> | undefined): void
}

export function makeLamps({ world, boxes, states, edges }: Drawn): Lamps {
  let active: ReadonlySet<string> = new Set()
  let taken: readonly SVGGElement[] = []
  let chosen: readonly SVGGElement[] = []
  let stops: ReadonlySet<string> = new Set()
  const warm: SVGElement[] = []
  let warmest: readonly string[] = []
  const partsOf = (ids: readonly string[]): readonly SVGGElement[] => ids.flatMap((id) => edges.get(id) ?? [])
  return {
    get active() {
      return active
    },
    get warmest() {
      return warmest
    },
    activate: (next) => {
      for (const id of active) if (!next.has(id)) setActive(states.get(id), false) // P1
      for (const id of next) if (!active.has(id)) setActive(states.get(id), true)
      active = next
    },
    takeEdges: (ids) => {
      for (const part of taken) part.classList.remove('taken')
      taken = partsOf(ids)
      for (const part of taken) part.classList.add('taken')
    },
    select: (of) => {
      for (const part of chosen) part.classList.remove('chosen', 'near')
      const state = of?.state === undefined ? undefined : states.get(of.state)
      const near = of ? partsOf(of.edges) : []
      chosen = [...(state ? [state] : []), ...near]
      for (const part of near) part.classList.add('near')
      state?.classList.add('chosen')
      world.classList.toggle('dimmed', chosen.length > 0)
    },
    setBreakpoints: (next) => {
      for (const id of stops) states.get(id)?.classList.remove('stops')
      for (const id of next) states.get(id)?.classList.add('stops')
      stops = next
    },
    setHeat: (heat) => {
      for (const node of warm.splice(0)) node.remove()
      const most = Math.max(1, ...(heat?.values() ?? []))
      const leaves = [...(heat ?? [])].filter(([id]) => boxes.get(id)?.open === false)
      warmest = leaves
        .filter(([, amount]) => amount >= 1)
        .toSorted(([, one], [, other]) => other - one)
        .map(([id]) => id)
      for (const [id, amount] of leaves) {
        const [box, node] = [boxes.get(id), states.get(id)]
        if (!box || !node) continue
        const { x, y, w, h } = box
        const glow = svg('rect', { class: 'heat', x: x + 1, y: y + 1, width: w - 2, height: h - 2, rx: 8 })
        glow.style.fillOpacity = String(0.08 + Math.sqrt(amount / most) * 0.47)
        node.querySelector('.box')?.after(glow)
        warm.push(glow)
      }
    },
  }
}

function setActive(node: SVGGElement | undefined, isActive: boolean): void {
  if (!node) return
  node.classList.toggle('active', isActive)
  if (isActive) node.setAttribute('aria-current', 'true')
  else node.removeAttribute('aria-current')
}

/** The transitions that begin or end at a state. */
export const edgesAt = ({ places, into }: ChartTree, id: string): readonly string[] => [
  ...new Set(
    [...(places.get(id)?.node.transitions ?? []), ...(into.get(id) ?? []).map(({ transition }) => transition)].map((one) => one.id),
  ),
]
