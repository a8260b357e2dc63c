// Tell
// What a partition tells its telemetry at the two seams of its life: when it is owned, and at every commit.
import type { Activation } from './activation.ts'
import type { Claim, Claimant } from './claim.ts'
import type { Group } from './group.ts'
import { correlationOf } from './record.ts'
import type { Recovered } from './recovery.ts'
import type { Telemetry } from './telemetry.ts'

export function tellOwned(
  { telemetry, worker }: Claimant & { readonly telemetry: Telemetry },
  { partition, epoch }: Claim,
  recovered: Recovered,
  ms: number,
): void {
  telemetry.claims.add(1)
  telemetry.recoveryMs.record(ms)
  const { records, activations, tailLost, offset } = recovered
  telemetry.log.info({ partition, epoch, worker, records, actors: activations.size, ms }, 'partition claimed')
  if (!tailLost) return
  telemetry.tailsLost.add(1)
  telemetry.log.error(
    { partition, offset },
    'the mailbox holds less than the log has seen: the server lost its last messages; going on from where both agree',
  )
}

export function tellUnfit(telemetry: Telemetry, { actor, unfit, keeping }: Activation): void {
  if (unfit === undefined) return
  telemetry.unfit.add(1)
  telemetry.log.warn({ actor, parked: keeping.parked.length, found: unfit }, 'no version hosted here fits the actor; its messages wait')
}

export function tellCommitted(telemetry: Telemetry, group: Group, ms: number): void {
  const { turns, entries } = group
  telemetry.tally.committed(group)
  telemetry.commits.add(1)
  telemetry.commitMs.record(ms)
  telemetry.turns.add(turns)
  telemetry.groupTurns.record(turns)
  const { log } = telemetry
  if (log.isLevelEnabled?.('debug') === false) return
  for (const entry of entries) {
    const { actor, turn, message, event, dead } = entry
    log.debug({ actor, turn, message, event: event.type, correlation: correlationOf(entry), ...(dead && { dead: dead.code }) }, 'turn')
  }
}
