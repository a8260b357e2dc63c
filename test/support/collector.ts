// Collector
// Takes what callbacks deliver and lets a test wait for it.

const patienceMs = 10_000

export class Collector<Item> {
  readonly items: Item[] = []
  readonly #waiting = new Set<() => void>()

  readonly add = (item: Item): void => {
    this.items.push(item)
    for (const look of this.#waiting) look()
  }

  /** All items, once there are `count` of them. */
  count(count: number): Promise<readonly Item[]> {
    return this.until((items) => items.length >= count)
  }

  /** All items, once they are as wanted; rejects when they never are. */
  until(wanted: (items: readonly Item[]) => boolean): Promise<readonly Item[]> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!wanted(this.items)) return
        clearTimeout(timeout)
        this.#waiting.delete(look)
        resolve(this.items)
      }
      const timeout = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`not delivered in ${patienceMs} ms; there are ${this.items.length}: ${JSON.stringify(this.items).slice(0, 500)}`))
      }, patienceMs)
      this.#waiting.add(look)
      look()
    })
  }
}
