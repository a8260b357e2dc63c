// Path
// The line along a transition's points: its corners are rounded, its end leaves room for the tip. Pure.
import type { Point } from '../wire.ts'

const cornerRadius = 8
const tipLength = 8

export function linePath(points: readonly Point[], withTip: boolean): string {
  const end = points.at(-1)
  const before = points.at(-2)
  const cut =
    withTip && end && before ? [...points.slice(0, -1), toward(end, before, Math.min(tipLength * 0.7, distance(end, before)))] : points
  return cut
    .map((point, at) => {
      const [last, next] = [cut[at - 1], cut[at + 1]]
      if (!last) return `M${text(point)}`
      if (!next) return `L${text(point)}`
      const radius = Math.min(cornerRadius, distance(last, point) / 2, distance(point, next) / 2)
      return `L${text(toward(point, last, radius))}Q${text(point)} ${text(toward(point, next, radius))}`
    })
    .join('')
}

export function tipPath(points: readonly Point[]): string {
  const end = points.at(-1)
  const before = end && points.findLast((point) => distance(point, end) > 0.5)
  if (!end || !before) return ''
  const [back, notch] = [toward(end, before, tipLength), toward(end, before, tipLength * 0.7)]
  const across = { x: (end.y - back.y) / 2, y: (back.x - end.x) / 2 }
  const sides = [
    { x: back.x + across.x, y: back.y + across.y },
    { x: back.x - across.x, y: back.y - across.y },
  ] as const
  return `M${text(end)}L${text(sides[0])}L${text(notch)}L${text(sides[1])}Z`
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y)

function toward(from: Point, to: Point, by: number): Point {
  const whole = distance(from, to)
  return whole === 0 ? from : { x: from.x + ((to.x - from.x) * by) / whole, y: from.y + ((to.y - from.y) * by) / whole }
}

const text = ({ x, y }: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`
