// Minimap
// The whole drawing in a corner, with what is active and the part the window shows. At most twelve times a second.
// It lies on nothing that is active: it goes to another corner, or away. Where all of the drawing is in the window, there is none.
import type { Drawing, Point, Rectangle, Size } from '../wire.ts'
import { touches } from './camera.ts'

const width = 168
const heightMax = 120
const heightMin = 40
const everyMs = 80
/** While only what is active changes. */
const activeMs = 400
const cornerGap = 14
/** In a smaller window it would take too much of it. */
const windowMin: Size = { w: 480, h: 260 }

export interface Minimap {
  readonly canvas: HTMLCanvasElement
  /** Soon: many calls are one picture. */
  refresh(): void
  /** Later: only what is active has changed. */
  relight(): void
  /** Of a point on it, in the drawing. */
  at(event: { readonly offsetX: number; readonly offsetY: number }): Point
  stop(): void
}

export interface MinimapView {
  readonly drawing: Drawing | undefined
  readonly active: ReadonlySet<string>
  readonly shown: Rectangle
  readonly window: Size
  /** Of the window, where nothing else lies. */
  readonly room: Rectangle
  /** The reader has not moved yet: it may choose its corner anew. */
  readonly isHome: boolean
  /** Of the window, what it must not lie on. */
  readonly toKeepClear: readonly Rectangle[]
}

export function makeMinimap(viewNow: () => MinimapView): Minimap {
  const canvas = document.createElement('canvas')
  canvas.className = 'minimap'
  canvas.setAttribute('aria-hidden', 'true')
  let timer: number | undefined
  /** What waits is only `relight`. */
  let isLazy = false
  let corner: Point | undefined
  const run = (): void => {
    timer = undefined
    const view = viewNow()
    corner = cornerFor(view, corner)
    paint(canvas, view, corner)
  }
  return {
    canvas,
    refresh: () => {
      if (isLazy) clearTimeout(timer)
      if (isLazy) timer = undefined
      isLazy = false
      timer ??= window.setTimeout(run, everyMs)
    },
    relight: () => {
      if (timer !== undefined) return
      isLazy = true
      timer = window.setTimeout(run, activeMs)
    },
    at: ({ offsetX, offsetY }) => {
      const { drawing } = viewNow()
      if (!drawing) return { x: 0, y: 0 }
      const { scale, left, top } = placeOf(drawing)
      return { x: (offsetX - left) / scale, y: (offsetY - top) / scale }
    },
    stop: () => clearTimeout(timer),
  }
}

function placeOf({ w, h }: Drawing): { readonly scale: number; readonly left: number; readonly top: number; readonly height: number } {
  const height = Math.min(heightMax, Math.max(heightMin, (width * h) / w))
  const scale = Math.min(width / w, height / h)
  return { scale, height, left: (width - w * scale) / 2, top: (height - h * scale) / 2 }
}

/** Undefined: nowhere. It stays where it is while it may, so that it does not jump as the reader moves. */
function cornerFor(view: MinimapView, before: Point | undefined): Point | undefined {
  const { drawing, shown, window, room, toKeepClear, isHome } = view
  const isSmall = window.w < windowMin.w || window.h < windowMin.h
  if (!drawing || isSmall || isWhole(drawing, shown)) return undefined
  const size = { w: width, h: placeOf(drawing).height }
  const right = window.w - size.w - cornerGap
  const corners = [
    { x: right, y: window.h - size.h - cornerGap },
    { x: right, y: room.y + cornerGap },
    { x: room.x + cornerGap, y: room.y + room.h - size.h - cornerGap },
  ].filter((corner) => !toKeepClear.some((one) => touches(one, { ...corner, ...size })))
  const same = corners.find(({ x, y }) => x === before?.x && y === before.y)
  if (same && !isHome) return same
  const scale = window.w / shown.w
  const covered = ({ x, y }: Point): number => {
    const part = { x: shown.x + x / scale, y: shown.y + y / scale, w: size.w / scale, h: size.h / scale }
    return drawing.boxes.filter((box) => !box.open && touches(box, part)).length
  }
  return corners.toSorted((one, other) => covered(one) - covered(other))[0]
}

const isWhole = ({ w, h }: Size, shown: Rectangle): boolean =>
  shown.x <= 0 && shown.y <= 0 && shown.x + shown.w >= w && shown.y + shown.h >= h

function paint(canvas: HTMLCanvasElement, view: MinimapView, corner: Point | undefined): void {
  const { drawing, active, shown } = view
  canvas.hidden = corner === undefined
  const pen = drawing && corner && canvas.getContext('2d')
  if (!pen) return
  const { scale, left, top, height } = placeOf(drawing)
  canvas.style.left = `${corner.x}px`
  canvas.style.top = `${corner.y}px`
  const ratio = devicePixelRatio || 1
  canvas.width = width * ratio
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name)
  const [line, lit, accent] = [colour('--line-strong'), colour('--active'), colour('--accent')]
  pen.setTransform(ratio, 0, 0, ratio, left * ratio, top * ratio)
  pen.lineWidth = 0.75
  for (const { id, kind, x, y, w, h, open } of drawing.boxes) {
    if (kind === 'initial' || kind === 'pill') continue
    pen.fillStyle = pen.strokeStyle = active.has(id) ? lit : line
    if (open) pen.strokeRect(x * scale, y * scale, w * scale, h * scale)
    else pen.fillRect(x * scale, y * scale, Math.max(1.5, w * scale), Math.max(1.5, h * scale))
  }
  pen.strokeStyle = accent
  pen.lineWidth = 1.5
  pen.strokeRect(shown.x * scale, shown.y * scale, shown.w * scale, shown.h * scale)
}
