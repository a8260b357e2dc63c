import type { Member, Membership } from '../../../runtime/ports.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withPorts } from '../connect.ts'
import { bytesText, durationText, table } from '../output.ts'
import { rangesText } from '../ranges.ts'

export const workersCommand: Register = (program, shell) => {
  const command = shared(program.command('workers'), ['workers', 'workers --namespace staging --json']).description(
    'list the workers that are alive, with the partitions they own',
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    const place = placeOf(options, shell.environment)
    await withPorts(place, async ({ membership, partitions }) => {
      const members = await membersOf(membership)
      if (options.json) return shell.print(JSON.stringify({ namespace: place.namespace, partitions, workers: members }))
      if (members.length > 0) shell.print(workersTable(members, Date.now()))
      shell.print(ownershipText(members, partitions, place.namespace))
    })
  })
}

/** All that are alive at this moment, by id. */
export async function membersOf(membership: Membership): Promise<readonly Member[]> {
  const heard = Promise.withResolvers<readonly Member[]>()
  const reader = await membership.watch(heard.resolve)
  const members = await heard.promise
  await reader.stop()
  return members.toSorted((a, b) => a.id.localeCompare(b.id))
}

export const workersTable = (members: readonly Member[], now: number): string =>
  table(
    ['worker', 'host', 'pid', 'partitions', 'actors', 'turns', 'effects', 'memory', 'age', 'state'],
    members.map(({ id, host, pid, owned, load, startedAt, draining }) => [
      id,
      host,
      String(pid),
      `${owned.length} (${rangesText(owned)})`,
      String(load.actors),
      String(load.turns),
      String(load.effects),
      bytesText(load.rssBytes),
      durationText(now - startedAt),
      draining ? 'draining' : 'running',
    ]),
  )

/** Which partitions nobody says to own; none when all is well. */
export function unownedOf(members: readonly Member[], partitions: number): readonly number[] {
  const owned = new Set(members.flatMap((member) => member.owned))
  return Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !owned.has(partition))
}

function ownershipText(members: readonly Member[], partitions: number, namespace: string): string {
  if (members.length === 0) return `No worker of namespace ${namespace} is alive: messages wait in their mailboxes until one is.`
  const unowned = unownedOf(members, partitions)
  if (unowned.length === 0) return `${members.length} alive; all ${partitions} partitions are owned.`
  return `${members.length} alive; partitions without an owner: ${rangesText(unowned)} of ${partitions}. They are claimed within seconds.`
}
