// Chart element
// `<troupe-chart>`: a statechart one can look at, walk through with keys, and watch live. It needs nothing but a drawing and its chart.
// It says what happens to it as events: `chart-select`, `chart-breakpoint`, `chart-follow`.
//
// C1. What is active changes by classes on nodes that were made once (P1 of lamps.ts); nothing is laid out again.
// C2. The reader's own view is never moved unless it follows what is active.
// C3. One tab stop: inside, keys move the selection, and the focus with it.
// C4. What it brings into view is clear of what lies on it: tools and banners by `setInsets`, its own minimap by going elsewhere.
import type { Chart, Drawing, Point, Rectangle, Size } from '../wire.ts'
import { between, fitted, focused, homeOf, isInSight, keeping, shownPart, zoomed, type Camera } from './camera.ts'
import { draw, type Drawn } from './draw.ts'
import { bindGestures } from './gestures.ts'
import { edgesAt, makeLamps, type Lamps } from './lamps.ts'
import { makeLevels, type Levels } from './levels.ts'
import type { Marks } from './mark.ts'
import { makeMarks } from './marks.ts'
import { makeMinimap, type Minimap } from './minimap.ts'
import { calmMs, isStill, playTransition } from './motion.ts'
import { edgePlace, surroundingsOf } from './surroundings.ts'
import { svg } from './svg-node.ts'
import { ancestorsOf, leavesOf, treeOf, walk, type ChartTree, type Step } from './tree.ts'

const moveMs = 220

interface Scene {
  readonly drawing: Drawing
  readonly tree: ChartTree
  readonly drawn: Drawn
  readonly lamps: Lamps
  readonly levels: Levels
  setMarks(marks: Marks): void
}

/** How far what lies on the chart reaches into it, in pixels. */
export interface Insets {
  readonly top: number
  readonly bottom: number
  readonly left: number
}

export interface ChartEvents {
  readonly 'chart-select': { readonly state?: string; readonly edge?: string }
  readonly 'chart-breakpoint': { readonly state: string }
  readonly 'chart-follow': { readonly follow: boolean }
}

