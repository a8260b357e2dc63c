// Frame
// One frame to be laid out: its boxes have sizes, its ports sides. Every way of laying out (elk.ts, column.ts) takes this and gives places in it.
import type { Point, Rectangle, Size } from './drawing.ts'
import type { End } from './cut.ts'

export interface FrameBox extends Size {
  readonly id: string
  /** It is where things start: the dot before the first state, or a pill a line leaves. */
  readonly first: boolean
  /** Where lines reach it, when that is settled; relative to it. */
  readonly ports: readonly (Point & { readonly id: string })[]
}

export interface FramePiece {
  readonly id: string
  readonly from: End
  readonly to: End
  readonly label?: Size
  readonly initial: boolean
}

export interface Frame {
  readonly id: string
  /** Its title and rows need so much. */
  readonly wMin: number
  readonly headH: number
  readonly boxes: readonly FrameBox[]
  readonly pieces: readonly FramePiece[]
  readonly ports: readonly { readonly id: string; readonly side: 'in' | 'out' }[]
}

export interface PlacedPiece {
  readonly points: readonly Point[]
  readonly label?: Rectangle
}

/** Everything relative to the frame. */
export interface PlacedFrame extends Size {
  readonly boxes: ReadonlyMap<string, Rectangle>
  readonly ports: ReadonlyMap<string, Point>
  readonly pieces: ReadonlyMap<string, PlacedPiece>
}

export const gap = { side: 20, top: 16, bottom: 20 }

/** How wide a drawing should be for its height: a window's shape. */
export const windowAspect = 1.55
/** How bad another shape is: area, times a penalty that grows with the distance. */
export const badness = ({ w, h }: Size, aspect: number): number => w * h * (1 + 0.9 * Math.abs(Math.log(w / h / aspect)) ** 1.5)
export const isShapely = ({ w, h }: Size, aspect: number): boolean => Math.abs(Math.log(w / h / aspect)) < Math.log(1.45)
