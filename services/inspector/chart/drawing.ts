// Drawing
// A chart with a place for everything: what the layout makes, and what is stored, sent and drawn. Plain data, in pixels from the top left.
import type { TransitionKind } from '../../../runtime/statechart/index.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly w: number
  readonly h: number
}

export type Rectangle = Point & Size

export type Icon = 'invoke' | 'entry' | 'exit' | 'guard' | 'up' | 'down' | 'jump' | 'self' | TransitionKind

/** One line of text in a state, a label or a pill. */
export interface Row {
  readonly text: string
  readonly icon?: Icon
  /** The whole sentence where `text` is shortened or leaves something out. */
  readonly title?: string
  /** Of a row that stands for a transition. */
  readonly edge?: string
}

export type LineKind = TransitionKind | 'initial'

/** A state; `initial`: the dot before the first state; `pill`: a transition's end that is written, not drawn. */
export type BoxKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history' | 'initial' | 'pill'

export interface Box extends Rectangle {
  /** Of a state: its id in the chart. */
  readonly id: string
  readonly kind: BoxKind
  /** The box around it. */
  readonly parent?: string
  readonly depth: number
  readonly title: string
  readonly rows: readonly Row[]
  readonly tags: readonly string[]
  /** How much of its height is its title and rows: what is inside comes below. */
  readonly headH: number
  /** It is a frame: its children are drawn in it. */
  readonly open: boolean
  /** One of a parallel state's. */
  readonly region: boolean
  readonly deep?: boolean
  readonly description?: string
  /** States inside that are not drawn. */
  readonly hidden?: number
}

/** A piece of a transition inside one frame; pieces of one transition meet on the frames' borders. */
export interface Line {
  readonly id: string
  readonly frame: string
  readonly from: string
  readonly to: string
  /** The transitions it stands for. */
  readonly edges: readonly string[]
  readonly kind: LineKind
  /** Each piece between two points is horizontal or vertical. */
  readonly points: readonly Point[]
  /** It ends at its target, not at a border. */
  readonly arrow: boolean
  readonly label?: Label
}

export interface Label extends Rectangle {
  readonly rows: readonly Row[]
}

export interface Drawing {
  /** Id of the machine. */
  readonly id: string
  /** Structure hash of the machine. */
  readonly machineHash: string
  readonly w: number
  readonly h: number
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
  /** Frames that the first way of laying out could not draw. */
  readonly fallbacks: number
}
