// Drawings
// Keeps the drawings of charts, so that each is laid out once, however many look at it.
//
// D1. At most `weightMax` boxes and lines are kept; the drawing that was asked for longest ago goes first.
// D2. Of one chart at most one layout runs; who asks meanwhile gets its answer. A layout that fails is not kept.
import { createHash } from 'node:crypto'
import type { Chart } from '../../../runtime/statechart/index.ts'
import type { Drawing } from './drawing.ts'

export interface Drawings {
  /** The drawing of a chart; laid out when it is not kept. */
  of(chart: Chart): Promise<Drawing>
  readonly kept: number
}

export interface DrawingsOptions {
  /** How a chart is laid out: here, or in a thread. */
  readonly layout: (chart: Chart) => Drawing | Promise<Drawing>
  /** Boxes and lines of all drawings together; one takes about 400 bytes. Default: 100,000. */
  readonly weightMax?: number
}

const defaultWeightMax = 100_000

export function keepDrawings({ layout, weightMax = defaultWeightMax }: DrawingsOptions): Drawings {
  const kept = new Map<string, Drawing>()
  const running = new Map<string, Promise<Drawing>>()
  let weight = 0

  const keep = (hash: string, drawing: Drawing): void => {
    kept.set(hash, drawing)
    weight += weightOf(drawing)
    for (const [oldest, old] of kept) {
      if (weight <= weightMax) break // D1
      kept.delete(oldest)
      weight -= weightOf(old)
    }
  }

  const layOut = async (hash: string, chart: Chart): Promise<Drawing> => {
    try {
      const drawing = await layout(chart)
      keep(hash, drawing)
      return drawing
    } finally {
      running.delete(hash)
    }
  }

  const of = (chart: Chart): Promise<Drawing> => {
    const hash = chartHash(chart)
    const known = kept.get(hash)
    if (known) {
      kept.delete(hash) // and back to the end: D1
      kept.set(hash, known)
      return Promise.resolve(known)
    }
    const started = running.get(hash) ?? layOut(hash, chart) // D2
    if (!kept.has(hash)) running.set(hash, started)
    return started
  }

  return {
    of,
    get kept() {
      return kept.size
    },
  }
}

/** Of everything that is drawn: unlike a machine's structure hash, of the names of actions and guards too. */
export const chartHash = (chart: Chart): string => createHash('sha256').update(JSON.stringify(chart)).digest('hex').slice(0, hashLength)

const hashLength = 16

const weightOf = ({ boxes, lines }: Drawing): number => boxes.length + lines.length
