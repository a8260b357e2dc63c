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
const fitMargin = 16
const focusMargin = 40
const keepMargin = 20
/** Below it, names are too small to read. */
const readableZoom = 0.6
/** From here on, what is written on lines is easy to read too. */
const easyZoom = 0.8

const clamped = (k: number): number => Math.min(zoomMax, Math.max(zoomMin, k))

/** `room` is the part of the window in which nothing lies on the drawing: tools do around it. */
export function fitted(room: Rectangle, drawing: Size): Camera {
  const k = clamped(Math.min(fitMax, (room.w - 2 * fitMargin) / drawing.w, (room.h - 2 * fitMargin) / drawing.h))
  return { k, x: room.x + (room.w - drawing.w * k) / 2, y: room.y + (room.h - drawing.h * k) / 2 }
}

/** The point under the pointer stays where it is. */
export function zoomed({ k, x, y }: Camera, at: Point, factor: number): Camera {
  const next = clamped(k * factor)
  return { k: next, x: at.x - ((at.x - x) * next) / k, y: at.y - ((at.y - y) * next) / k }
}

export function focused(room: Rectangle, boxes: readonly Rectangle[], kMax = 1): Camera {
  const around = boundsOf(boxes)
  const k = clamped(Math.min(kMax, zoomFor(room, around)))
  return { k, x: room.x + room.w / 2 - (around.x + around.w / 2) * k, y: room.y + room.h / 2 - (around.y + around.h / 2) * k }
}

/** As it is when the box is in the room and large enough; else moved to it, no nearer than it must be. */
export const keeping = (room: Rectangle, camera: Camera, box: Rectangle): Camera =>
  isInSight(room, camera, box) ? camera : focused(room, [box], Math.max(camera.k, readableZoom))

export function isInSight(room: Rectangle, { k, x, y }: Camera, box: Rectangle): boolean {
  const [left, top] = [box.x * k + x - room.x, box.y * k + y - room.y]
  const isInside =
    left >= keepMargin && top >= keepMargin && left + box.w * k <= room.w - keepMargin && top + box.h * k <= room.h - keepMargin
  return isInside && k >= readableZoom
}

/**
 * The first view: everything while it can be read, else the active states (the first of them, where they are far from each other) and as
 * much of `around`, nearest first, as stays easy to read beside them.
 */
export function homeOf(room: Rectangle, drawing: Size, active: readonly Rectangle[], around: readonly Rectangle[] = []): Camera {
  const whole = fitted(room, drawing)
  const [first] = active
  if (whole.k >= readableZoom || !first) return whole
  const shown = zoomFor(room, boundsOf(active)) >= readableZoom ? [...active] : [first]
  const middle = middleOf(boundsOf(shown))
  const far = (box: Rectangle): number => Math.hypot(middleOf(box).x - middle.x, middleOf(box).y - middle.y)
  for (const box of around.toSorted((one, other) => far(one) - far(other)))
    if (zoomFor(room, boundsOf([...shown, box])) >= easyZoom) shown.push(box)
  return filled(room, drawing, focused(room, shown))
}

/** Moved so that the room shows the drawing, not what is beside it, as far as the drawing reaches. */
export function filled(room: Rectangle, drawing: Size, { k, x, y }: Camera): Camera {
  const along = (at: number, space: number, length: number): number =>
    length * k <= space ? (space - length * k) / 2 : Math.min(0, Math.max(space - length * k, at))
  return { k, x: room.x + along(x - room.x, room.w, drawing.w), y: room.y + along(y - room.y, room.h, drawing.h) }
}

const zoomFor = (room: Size, { w, h }: Size): number => Math.min((room.w - 2 * focusMargin) / w, (room.h - 2 * focusMargin) / h)

const middleOf = ({ x, y, w, h }: Rectangle): Point => ({ x: x + w / 2, y: y + h / 2 })

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
