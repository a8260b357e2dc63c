// Stream
// What the in-memory server keeps in one order, per partition, and the readers that follow it. Knows nothing of what it keeps.
//
// T1. Sequences grow by one over the whole stream and are never used again.
// T2. A reader gets every item of its partition from its start on, once, in order, and never inside the call that added it.
import type { Clock, Reader } from '../ports.ts'

export interface Kept<Item> {
  readonly seq: number
  readonly at: number
  readonly item: Item
}

interface Follower<Item> {
  next: number
  cancelPump: (() => void) | undefined
  readonly deliver: (kept: Kept<Item>) => void
}

export class Stream<Item> {
  readonly #clock: Clock
  readonly #kept = new Map<number, Kept<Item>[]>()
  readonly #followers = new Map<number, Set<Follower<Item>>>()
  #lastSeq = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  get count(): number {
    return this.#kept.values().reduce((sum, list) => sum + list.length, 0)
  }

  append(partition: number, item: Item): Kept<Item> {
    const kept = { seq: ++this.#lastSeq, at: this.#clock.now(), item } // T1
    const list = this.#kept.get(partition)
    if (list === undefined) this.#kept.set(partition, [kept])
    else list.push(kept)
    for (const follower of this.#followers.get(partition) ?? []) this.#wake(partition, follower)
    return kept
  }

  last(partition: number): Kept<Item> | undefined {
    return this.#kept.get(partition)?.at(-1)
  }

  at(partition: number, seq: number): Kept<Item> | undefined {
    const kept = this.from(partition, seq)
    return kept?.seq === seq ? kept : undefined
  }

  /** The first item with `seq` or a later one. */
  from(partition: number, seq: number): Kept<Item> | undefined {
    const list = this.#kept.get(partition) ?? []
    return list[indexOf(list, seq)]
  }

  /** The item at `seq`, whatever its partition. */
  find(seq: number): Kept<Item> | undefined {
    for (const partition of this.#kept.keys()) {
      const kept = this.at(partition, seq)
      if (kept !== undefined) return kept
    }
    return undefined
  }

  all(partition: number): readonly Kept<Item>[] {
    return this.#kept.get(partition) ?? []
  }

  /** Forgets every item before `seq`, and returns them. */
  trim(partition: number, seq: number): readonly Kept<Item>[] {
    const list = this.#kept.get(partition) ?? []
    return list.splice(0, indexOf(list, seq))
  }

  remove(partition: number, seq: number): void {
    const list = this.#kept.get(partition) ?? []
    const index = indexOf(list, seq)
    if (list[index]?.seq === seq) list.splice(index, 1)
  }

  follow(partition: number, from: number, deliver: (kept: Kept<Item>) => void): Reader {
    const follower: Follower<Item> = { next: from, cancelPump: undefined, deliver }
    const followers = this.#followers.get(partition) ?? new Set()
    this.#followers.set(partition, followers.add(follower))
    this.#wake(partition, follower)
    return {
      stop: async () => {
        follower.cancelPump?.()
        followers.delete(follower)
      },
    }
  }

  /** Delivers by the clock, so that no caller of `append` runs a reader's code (T2). */
  #wake(partition: number, follower: Follower<Item>): void {
    follower.cancelPump ??= this.#clock.after(0, () => {
      follower.cancelPump = undefined
      this.#pump(partition, follower)
    })
  }

  #pump(partition: number, follower: Follower<Item>): void {
    for (let kept = this.from(partition, follower.next); kept !== undefined; kept = this.from(partition, follower.next)) {
      if (!this.#followers.get(partition)?.has(follower)) return // stopped by what it was given
      follower.next = kept.seq + 1
      follower.deliver(kept)
    }
  }
}

/** Where `seq` stands, or would stand, in a list that is sorted but has gaps. */
function indexOf(list: readonly Kept<unknown>[], seq: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle]?.seq ?? Infinity) < seq) low = middle + 1
    else high = middle
  }
  return low
}
