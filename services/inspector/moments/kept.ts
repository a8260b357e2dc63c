// Kept
// Values kept in memory up to a number of bytes; the one that was asked for longest ago goes first.
//
// K1. What is kept never weighs more than `bytesMax`: a value that is heavier by itself is not kept.

export class Kept<Value> {
  readonly #bytesMax: number
  readonly #values = new Map<string, { readonly value: Value; readonly bytes: number }>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Value | undefined {
    const found = this.#values.get(key)
    if (!found) return undefined
    this.#values.delete(key)
    this.#values.set(key, found) // the last to go
    return found.value
  }

  put(key: string, value: Value, bytes: number): void {
    this.#forget(key)
    if (bytes > this.#bytesMax) return // K1
    this.#values.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#bytesMax) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const found = this.#values.get(key)
    if (!found) return
    this.#values.delete(key)
    this.#bytes -= found.bytes
  }
}
