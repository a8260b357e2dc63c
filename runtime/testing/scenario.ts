// Scenario
// What a simulation is of: which actors, what is sent to them, and what must be true in the end.
import type { ActorId } from '../../machines/address.ts'
import type { Stored } from '../statechart/stored.ts'
import type { Seen } from './checks.ts'
import type { Clients } from './clients.ts'
import type { Dice } from './dice.ts'
import type { Plan } from './plan.ts'
import type { Actors } from './processes.ts'
import type { Truth } from './truth.ts'

/** Keep one object for all seeds: what is made for it is used again. */
export interface Scenario {
  readonly actors: Actors
  /** What the seed has thrown may be changed: fixed partitions, fewer faults, a shorter load. Default: as thrown. */
  plan?(thrown: Plan, dice: Dice): Plan
  /** Puts the load on: what clients send during `plan.loadMs`. */
  load(clients: Clients, dice: Dice, plan: Plan): void
  /** What must be true beside the kernel's own promises, which are always checked: a sentence for each thing that is not. */
  check?(end: End): Iterable<string>
}

/** How a run ended: everything is at rest. */
export interface End {
  readonly truth: Truth
  readonly seen: Seen
  /** The states of all actors of a type, as the log has them; those that were never born are left out. */
  actors(type: string): ReadonlyMap<ActorId, Stored>
}
