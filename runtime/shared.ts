// Shared
// What the partitions of one worker share.
import type { OneAtATime } from './care.ts'
import type { Claimant } from './claim.ts'
import type { Effects } from './effects.ts'
import type { Desk } from './entry.ts'
import type { Group } from './group.ts'
import type { Host } from './statechart/index.ts'
import type { Telemetry } from './telemetry.ts'
import type { Tenants } from './tenants.ts'
import type { TypeBreakpoints } from './type-breakpoints.ts'
import type { Watchers } from './watchers.ts'

export interface Shared extends Claimant {
  readonly hosts: ReadonlyMap<string, Host>
  readonly effects: Effects
  readonly watchers: Watchers
  readonly telemetry: Telemetry
  readonly tenants: Tenants
  readonly breakpoints: TypeBreakpoints
  /** Careful rounds of all partitions. */
  readonly oneAtATime: OneAtATime
  /** More actors are in memory than the worker should hold. */
  crowded(): boolean
}

/** What the turns of one group need of it. */
export const deskOf = ({ options, tenants, breakpoints, telemetry }: Shared, partition: number, group: Group): Desk => ({
  group,
  partition,
  options,
  isPaused: tenants.isPaused,
  breakpointsOf: breakpoints.of,
  outOfDate: () => telemetry.outOfDate.add(1),
})
