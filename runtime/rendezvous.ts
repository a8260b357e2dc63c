// Rendezvous
// Which worker should own which partition: the one with the highest weight for it, so that a worker that comes or goes moves only its own share.
// Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996), with a cap that keeps the shares even.

/** The owner of each of the partitions, none when there are no workers. Everyone who knows the same workers gets the same answer. */
export function share(workers: readonly string[], partitions: readonly number[]): ReadonlyMap<number, string> {
  const cap = Math.ceil(partitions.length / workers.length)
  const shares = new Map<string, number>()
  const owners = new Map<number, string>()
  for (const partition of partitions) {
    const ranked = workers.toSorted((a, b) => weight(b, partition) - weight(a, partition) || (a < b ? -1 : 1))
    const owner = ranked.find((candidate) => (shares.get(candidate) ?? 0) < cap)
    if (owner === undefined) continue
    shares.set(owner, (shares.get(owner) ?? 0) + 1)
    owners.set(partition, owner)
  }
  return owners
}

/** FNV-1a of worker and partition, finished by MurmurHash3's mixer. */
function weight(worker: string, partition: number): number {
  let hash = 0x811c9dc5
  for (const character of `${worker}#${partition}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
