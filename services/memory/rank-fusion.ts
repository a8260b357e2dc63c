// Rank fusion
// Reciprocal rank fusion: one list out of several that score on different scales (Cormack, Clarke and Büttcher, 2009).

/** Best first. An id scores the sum of 1 / (60 + rank) over the lists that hold it; equal scores keep the order of the first list. */
export function fuseRanks(lists: readonly (readonly string[])[]): readonly { readonly id: string; readonly score: number }[] {
  const scores = new Map<string, number>()
  for (const list of lists) {
    for (const [at, id] of list.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (rankOffset + at + 1))
  }
  return [...scores].map(([id, score]) => ({ id, score })).toSorted((left, right) => right.score - left.score)
}

/** How little the first places count over the next ones; 60 is the value of the paper. */
const rankOffset = 60
