// Context
// What differs between two values, path by path: the contexts of two actors at the end of what is compared. Pure.
//
// X1. Bounded: at most `differencesMax` paths, and each value in one line of at most `textCharactersMax` characters.

export interface ContextDifference {
  /** As one would write it: `plan.steps[2].done`; empty: the whole of it. */
  readonly path: string
  /** Its JSON; left out: it is not there. */
  readonly a?: string
  readonly b?: string
}

export interface ContextDifferences {
  readonly rows: readonly ContextDifference[]
  /** Differences that are not listed. */
  readonly more: number
}

export const differencesMax = 200
const textCharactersMax = 400
const depthMax = 12

export function contextDifferences(a: unknown, b: unknown): ContextDifferences {
  const rows: ContextDifference[] = []
  let more = 0
  const put = (path: string, one: unknown, other: unknown): void => {
    if (rows.length === differencesMax) return void more++ // X1
    rows.push({ path, ...(one !== undefined && { a: lineOf(one) }), ...(other !== undefined && { b: lineOf(other) }) })
  }
  const walk = (path: string, depth: number, [one, other]: readonly [unknown, unknown]): void => {
    if (Object.is(one, other)) return
    const isDeep = depth < depthMax && isTree(one) && isTree(other) && Array.isArray(one) === Array.isArray(other)
    if (!isDeep) {
      if (stableText(one) !== stableText(other)) put(path, one, other)
      return
    }
    const [was, is] = [new Map<string, unknown>(Object.entries(one)), new Map<string, unknown>(Object.entries(other))]
    for (const key of new Set([...was.keys(), ...is.keys()]))
      walk(below(path, key, Array.isArray(one)), depth + 1, [was.get(key), is.get(key)])
  }
  walk('', 0, [a, b])
  return { rows, more }
}

/** The same text for values that are the same, in whatever order their fields stand. */
export function stableText(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      isTree(inner) && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  )
}

const below = (path: string, key: string, isList: boolean): string => {
  if (isList) return `${path}[${key}]`
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null

function lineOf(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= textCharactersMax ? text : `${text.slice(0, textCharactersMax - 1)}…`
}
