// What is measured, as the runner sees it: a counter for a key, a chain of five effects, and what the counters hold in the end.
import type { System } from './roster.ts'

/** `strict`: an answer is on the disk. `fast`: it is there a moment later, so a power failure may lose that moment. */
export type Durability = 'strict' | 'fast'

export interface Setting {
  readonly name: string
  readonly durability: Durability
  /** What one gets who sets nothing. */
  readonly isDefault: boolean
}

/** One system with its real server, running. */
export interface Running {
  /** What runs, with versions. */
  readonly versions: string
  /** Adds one; resolves to the new total when that is as durable as the setting says. */
  add(key: string): Promise<number>
  /** Five effects one after the other, each adds one to 0, the result of each kept before the next begins. */
  chain(id: string): Promise<number>
  /** The counters as they are stored, in the order of the keys. */
  totals(keys: readonly string[]): Promise<readonly number[]>
  stop(): Promise<void>
}

/** A module in `systems/` exports this as `start`. The folder is empty and is removed afterwards. */
export type Start = (setting: string, folder: string) => Promise<Running>

/** What a measuring process tells the runner. */
export type Told =
  | { readonly kind: 'started'; readonly versions: string }
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'done' }

export interface Figure {
  readonly load: LoadName
  readonly inFlight: number
  readonly seconds: number
  readonly acknowledged: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export type LoadName = 'counter' | 'chain'

/** What the runner asks of a measuring process. */
export interface Order {
  readonly system: System
  readonly setting: string
  readonly folder: string
  readonly seconds: number
}
