// Shown actor
// One actor as the inspector is told of it. Turns come with the state value; the context is asked for once, and then follows by what each turn changed.
//
// S1. The context told with a turn is the one after that very turn, or none is told.
// S2. A turn is told once, in order.
import type { ActorState, Transition } from '../../client/index.ts'
import type { ActorId } from '../../machines/address.ts'
import { applyPatch, type Patch } from '../../runtime/patch.ts'
import type { Snapshot } from './inspection.ts'

type Known = Pick<ActorState, 'turn' | 'status' | 'context' | 'output' | 'error'>

export interface FirstSeen extends Pick<ActorState, 'turn' | 'value' | 'status'> {
  /** Epoch milliseconds. */
  readonly at: number
  readonly version?: string | undefined
}

interface Family {
  readonly parent: ActorId | undefined
  readonly root: ActorId
}

export class ShownActor {
  readonly id: ActorId
  readonly parent: ActorId | undefined
  readonly root: ActorId
  /** Of its definition, as it was when it was first seen. */
  readonly version: string | undefined
  /** Its last turns were not told: its present state is to be. */
  behind = false
  #turn: number
  #at: number
  #value: unknown
  #status: string
  /** What was asked for: of this turn (S1), or of a later one that is not seen yet. */
  #known: Known | undefined

  constructor(id: ActorId, first: FirstSeen, { parent, root }: Family) {
    this.id = id
    this.parent = parent
    this.root = root
    this.version = first.version
    this.#turn = first.turn
    this.#at = first.at
    this.#value = first.value
    this.#status = first.status
  }

  get turn(): number {
    return this.#turn
  }

  /** When its last turn was, in epoch milliseconds. */
  get at(): number {
    return this.#at
  }

  get hasEnded(): boolean {
    return this.#status !== 'active'
  }

  /** Its owner is to be asked: for the context, when it is neither known nor on its way; and for the output of one that has ended. */
  get isUnknown(): boolean {
    return this.#known === undefined || (this.hasEnded && this.#known.status === 'active')
  }

  get snapshot(): Snapshot {
    const shown = { status: this.#status, value: this.#value }
    if (this.#known?.turn !== this.#turn) return shown // S1
    const { context, output, error } = this.#known
    return { ...shown, context, output, error }
  }

  /** The next turn of it; how many were missed before it. Undefined: it was told before (S2). */
  take({ turn, at, value, status, changed }: Transition, patch: Patch | undefined): number | undefined {
    if (turn <= this.#turn) return undefined
    const missed = turn - this.#turn - 1
    this.#known = this.#after(turn, changed, patch)
    this.#turn = turn
    this.#at = at
    this.#value = value
    this.#status = status
    return missed
  }

  /** What its owner has answered. True: that is its state now. With `jump` what lies between counts as missed. */
  learn(state: ActorState, now: number, jump = false): boolean {
    if (state.turn < this.#turn) return false // asked before the last turn
    this.#known = state
    if (state.turn > this.#turn && !jump) return false // its turns are on their way
    if (state.turn > this.#turn) this.#at = now
    this.#turn = state.turn
    this.#value = state.value
    this.#status = state.status
    return true
  }

  #after(turn: number, changed: boolean, patch: Patch | undefined): Known | undefined {
    const known = this.#known
    if (!known || known.turn >= turn) return known
    if (known.turn < turn - 1) return undefined // the turn it waited for did not come
    if (!changed) return { ...known, turn }
    if (!patch || patch.length === 0) return undefined // cut, or the whole state was written anew
    try {
      const { context } = applyPatch(
        { context: known.context },
        patch.filter(([, path]) => path[0] === 'context'),
      )
      return { ...known, turn, context }
    } catch {
      return undefined // a part that was cut before was changed: it is asked for again
    }
  }
}
