// Heap
// The first of many by an order, and removal of any of them: a binary heap whose items know where they stand.
//
// H1. An item is in one heap at most, once, and its rank does not change while it is.

export interface Ranked {
  /** Where it stands in its heap; -1: in none. Only the heap writes it. */
  place: number
}

export class Heap<Item extends Ranked> {
  readonly #before: (one: Item, other: Item) => boolean
  readonly #items: Item[] = []

  constructor(before: (one: Item, other: Item) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  has(item: Item): boolean {
    return this.#items[item.place] === item
  }

  add(item: Item): void {
    if (!this.has(item)) this.#rise(item, this.#items.length) // H1
  }

  remove(item: Item): void {
    if (!this.has(item)) return
    const { place } = item
    item.place = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    const parent = this.#items[(place - 1) >> 1]
    if (parent !== undefined && this.#before(last, parent)) this.#rise(last, place)
    else this.#sink(last, place)
  }

  #rise(item: Item, from: number): void {
    let place = from
    while (place > 0) {
      const up = (place - 1) >> 1
      const parent = this.#items[up]
      if (parent === undefined || !this.#before(item, parent)) break
      this.#put(parent, place)
      place = up
    }
    this.#put(item, place)
  }

  #sink(item: Item, from: number): void {
    let place = from
    for (;;) {
      const down = this.#earlierChild(place)
      const child = this.#items[down]
      if (child === undefined || !this.#before(child, item)) break
      this.#put(child, place)
      place = down
    }
    this.#put(item, place)
  }

  #earlierChild(place: number): number {
    const left = this.#items[2 * place + 1]
    const right = this.#items[2 * place + 2]
    return left !== undefined && right !== undefined && this.#before(right, left) ? 2 * place + 2 : 2 * place + 1
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item
    item.place = place
  }
}
