// Time split
// Where the time of a task went: every moment of it is counted once, as the first of these that was going on in it, whoever did it.

export const spentOn = ['human', 'llm', 'tool', 'retry', 'queue'] as const
export type SpentOn = (typeof spentOn)[number]

export interface Stretch {
  readonly kind: SpentOn
  readonly from: number
  readonly to: number
}

export type TimeSplit = Readonly<Record<SpentOn | 'other', number>>

/** In milliseconds; together they are the whole from `from` to `to`. */
export function timeSplit(stretches: readonly Stretch[], { from, to }: { readonly from: number; readonly to: number }): TimeSplit {
  const edges = stretches.flatMap(({ kind, from: start, to: end }) => {
    const [inside, outside] = [Math.max(from, start), Math.min(to, end)]
    return inside < outside
      ? [
          { at: inside, kind, step: 1 },
          { at: outside, kind, step: -1 },
        ]
      : []
  })
  edges.sort((one, other) => one.at - other.at)
  const open: Record<SpentOn, number> = { human: 0, llm: 0, tool: 0, retry: 0, queue: 0 }
  const split = { human: 0, llm: 0, tool: 0, retry: 0, queue: 0, other: 0 }
  let at = from
  for (const edge of edges) {
    split[nowIn(open)] += edge.at - at
    at = edge.at
    open[edge.kind] += edge.step
  }
  split.other += Math.max(0, to - at)
  return split
}

const nowIn = (open: Readonly<Record<SpentOn, number>>): SpentOn | 'other' => spentOn.find((kind) => open[kind] > 0) ?? 'other'
