// Lexical vector
// The embedding of `offline-lexical`: which words, word pairs and letter triples a text has, hashed into a fixed number of dimensions.
// Texts that share words or word parts are near; synonyms are not. That is what 'lexical' in its name says.
import { hashOf } from './seeded.ts'
import { termsOf, wordsOf } from './terms.ts'

export const dimensionsDefault = 384
const weights = { term: 1, pair: 0.6, triple: 0.3 } as const

/** A vector of length one; undefined for a text with no character to hash. */
export function lexicalVector(text: string, dimensions: number): Float32Array | undefined {
  const counts = featureCounts(text)
  if (counts.size === 0) return undefined
  const vector = new Float32Array(dimensions)
  for (const [feature, { count, weight }] of counts) {
    const hash = hashOf(feature)
    // The sign keeps features that share a dimension from always adding up.
    const sign = hash & 0x80000000 ? -1 : 1
    const at = (hash & 0x7fffffff) % dimensions
    vector[at] = (vector[at] ?? 0) + sign * weight * (1 + Math.log(count))
  }
  const norm = Math.hypot(...vector)
  // Two features may have cancelled each other out: the text is then known by its own hash alone.
  if (norm === 0) vector[hashOf(text) % dimensions] = 1
  return norm === 0 ? vector : vector.map((value) => value / norm)
}

function featureCounts(text: string): Map<string, { count: number; readonly weight: number }> {
  const counts = new Map<string, { count: number; readonly weight: number }>()
  const add = (feature: string, weight: number): void => {
    const found = counts.get(feature)
    if (found) found.count++
    else counts.set(feature, { count: 1, weight })
  }
  const terms = wordsLeft(text)
  terms.forEach((term, at) => {
    add(`t ${term}`, weights.term)
    const next = terms[at + 1]
    if (next !== undefined) add(`p ${term} ${next}`, weights.pair)
    const padded = ` ${term} `
    for (let from = 0; from + 3 <= padded.length; from++) add(`c ${padded.slice(from, from + 3)}`, weights.triple)
  })
  return counts
}

/** The terms; a text of nothing but stop words keeps those, one without words its characters. */
function wordsLeft(text: string): readonly string[] {
  const terms = termsOf(text)
  if (terms.length > 0) return terms
  const words = wordsOf(text)
  return words.length > 0 ? words : (text.match(/\S/gu) ?? [])
}
