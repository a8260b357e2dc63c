// Time scale
// From the clock to a place on the timeline: idle time is squeezed, busy time never. Pure.

export interface Interval {
  readonly from: number
  readonly to: number
}

export interface Gap extends Interval {
  readonly x: number
  readonly w: number
}

export interface TimeScale {
  x(at: number): number
  readonly gaps: readonly Gap[]
}

const idleMs = 1_200
const gapWidth = 26
/** However many there are, gaps together take no more than this share. */
const gapsShareMax = 0.35

interface Piece extends Interval {
  readonly isGap: boolean
}

/** `instants`: when something happened; `busy`: while something ran. */
export function timeScale(instants: readonly number[], busy: readonly Interval[], width: number): TimeScale {
  const cuts = [...new Set([...instants, ...busy.flatMap(({ from, to }) => [from, to])])].toSorted((one, other) => one - other)
  const covered = merged(busy)
  const pieces: readonly Piece[] = cuts.slice(1).map((to, at) => {
    const from = cuts[at] ?? to
    return { from, to, isGap: to - from > idleMs && !isCovered(covered, from, to) }
  })
  const gapCount = pieces.filter(({ isGap }) => isGap).length
  const gap = gapCount === 0 ? 0 : Math.min(gapWidth, (width * gapsShareMax) / gapCount)
  const shownMs = pieces.reduce((sum, { from, to, isGap }) => sum + (isGap ? 0 : to - from), 0)
  const perMs = shownMs === 0 ? 0 : (width - gap * gapCount) / shownMs
  const placed: (Piece & Gap)[] = []
  let x = 0
  for (const piece of pieces) {
    const w = piece.isGap ? gap : (piece.to - piece.from) * perMs
    placed.push({ ...piece, x, w })
    x += w
  }
  return { x: (at) => placeOf(placed, at), gaps: placed.filter(({ isGap }) => isGap) }
}

function placeOf(placed: readonly Gap[], at: number): number {
  let [low, high] = [0, placed.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((placed[middle]?.to ?? 0) < at) low = middle + 1
    else high = middle
  }
  const piece = placed[low]
  if (!piece) return 0
  const share = piece.to === piece.from ? 0 : Math.min(1, Math.max(0, (at - piece.from) / (piece.to - piece.from)))
  return piece.x + share * piece.w
}

function merged(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = []
  for (const { from, to } of intervals.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1)
    if (last && from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else result.push({ from, to })
  }
  return result
}

const isCovered = (covered: readonly Interval[], from: number, to: number): boolean =>
  covered.some((one) => one.from <= from && one.to >= to)
