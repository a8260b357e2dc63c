// Words
// What two texts have in common besides their meaning. Used where the store matches words without a tokenizer of its own.

/** The words of a text in order, without case and accents. */
export function words(text: string, countMax: number): readonly string[] {
  const plain = text
    .slice(0, countMax * characterBudgetPerWord)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, countMax)
}

export interface SparseWords {
  readonly indices: number[]
  readonly values: number[]
}

/** A text as a sparse vector: per word the BM25 weight of its frequency. The store multiplies by how rare the word is. */
export function weighDocument(text: string): SparseWords {
  const found = words(text, documentWordsMax)
  const lengthPenalty = saturation * (1 - lengthWeight + (lengthWeight * found.length) / usualLength)
  return toSparse(found, (count) => (count * (saturation + 1)) / (count + lengthPenalty))
}

/** A question as a sparse vector: each word once. */
export function weighQuery(text: string): SparseWords {
  return toSparse(words(text, queryWordsMax), () => 1)
}

export const queryWordsMax = 32
const documentWordsMax = 20_000
/** Reading stops here even if the text is one endless word. */
const characterBudgetPerWord = 16
// The usual constants of BM25; the usual length stands for the average, which no client can know.
const saturation = 1.2
const lengthWeight = 0.75
const usualLength = 150

function toSparse(found: readonly string[], weigh: (count: number) => number): SparseWords {
  const counts = new Map<number, number>()
  for (const word of found) {
    const index = wordIndex(word)
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return { indices: [...counts.keys()], values: [...counts.values()].map(weigh) }
}

/** FNV-1a, 32 bits: the index of a word without a shared dictionary. Two words on one index only blur the rank. */
function wordIndex(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
