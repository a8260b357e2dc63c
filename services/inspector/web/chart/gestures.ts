// Gestures
// Pointer and keys of a chart, as wishes: what is done with them is the element's.
import type { Point } from '../wire.ts'
import type { Step } from './tree.ts'

export interface Wishes {
  pan(by: Point): void
  /** About a point of the window; undefined: its middle. */
  zoom(factor: number, at?: Point): void
  fit(): void
  showActive(): void
  step(step: Step, alt: boolean): void
  /** A state, the label of transitions, or nothing was pressed. */
  press(target: Element): void
  open(target: Element): void
  unselect(): void
  fold(): void
  toggleBreakpoint(): void
}

const dragStartPx = 4
const wheelZoom = 0.008
const keyZoom = 1.2
const keyPan = 60

export function bindGestures(svg: SVGSVGElement, wishes: Wishes): void {
  bindPointer(svg, wishes)
  svg.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey) return
    if (onKey(event, wishes)) event.preventDefault()
  })
}

function bindPointer(svg: SVGSVGElement, wishes: Wishes): void {
  let drag: { x: number; y: number; moved: boolean } | undefined
  svg.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const { left, top } = svg.getBoundingClientRect()
      if (event.ctrlKey || event.metaKey)
        wishes.zoom(Math.exp(-event.deltaY * wheelZoom), { x: event.clientX - left, y: event.clientY - top })
      else wishes.pan({ x: -event.deltaX, y: -event.deltaY })
    },
    { passive: false },
  )
  const pointers = new Map<number, Point>()
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    drag = { x: event.clientX, y: event.clientY, moved: pointers.size > 1 }
  })
  svg.addEventListener('pointermove', (event) => {
    if (!drag || !pointers.has(event.pointerId)) return
    const before = spreadOf(pointers)
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (pointers.size > 1) {
      const { left, top } = svg.getBoundingClientRect()
      const now = spreadOf(pointers)
      if (before.distance > 0) wishes.zoom(now.distance / before.distance, { x: now.middle.x - left, y: now.middle.y - top })
      return
    }
    const by = { x: event.clientX - drag.x, y: event.clientY - drag.y }
    if (!drag.moved && Math.hypot(by.x, by.y) < dragStartPx) return
    if (!drag.moved) svg.setPointerCapture(event.pointerId)
    drag = { x: event.clientX, y: event.clientY, moved: true }
    wishes.pan(by)
  })
  const end = ({ pointerId }: PointerEvent): void => void pointers.delete(pointerId)
  svg.addEventListener('pointerup', end)
  svg.addEventListener('pointercancel', end)
  svg.addEventListener('click', (event) => {
    if (!drag?.moved && event.target instanceof Element) wishes.press(event.target)
    drag = undefined
  })
  svg.addEventListener('dblclick', (event) => {
    if (event.target instanceof Element) wishes.open(event.target)
  })
}

function spreadOf(pointers: ReadonlyMap<number, Point>): { readonly distance: number; readonly middle: Point } {
  const [one = { x: 0, y: 0 }, other = one] = pointers.values()
  return { distance: Math.hypot(one.x - other.x, one.y - other.y), middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } }
}

/** True: it was for the chart. */
function onKey({ key, altKey, shiftKey }: KeyboardEvent, wishes: Wishes): boolean {
  switch (key) {
    case '+':
    case '=':
      wishes.zoom(keyZoom)
      return true
    case '-':
      wishes.zoom(1 / keyZoom)
      return true
    case '0':
      wishes.fit()
      return true
    case 'a':
      wishes.showActive()
      return true
    case 'b':
      wishes.toggleBreakpoint()
      return true
    case 'Escape':
      wishes.unselect()
      return true
    case 'Enter':
    case ' ':
      wishes.fold()
      return true
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'ArrowUp':
    case 'ArrowDown':
      if (shiftKey) wishes.pan(panBy[key])
      else wishes.step(key, altKey)
      return true
    default:
      return false
  }
}

const panBy: Readonly<Record<Step, Point>> = {
  ArrowLeft: { x: keyPan, y: 0 },
  ArrowRight: { x: -keyPan, y: 0 },
  ArrowUp: { x: 0, y: keyPan },
  ArrowDown: { x: 0, y: -keyPan },
}
