// Levels
// Semantic zoom: a frame too small for what is in it is a card with its name; one far outside the window is not painted. From far away text is
// left out, which nobody could read, and lines keep their width.
import type { Size } from '../wire.ts'
import { shownPart, touches, type Camera } from './camera.ts'
import type { Drawn, Frame } from './draw.ts'

/** Below it, text that is not a card's is smaller than three pixels. */
const farZoom = 0.22
/** Above it, everything is shown. */
const cardZoom = 0.4
const cardSize: Size = { w: 200, h: 92 }
const cardTextPx = 15
/** Of the window, on each side: so that moving does not flicker. */
const cullMargin = 0.5

export interface Levels {
  /** States whose inside is closed by the reader. */
  readonly folded: ReadonlySet<string>
  setFolded(folded: ReadonlySet<string>): void
  apply(window: Size, camera: Camera): void
}

export function makeLevels({ world, frames }: Drawn, root: string): Levels {
  let folded: ReadonlySet<string> = new Set()
  let zoomApplied = 0
  const isCard = ({ box }: Frame, k: number): boolean =>
    folded.has(box.id) || (k < cardZoom && box.id !== root && (box.w * k < cardSize.w || box.h * k < cardSize.h))
  const level = (frame: Frame, k: number): void => {
    const is = isCard(frame, k)
    frame.node.classList.toggle('as-card', is)
    if (!is) return
    const { box, card } = frame
    card.style.fontSize = `${Math.min(cardTextPx / k, (box.w * 0.86) / (Math.max(1, box.title.length) * 0.58), box.h * 0.5)}px`
  }
  return {
    get folded() {
      return folded
    },
    setFolded: (next) => {
      folded = next
      zoomApplied = 0
    },
    apply: (window, camera) => {
      if (camera.k !== zoomApplied) {
        for (const frame of frames) level(frame, camera.k)
        world.classList.toggle('far', camera.k < farZoom)
      }
      zoomApplied = camera.k
      const { x, y, w, h } = shownPart(window, camera)
      const near = { x: x - w * cullMargin, y: y - h * cullMargin, w: w * (1 + 2 * cullMargin), h: h * (1 + 2 * cullMargin) }
      for (const { box, inside } of frames) inside.classList.toggle('away', !touches(box, near))
    },
  }
}
