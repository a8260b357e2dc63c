import type { ActorId } from '../../../client/index.ts'
import { parseActorId } from '../../../machines/address.ts'
import { readStates } from '../../../runtime/nats/read-states.ts'
import type { Connection } from '../connect.ts'
import { table } from '../output.ts'
import { parkedOf, type Parked } from '../parked.ts'

/** Those for which messages wait, by address. Every stored state is looked at, one batch in memory at a time. */
export async function allParked(
  connection: Connection,
  namespace: string,
  isWanted: (actor: ActorId) => boolean,
): Promise<readonly Parked[]> {
  const found: Parked[] = []
  for await (const stored of readStates(connection, namespace)) {
    const parked = isWanted(stored.actor) ? parkedOf(stored) : undefined
    if (parked) found.push(parked)
  }
  return found.toSorted((a, b) => (a.actor < b.actor ? -1 : 1))
}

/** With why: what the owner says of the actor. */
export const parkedTable = (list: readonly (Parked & { readonly why: string })[]): string =>
  table(
    ['tenant', 'type', 'key', 'stored by', 'waiting', 'why'],
    list.map(({ actor, version, messages, why }) => {
      const { tenant, type, key } = parseActorId(actor) ?? { tenant: '', type: '', key: actor }
      return [tenant, type, key, version, String(messages), why]
    }),
  )
