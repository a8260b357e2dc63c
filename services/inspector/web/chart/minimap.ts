// Minimap
// The whole drawing in a corner, with what is active and the part the window shows. At most twelve times a second.
import type { Drawing, Point, Rectangle } from '../wire.ts'

const width = 168
const heightMax = 120
const heightMin = 40
const everyMs = 80

export interface Minimap {
  readonly canvas: HTMLCanvasElement
  /** Soon: many calls are one picture. */
  refresh(): void
  /** Of a point on it, in the drawing. */
  at(event: { readonly offsetX: number; readonly offsetY: number }): Point
  stop(): void
}

export interface MinimapView {
  readonly drawing: Drawing | undefined
  readonly active: ReadonlySet<string>
  readonly shown: Rectangle
}

export function makeMinimap(viewNow: () => MinimapView): Minimap {
  const canvas = document.createElement('canvas')
  canvas.className = 'minimap'
  canvas.setAttribute('aria-hidden', 'true')
  let timer: number | undefined
  const run = (): void => {
    timer = undefined
    paint(canvas, viewNow())
  }
  return {
    canvas,
    refresh: () => void (timer ??= window.setTimeout(run, everyMs)),
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

function paint(canvas: HTMLCanvasElement, { drawing, active, shown }: MinimapView): void {
  const pen = drawing && canvas.getContext('2d')
  if (!pen) return
  const { scale, left, top, height } = placeOf(drawing)
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
