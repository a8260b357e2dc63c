// Critical path
// Which actors a task waited for to the end: making any of them faster could have made it end sooner, and none of the others.
// Walked backwards from the end, as in CRISP (Z. Zhang et al., USENIX ATC 2022): whoever ended last before a moment is what was waited for until then.
//
// C1. The path begins and ends in the root: the pieces follow one another without overlapping.

export interface Lasting {
  readonly actor: string
  /** Undefined: the root. */
  readonly parent: string | undefined
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
}

/** In the order in which they were waited for, each once. */
export function criticalPath(spans: readonly Lasting[]): readonly string[] {
  const root = spans.find(({ parent }) => parent === undefined)
  if (!root) return []
  const below = new Map<string, Lasting[]>()
  for (const span of spans) {
    if (span.parent === undefined) continue
    const siblings = below.get(span.parent)
    if (siblings) siblings.push(span)
    else below.set(span.parent, [span])
  }
  return [...new Set(walk(root, { until: root.to, below, seen: new Set() }))]
}

interface Walk {
  /** The moment up to which this span was waited for. */
  readonly until: number
  readonly below: ReadonlyMap<string, readonly Lasting[]>
  /** Spans that were walked: rows that name each other as parents end the walk, not the process. */
  readonly seen: Set<Lasting>
}

function walk(span: Lasting, { until, below, seen }: Walk): readonly string[] {
  seen.add(span)
  const children = (below.get(span.actor) ?? []).toSorted((one, other) => other.to - one.to)
  let path: readonly string[] = []
  let moment = until
  for (const child of children) {
    if (seen.has(child) || child.to > moment) continue // it was still at work when something else was waited for
    path = [...walk(child, { until: child.to, below, seen }), ...path]
    moment = child.from // C1
  }
  return [span.actor, ...path]
}
