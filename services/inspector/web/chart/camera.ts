// Camera
// Which part of a drawing a window shows: `screen = drawing * k + (x, y)`. Pure.
import type { Point, Rectangle, Size } from '../wire.ts'

export interface Camera {
  readonly k: number
  readonly x: number
  readonly y: number
}

export const zoomMin = 0.03
export const zoomMax = 3
const fitMax = 1.25
const fitMargin = 24
const focusMargin = 70
const keepMargin = 48
/** Below it, names are too small to read. */
const readableZoom = 0.5

const clamped = (k: number): number => Math.min(zoomMax, Math.max(zoomMin, k))

export function fitted(window: Size, drawing: Size): Camera {
  const k = clamped(Math.min(fitMax, (window.w - 2 * fitMargin) / drawing.w, (window.h - 2 * fitMargin) / drawing.h))
  return { k, x: (window.w - drawing.w * k) / 2, y: (window.h - drawing.h * k) / 2 }
}

/** The point under the pointer stays where it is. */
export function zoomed({ k, x, y }: Camera, at: Point, factor: number): Camera {
  const next = clamped(k * factor)
  return { k: next, x: at.x - ((at.x - x) * next) / k, y: at.y - ((at.y - y) * next) / k }
}

export function focused(window: Size, boxes: readonly Rectangle[], kMax = 1): Camera {
  const around = boundsOf(boxes)
  const k = clamped(Math.min(kMax, (window.w - 2 * focusMargin) / around.w, (window.h - 2 * focusMargin) / around.h))
  return { k, x: window.w / 2 - (around.x + around.w / 2) * k, y: window.h / 2 - (around.y + around.h / 2) * k }
}

/** As it is when the box is in the window and large enough; else moved to it, no nearer than it must be. */
export function keeping(window: Size, camera: Camera, box: Rectangle): Camera {
  const { k, x, y } = camera
  const left = box.x * k + x
  const top = box.y * k + y
  const isInside =
    left >= keepMargin && top >= keepMargin && left + box.w * k <= window.w - keepMargin && top + box.h * k <= window.h - keepMargin
  return isInside && k >= readableZoom ? camera : focused(window, [box], Math.max(k, readableZoom))
}

/** The first view: everything while it can be read, else the active states, else the first of them. */
export function homeOf(window: Size, drawing: Size, active: readonly Rectangle[]): Camera {
  const whole = fitted(window, drawing)
  const [first] = active
  if (whole.k >= readableZoom - 0.04 || !first) return whole
  const all = focused(window, active, 0.85)
  return filled(window, drawing, all.k >= readableZoom ? all : focused(window, [first], 0.8))
}

/** Moved so that the window shows the drawing, not what is beside it, as far as the drawing reaches. */
export function filled(window: Size, drawing: Size, { k, x, y }: Camera): Camera {
  const along = (at: number, room: number, length: number): number =>
    length * k <= room ? (room - length * k) / 2 : Math.min(0, Math.max(room - length * k, at))
  return { k, x: along(x, window.w, drawing.w), y: along(y, window.h, drawing.h) }
}

/** Of the drawing, what the window shows. */
export const shownPart = ({ w, h }: Size, { k, x, y }: Camera): Rectangle => ({ x: -x / k, y: -y / k, w: w / k, h: h / k })

export const between = (from: Camera, to: Camera, share: number): Camera => ({
  k: from.k + (to.k - from.k) * share,
  x: from.x + (to.x - from.x) * share,
  y: from.y + (to.y - from.y) * share,
})

export const touches = (one: Rectangle, other: Rectangle): boolean =>
  one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h

function boundsOf(boxes: readonly Rectangle[]): Rectangle {
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  return { x, y, w: Math.max(...boxes.map((box) => box.x + box.w)) - x, h: Math.max(...boxes.map((box) => box.y + box.h)) - y }
}
