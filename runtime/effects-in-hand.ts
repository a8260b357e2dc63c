// Effects in hand
// The effects that run for one partition, by key.
//
// H1. None outlives its partition: the next owner here would wait for one that reports to nobody.
import type { EffectListener, Effects } from './effects.ts'
import type { EffectOrder } from './group.ts'

export class EffectsInHand {
  readonly #effects: Effects
  readonly #listener: EffectListener
  readonly #keys = new Set<string>()

  /** The listener hears only of effects that are still in hand. */
  constructor(effects: Effects, listener: EffectListener) {
    this.#effects = effects
    this.#listener = {
      finished: (order, result) => this.#keys.delete(order.key) && listener.finished(order, result),
      progressed: (order, value) => listener.progressed(order, value),
    }
  }

  get none(): boolean {
    return this.#keys.size === 0
  }

  start(order: EffectOrder): void {
    this.#keys.add(order.key)
    this.#effects.start(order, this.#listener)
  }

  cancel(key: string): void {
    this.#keys.delete(key)
    this.#effects.cancel(key)
  }

  /** H1 */
  cancelAll(): void {
    for (const key of this.#keys) this.cancel(key)
  }
}
