// Effects in hand
// The effects that run for one partition, by key.
//
// H1. None outlives its partition: the next owner here would wait for one that reports to nobody.
import type { EffectListener, Effects } from './effects.ts'
import { recordedResult } from './fork.ts'
import type { EffectOrder } from './group.ts'
import type { Clock } from './ports.ts'

export class EffectsInHand {
  readonly #effects: Effects
  readonly #listener: EffectListener
  readonly #clock: Clock
  readonly #keys = new Set<string>()
  readonly #awaited = new Map<string, () => void>()

  /** The listener hears only of effects that are still in hand. */
  constructor(effects: Effects, clock: Clock, listener: EffectListener) {
    this.#effects = effects
    this.#clock = clock
    this.#listener = {
      finished: (order, result) => this.#drop(order.key) && listener.finished(order, result),
      progressed: (order, value) => listener.progressed(order, value),
    }
  }

  /** Resolves when the effect is no longer in hand, or after a while. */
  settled(key: string, ms: number): Promise<void> {
    if (!this.#keys.has(key)) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      this.#awaited.set(key, () => (cancel(), resolve()))
    })
  }

  get size(): number {
    return this.#keys.size
  }

  get none(): boolean {
    return this.#keys.size === 0
  }

  start(order: EffectOrder): void {
    this.#keys.add(order.key)
    const recorded = recordedResult(order)
    if (recorded) this.#listener.finished(order, recorded)
    else this.#effects.start(order, this.#listener)
  }

  cancel(key: string): void {
    this.#drop(key)
    this.#effects.cancel(key)
  }

  /** H1 */
  cancelAll(): void {
    for (const key of this.#keys) this.cancel(key)
  }

  /** Whether it was in hand. */
  #drop(key: string): boolean {
    this.#awaited.get(key)?.()
    this.#awaited.delete(key)
    return this.#keys.delete(key)
  }
}
