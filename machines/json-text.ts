// JSON text
// JSON as a model writes it: bare, between other words, or fenced; and one text for all that means the same. Bounded, and nothing is thrown.

const textCharsMax = 100_000
const depthMax = 32

/** The value in a text, or undefined when there is none: the whole, else what stands in its first fence, else from its first brace to its last. */
export function readJson(text: string): unknown {
  if (text.length > textCharsMax) return undefined
  const [from, to] = [text.indexOf('{'), text.lastIndexOf('}')]
  const braced = from >= 0 && to > from ? text.slice(from, to + 1) : undefined
  for (const candidate of [text, fencedIn(text), braced]) {
    const value = candidate === undefined ? undefined : parsed(candidate)
    if (value !== undefined) return value
  }
  return undefined
}

/** Looked for without a pattern, which would try every fence against the whole text. */
function fencedIn(text: string): string | undefined {
  const begins = text.indexOf('```')
  const line = begins < 0 ? -1 : text.indexOf('\n', begins)
  const ends = line < 0 ? -1 : text.indexOf('\n```', line)
  return ends < 0 ? undefined : text.slice(line, ends)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON: the next candidate may be
  }
}

/** One text for values that are equal but for the order of their fields; undefined when it is nested too deeply. */
export function canonicalJson(value: unknown, depth = 0): string | undefined {
  if (depth > depthMax) return undefined
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Array.isArray(value)
    ? value.map((item) => ['', item] as const)
    : Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const parts: string[] = []
  for (const [name, item] of entries) {
    const part = canonicalJson(item, depth + 1)
    if (part === undefined) return undefined
    parts.push(Array.isArray(value) ? part : `${JSON.stringify(name)}:${part}`)
  }
  return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`
}
