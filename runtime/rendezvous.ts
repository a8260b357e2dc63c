// Rendezvous
// Which worker should own which partition: the one with the highest weight for it, so that a worker that comes or goes moves only its own share.
// Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996), with a cap that keeps the shares even.

/** The partitions that `worker` should own, given all that are ready. Everyone who knows the same workers gets the same answer. */
export function partitionsFor(worker: string, workers: readonly string[], partitions: number): ReadonlySet<number> {
  const cap = Math.ceil(partitions / workers.length)
  const shares = new Map<string, number>()
  const mine = new Set<number>()
  for (let partition = 0; partition < partitions; partition++) {
    const ranked = workers.toSorted((a, b) => weight(b, partition) - weight(a, partition) || (a < b ? -1 : 1))
    const owner = ranked.find((candidate) => (shares.get(candidate) ?? 0) < cap) ?? worker
    shares.set(owner, (shares.get(owner) ?? 0) + 1)
    if (owner === worker) mine.add(partition)
  }
  return mine
}

/** FNV-1a of worker and partition, finished by MurmurHash3's mixer. */
function weight(worker: string, partition: number): number {
  let hash = 0x811c9dc5
  for (const character of `${worker}#${partition}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
