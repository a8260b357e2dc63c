// Run scale
// From the clock to a place on the drawing of a run, and back. A long time in which nothing was at work, such as a person's, is squeezed; work never is. Pure.

export interface Stretch {
  readonly from: number
  readonly to: number
}

interface Placed extends Stretch {
  readonly x: number
  readonly w: number
  readonly squeezed: boolean
}

export interface RunScale {
  x(at: number): number
  at(x: number): number
  /** What is squeezed. */
  readonly gaps: readonly Placed[]
  /** Where a scale may be written: the rest, by its places. */
  readonly pieces: readonly Placed[]
}

const gapMsMin = 2_000
const gapWidth = 96
const gapsShareMax = 0.4
/** A pause is squeezed when it is longer than this part of all the work. */
const longShare = 0.5

export function runScale(whole: Stretch, work: readonly Stretch[], width: number): RunScale {
  const parts = partsOf(whole, work)
  const workMs = parts.reduce((sum, { from, to, isPause }) => sum + (isPause ? 0 : to - from), 0)
  const isLong = ({ from, to, isPause }: Part): boolean => isPause && workMs > 0 && to - from >= Math.max(gapMsMin, workMs * longShare)
  const gapCount = parts.filter(isLong).length
  const gap = gapCount === 0 ? 0 : Math.min(gapWidth, (width * gapsShareMax) / gapCount)
  const shownMs = parts.reduce((sum, part) => sum + (isLong(part) ? 0 : part.to - part.from), 0)
  const perMs = shownMs === 0 ? 0 : (width - gap * gapCount) / shownMs
  const pieces: Placed[] = []
  let x = 0
  for (const part of parts) {
    const squeezed = isLong(part)
    const w = squeezed ? gap : (part.to - part.from) * perMs
    pieces.push({ from: part.from, to: part.to, x, w, squeezed })
    x += w
  }
  return {
    x: (at) => placeIn(pieces, at),
    at: (place) => timeIn(pieces, place),
    gaps: pieces.filter(({ squeezed }) => squeezed),
    pieces,
  }
}

interface Part extends Stretch {
  readonly isPause: boolean
}

/** Work and pauses in turn, from the beginning to the end. */
function partsOf({ from, to }: Stretch, work: readonly Stretch[]): readonly Part[] {
  const parts: Part[] = []
  let at = from
  for (const one of work.toSorted((a, b) => a.from - b.from)) {
    const [begin, end] = [Math.max(at, Math.min(to, one.from)), Math.min(to, one.to)]
    if (end <= at) continue
    if (begin > at) parts.push({ from: at, to: begin, isPause: true })
    parts.push({ from: begin, to: end, isPause: false })
    at = end
  }
  return at < to ? [...parts, { from: at, to, isPause: true }] : parts
}

function placeIn(pieces: readonly Placed[], at: number): number {
  const piece = pieces.find(({ to }) => at <= to) ?? pieces.at(-1)
  if (!piece || piece.to === piece.from) return 0
  return piece.x + Math.min(1, Math.max(0, (at - piece.from) / (piece.to - piece.from))) * piece.w
}

function timeIn(pieces: readonly Placed[], x: number): number {
  const piece = pieces.find((one) => x <= one.x + one.w) ?? pieces.at(-1)
  if (!piece) return 0
  return piece.from + (piece.w === 0 ? 0 : Math.min(1, Math.max(0, (x - piece.x) / piece.w))) * (piece.to - piece.from)
}
