// Coordinator step
// What follows from a message to a coordinator: the shape in which coordinator-steps.ts and coordinator-root-steps.ts say it.
import type { AgentRegistration, CoordinatorAnswer, CoordinatorReply } from './coordinator-messages.ts'
import type { CoordinatorContext } from './coordinator-record.ts'
import type { CircuitsTold, ModelPull, ModelTold, PoliciesTold, ProbeTaken, RosterTold, StatisticsMerge } from './coordinator-sharing.ts'
import type { CoordinatorFact } from './task-events.ts'

/** Between coordinators of one tenant. */
export type SharingMessage = ModelPull | StatisticsMerge | ProbeTaken | ModelTold | RosterTold | PoliciesTold | CircuitsTold

export type TimerName = 'horizon' | 'tell' | 'circuits'

/** What follows from a message. */
export interface Step {
  readonly next: CoordinatorContext
  readonly facts: readonly CoordinatorFact[]
  /** To other coordinators, by key. */
  readonly sends: readonly { readonly to: string; readonly message: SharingMessage }[]
  /** To whoever asked, client or actor. */
  readonly answer?: CoordinatorAnswer | AgentRegistration
  /** To the client that asked. */
  readonly reply?: CoordinatorReply
  /** Timers to set, each in so many milliseconds; undefined: it is stopped. */
  readonly timers: readonly { readonly name: TimerName; readonly inMs: number | undefined }[]
}

/** Nothing follows. */
export const nothing = { facts: [], sends: [], timers: [] } as const
