// Relation
// What two runs have to do with each other, and from which turn of each they can be compared: a fork from where it left its original. Pure.
import type { ActorId } from '../../../machines/address.ts'
import type { Stored } from '../../../runtime/statechart/index.ts'

/** An actor as the last of its turns that are compared left it. */
export interface RunEnd {
  readonly actor: ActorId
  readonly turn: number
  readonly stored: Stored
}

export interface Relation {
  /** `a-of-b`: a is a fork of b; `siblings`: forks of one original, of the same turn. */
  readonly kind: 'a-of-b' | 'b-of-a' | 'siblings' | 'none'
  /** Compared are the turns after these; 0: from its birth. */
  readonly afterA: number
  readonly afterB: number
  /** The first thing the fork did that its original had not done, as it says itself. */
  readonly diverged?: string
}

/** The turn in which a fork gets its first state. */
const firstOfFork = 1

export function relationOf(a: RunEnd, b: RunEnd): Relation {
  const [forkA, forkB] = [a.stored.keeping.fork, b.stored.keeping.fork]
  if (forkB && forkB.of === a.actor && forkB.turn <= a.turn)
    return { kind: 'b-of-a', afterA: forkB.turn, afterB: firstOfFork, ...(forkB.diverged !== undefined && { diverged: forkB.diverged }) }
  if (forkA && forkA.of === b.actor && forkA.turn <= b.turn)
    return { kind: 'a-of-b', afterA: firstOfFork, afterB: forkA.turn, ...(forkA.diverged !== undefined && { diverged: forkA.diverged }) }
  if (forkA && forkB && forkA.of === forkB.of && forkA.turn === forkB.turn)
    return { kind: 'siblings', afterA: firstOfFork, afterB: firstOfFork }
  return { kind: 'none', afterA: 0, afterB: 0 }
}
