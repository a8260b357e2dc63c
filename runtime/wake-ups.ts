// Wake-ups
// The durable wake-ups that have come to a partition, and when each may be forgotten.
//
// W1. A wake-up is kept while its actor waits for something and the log says nothing new of it: a new owner is woken again.
import type { ActorId } from '../machines/address.ts'
import { isBusy, type Activation } from './activation.ts'
import type { Group } from './group.ts'

export class WakeUps {
  readonly #held = new Map<ActorId, (() => void)[]>()
  readonly #activations: ReadonlyMap<ActorId, Activation>
  readonly #came: (actor: ActorId) => void

  /** `came` hears of every actor whose wake-up is gone, or will be. */
  constructor(activations: ReadonlyMap<ActorId, Activation>, came: (actor: ActorId) => void) {
    this.#activations = activations
    this.#came = came
  }

  /** After the commit: an entry of the actor brings it back into the next owner's memory, with its timers. */
  committed({ wakes, entries }: Pick<Group, 'wakes' | 'entries'>): void {
    for (const { actor, done } of wakes) {
      this.#came(actor)
      const activation = this.#activations.get(actor)
      if (!activation || !isBusy(activation)) done()
      else this.#held.set(actor, [...(this.#held.get(actor) ?? []), done]) // W1
    }
    if (this.#held.size > 0) for (const { actor } of entries) this.#forget(actor)
  }

  holds(actor: ActorId): boolean {
    return this.#held.has(actor)
  }

  #forget(actor: ActorId): void {
    const held = this.#held.get(actor)
    if (!held) return
    this.#held.delete(actor)
    this.#came(actor)
    for (const done of held) done()
  }
}