export class TroupeChart extends HTMLElement {
  readonly #svg = svg('svg', { class: 'chart', tabindex: 0, role: 'group', 'aria-roledescription': 'statechart' })
  readonly #minimap: Minimap = makeMinimap(() => ({
    drawing: this.#scene?.drawing,
    active: this.#scene?.lamps.active ?? new Set(),
    shown: shownPart(this.#window, this.#camera),
    window: this.#window,
    room: this.#room,
    isHome: this.#isHome,
    toKeepClear: this.#activeBoxes().map((box) => onScreen(box, this.#camera)),
  }))
  readonly #resized = new ResizeObserver(() => this.#resize())
  #scene: Scene | undefined
  #window: Size = { w: 800, h: 600 }
  #insets: Insets = { top: 0, bottom: 0, left: 0 }
  #camera: Camera = { k: 1, x: 0, y: 0 }
  #selected: string | undefined
  #isHome = true
  /** When a turn was last shown as it happened. */
  #takenAt = -Infinity
  /** Something was active or warm before: what becomes active next is moved to, not jumped to. */
  #wasLit = false
  #move = 0
  /** It keeps what is active in sight (C2). */
  follow = false

  connectedCallback(): void {
    if (this.#svg.isConnected) return
    this.append(this.#svg, this.#minimap.canvas)
    this.#resized.observe(this)
    this.#bind()
  }

  disconnectedCallback(): void {
    this.#resized.disconnect()
    this.#minimap.stop()
    cancelAnimationFrame(this.#move)
  }

  get selected(): string | undefined {
    return this.#selected
  }

  /** Draws it; what was lit is to be said again. */
  show(drawing: Drawing, chart: Chart): void {
    const drawn = draw(drawing)
    const tree = treeOf(chart)
    const setMarks = makeMarks(drawn, (edge) => tree.edges.get(edge)?.transition.label ?? edge)
    this.#scene = { drawing, tree, drawn, lamps: makeLamps(drawn), levels: makeLevels(drawn, tree.root), setMarks }
    this.#svg.replaceChildren(drawn.world)
    this.#svg.setAttribute('aria-label', `${chart.id}: ${tree.places.size} states, ${tree.edges.size} transitions`)
    this.#isHome = true
    this.#wasLit = false
    this.#resize()
  }

  /** C1 */
  activate(active: ReadonlySet<string>): void {
    if (!this.#scene) return
    this.#scene.lamps.activate(active)
    this.#minimap.relight()
    if (this.follow) this.#keepActive()
    else if (this.#isHome && !this.#wasLit) this.home()
    else if (this.#isHome && !this.#isActiveInSight()) this.#glide(this.#homeNow())
    this.#wasLit = active.size > 0
  }

  /** What the reader looks at is kept clear of what lies on the chart. */
  setInsets(insets: Insets): void {
    const { top, bottom, left } = this.#insets
    if (top === insets.top && bottom === insets.bottom && left === insets.left) return
    this.#insets = insets
    if (this.#isHome) this.home()
    this.#minimap.refresh()
  }

  /** The transitions a turn took; `entered` makes them move, unless the reader wants it still or they come too fast. */
  take(edges: readonly string[], entered?: readonly string[]): void {
    if (!this.#scene) return
    this.#scene.lamps.takeEdges(edges)
    if (!entered) return
    const now = performance.now()
    if (now - this.#takenAt >= calmMs) playTransition(this.#scene.drawn, edges, entered)
    this.#takenAt = now
  }

  setBreakpoints(states: ReadonlySet<string>): void {
    this.#scene?.lamps.setBreakpoints(states)
  }

  setHeat(heat: ReadonlyMap<string, number> | undefined): void {
    this.#scene?.lamps.setHeat(heat)
    if (!heat || !this.#isHome || this.#wasLit || this.#scene?.lamps.active.size !== 0) return
    this.#wasLit = true
    this.home()
  }

  /** In place of the marks before; none: an empty map. */
  setMarks(marks: Marks): void {
    this.#scene?.setMarks(marks)
  }

  /** Shows it, and what it is connected with; `focus` moves the keyboard there too. */
  select(state: string | undefined, { focus = false, edge }: { readonly focus?: boolean; readonly edge?: string } = {}): void {
    const scene = this.#scene
    if (!scene) return
    this.#selected = state
    const edges = edge === undefined ? (state === undefined ? [] : edgesAt(scene.tree, state)) : [edge]
    scene.lamps.select(state === undefined && edge === undefined ? undefined : { ...(state !== undefined && { state }), edges })
    const at = state ?? scene.tree.edges.get(edge ?? '')?.source
    if (at === undefined) return
    this.#unfold(ancestorsOf(scene.tree, at))
    const box = edge === undefined ? scene.drawn.boxes.get(at) : edgePlace(scene.drawing, edge)
    if (box) this.#moveTo(keeping(this.#room, this.#camera, box))
    if (focus && state !== undefined) scene.drawn.states.get(state)?.focus({ preventScroll: true })
  }

  fit(): void {
    if (this.#scene) this.#moveTo(fitted(this.#room, this.#scene.drawing))
  }

  home(): void {
    this.#setCamera(this.#homeNow())
  }

  showActive(): void {
    if (this.#scene && this.#activeBoxes().length > 0) this.#moveTo(this.#homeNow())
  }

  zoom(factor: number, at: Point = { x: this.#window.w / 2, y: this.#window.h / 2 }): void {
    this.#byHand()
    this.#setCamera(zoomed(this.#camera, at, factor))
  }

  #bind(): void {
    bindGestures(this.#svg, {
      pan: ({ x, y }) => {
        this.#byHand()
        this.#setCamera({ ...this.#camera, x: this.#camera.x + x, y: this.#camera.y + y })
      },
      zoom: (factor, at) => this.zoom(factor, at),
      fit: () => this.fit(),
      showActive: () => this.showActive(),
      step: (step, alt) => this.#step(step, alt),
      press: (target) => this.#press(target),
      open: (target) => {
        const box = this.#scene?.drawn.boxes.get(stateAt(target) ?? '')
        if (box) this.#moveTo(focused(this.#room, [box], 1.1))
      },
      unselect: () => this.#choose(undefined),
      fold: () => this.#toggleFold(),
      toggleBreakpoint: () => {
        if (this.#selected !== undefined) this.#say('chart-breakpoint', { state: this.#selected })
      },
    })
    this.#minimap.canvas.addEventListener('pointerdown', (event) => this.#goTo(this.#minimap.at(event)))
    this.#minimap.canvas.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) this.#goTo(this.#minimap.at(event))
    })
  }

  #press(target: Element): void {
    const state = stateAt(target)
    if (target.classList.contains('breakpoint') && state !== undefined) return this.#say('chart-breakpoint', { state })
    const edge = edgeAt(target)
    if (edge !== undefined) {
      this.select(undefined, { edge })
      return this.#say('chart-select', { edge })
    }
    return this.#choose(state)
  }

  #choose(state: string | undefined): void {
    this.select(state, { focus: true })
    if (state === undefined) this.#svg.focus({ preventScroll: true })
    this.#say('chart-select', state === undefined ? {} : { state })
  }

  /** C3: the first step selects what is active. */
  #step(step: Step, alt: boolean): void {
    if (!this.#scene) return
    const { tree, lamps } = this.#scene
    const first = leavesOf(tree, lamps.active)[0] ?? tree.root
    this.#choose(this.#selected === undefined ? first : (walk(tree, this.#selected, step, alt) ?? this.#selected))
  }

  #toggleFold(): void {
    const state = this.#selected
    const { levels, drawn } = this.#scene ?? {}
    if (state === undefined || !levels || !drawn?.boxes.get(state)?.open) return
    const folded = new Set(levels.folded)
    if (!folded.delete(state)) folded.add(state)
    levels.setFolded(folded)
    this.#apply()
  }

  #unfold(ids: readonly string[]): void {
    const { levels } = this.#scene ?? {}
    if (!levels || !ids.some((id) => levels.folded.has(id))) return
    levels.setFolded(new Set([...levels.folded].filter((id) => !ids.includes(id))))
    this.#apply()
  }

  /** C4: the window without what lies on it. */
  get #room(): Rectangle {
    const { top, bottom, left } = this.#insets
    return { x: left, y: top, w: Math.max(1, this.#window.w - left), h: Math.max(1, this.#window.h - top - bottom) }
  }

  #homeNow(): Camera {
    if (!this.#scene) return this.#camera
    const { drawing, tree, lamps, drawn } = this.#scene
    const [hottest, ...warm] = lamps.warmest.flatMap((id) => drawn.boxes.get(id) ?? [])
    if (lamps.active.size === 0 && hottest) return homeOf(this.#room, drawing, [hottest], warm)
    return homeOf(this.#room, drawing, this.#activeBoxes(), surroundingsOf(drawing, tree, leavesOf(tree, lamps.active)))
  }

  #activeBoxes(): readonly Rectangle[] {
    if (!this.#scene) return []
    const { tree, lamps, drawn } = this.#scene
    return leavesOf(tree, lamps.active).flatMap((id) => drawn.boxes.get(id) ?? [])
  }

  /** Of regions far from each other, one is enough. */
  #isActiveInSight(): boolean {
    return this.#activeBoxes().some((box) => isInSight(this.#room, this.#camera, box))
  }

  #keepActive(): void {
    const boxes = this.#activeBoxes()
    if (boxes.every((box) => isInSight(this.#room, this.#camera, box))) return
    this.#moveTo(focused(this.#room, boxes, Math.max(0.6, this.#camera.k)))
  }

  #goTo({ x, y }: Point): void {
    this.#byHand()
    const { k } = this.#camera
    this.#setCamera({ k, x: this.#window.w / 2 - x * k, y: this.#window.h / 2 - y * k })
  }

  /** C2 */
  #byHand(): void {
    this.#isHome = false
    cancelAnimationFrame(this.#move)
    if (!this.follow) return
    this.follow = false
    this.#say('chart-follow', { follow: false })
  }

  #resize(): void {
    const { width, height } = this.getBoundingClientRect()
    if (width > 0 && height > 0) this.#window = { w: width, h: height }
    if (this.#isHome) this.home()
    else this.#apply()
  }

  #moveTo(to: Camera): void {
    this.#isHome = false
    this.#glide(to)
  }

  #glide(to: Camera): void {
    cancelAnimationFrame(this.#move)
    if (to === this.#camera) return
    if (isStill()) return this.#setCamera(to)
    const [from, start] = [this.#camera, performance.now()]
    const step = (now: number): void => {
      const share = Math.min(1, (now - start) / moveMs)
      this.#setCamera(between(from, to, 1 - (1 - share) ** 3))
      if (share < 1) this.#move = requestAnimationFrame(step)
    }
    this.#move = requestAnimationFrame(step)
  }

  #setCamera(camera: Camera): void {
    this.#camera = camera
    this.#apply()
  }

  #apply(): void {
    const { k, x, y } = this.#camera
    this.#scene?.drawn.world.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${k.toFixed(4)})`)
    this.#svg.style.backgroundPosition = `${x.toFixed(1)}px ${y.toFixed(1)}px`
    this.#scene?.levels.apply(this.#window, this.#camera)
    this.#minimap.refresh()
  }

  #say<Name extends keyof ChartEvents>(name: Name, detail: ChartEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

const onScreen = ({ x, y, w, h }: Rectangle, { k, x: left, y: top }: Camera): Rectangle => ({
  x: x * k + left,
  y: y * k + top,
  w: w * k,
  h: h * k,
})

/** Of several transitions that share a label, the one whose line it is; beside the lines, the first. */
function edgeAt(target: Element): string | undefined {
  const row = target.closest<SVGElement>('[data-edge]')
  if (row) return row.dataset['edge']
  const edges: unknown = JSON.parse(target.closest<SVGElement>('[data-edges]')?.dataset['edges'] ?? '[]')
  const edge: unknown = Array.isArray(edges) ? edges[0] : undefined
  return typeof edge === 'string' ? edge : undefined
}

const stateAt = (target: Element): string | undefined => target.closest<SVGElement>('[data-id]')?.dataset['id']

/** Once. */
export function defineChart(): void {
  if (!customElements.get('troupe-chart')) customElements.define('troupe-chart', TroupeChart)
}
