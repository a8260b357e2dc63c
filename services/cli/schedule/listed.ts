// Listed
// The schedules of a tenant with a stored snapshot. Reading them is no turn of theirs.
import { AskRefused, ServerUnavailable, type ActorId, type TroupeClient, type When } from '../../../client/index.ts'
import { parseActorId } from '../../../machines/address.ts'
import { scheduleType } from '../../../machines/schedule.ts'
import type { Ports } from '../../../runtime/ports.ts'

export interface Listed {
  readonly schedule: ActorId
  readonly state: 'waiting' | 'paused' | 'ended'
  readonly target: string
  readonly when: When
  /** The next due time. */
  readonly next: number | undefined
  readonly fired: number
}

/** By name; those that are deleted, or whose owner does not answer, are left out and counted. */
export async function listSchedules(client: TroupeClient, { states, partitions }: Ports, tenant: string, limit: number) {
  const names: ActorId[] = []
  for (let partition = 0; partition < partitions; partition++)
    for await (const actor of states.list(partition)) {
      const address = parseActorId(actor)
      if (address?.type === scheduleType && (tenant === '*' || address.tenant === tenant)) names.push(actor)
    }
  const listed: Listed[] = []
  let unanswered = 0
  for (const name of names.toSorted().slice(0, limit)) {
    const found = await look(client, name)
    if (found) listed.push(found)
    else if (found === undefined) unanswered++
  }
  return { listed, unanswered, more: Math.max(0, names.length - limit) }
}

/** Undefined: not answered; null: deleted. */
async function look(client: TroupeClient, schedule: ActorId): Promise<Listed | undefined | null> {
  try {
    const { value, context } = await client.query(schedule)
    const { spec, due, counts } = context as { spec?: { target: string; when: When }; due?: number; counts: { fired: number } } // machines/schedule-plan.ts
    const state = (value as { readonly set?: Listed['state'] }).set
    if (!spec || state === undefined) return null
    return { schedule, state, target: spec.target, when: spec.when, next: state === 'waiting' ? due : undefined, fired: counts.fired }
  } catch (error) {
    if (error instanceof AskRefused || error instanceof ServerUnavailable) return undefined
    throw error
  }
}
