import type { FleetOrders, Member, Membership, Ports } from '../../../runtime/ports.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withPorts } from '../connect.ts'
import { bytesText, durationText, table } from '../output.ts'
import { partitionLines, partitionsTable } from '../partitions.ts'
import { rangesText } from '../ranges.ts'

interface Options extends SharedOptions {
  readonly partitions?: boolean
}

export const workersCommand: Register = (program, shell) => {
  const examples = ['workers', 'workers --partitions', 'workers --namespace staging --json']
  const command = shared(program.command('workers'), examples)
    .description('list the workers that are alive, with the partitions they own')
    .option('--partitions', 'list the partitions instead: owner, load, and which are hot')
  command.action(async () => {
    const options = command.optsWithGlobals<Options>()
    const place = placeOf(options, shell.environment)
    await withPorts(place, async (ports) => {
      const [members, orders] = [await membersOf(ports.membership), await ports.orders.read()]
      const { partitions } = ports
      const lines = options.partitions ? partitionLines(members, orders, partitions) : undefined
      if (options.json)
        return shell.print(JSON.stringify({ namespace: place.namespace, partitions, workers: members, orders, ...(lines && { lines }) }))
      if (lines) shell.print(partitionsTable(lines))
      else if (members.length > 0) shell.print(workersTable(members, orders, Date.now()))
      for (const line of summary(members, orders, { ...ports, namespace: place.namespace })) shell.print(line)
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

const workersTable = (members: readonly Member[], orders: FleetOrders, now: number): string =>
  table(
    ['worker', 'deployment', 'host', 'pid', 'partitions', 'actors', 'turns', 'effects', 'memory', 'age', 'state'],
    members.map((member) => [
      member.id,
      member.deployment ? `${member.deployment.id}@${member.deployment.rank}` : '-',
      member.host,
      String(member.pid),
      `${member.owned.length} (${rangesText(member.owned)})`,
      String(member.load.actors),
      String(member.load.turns),
      String(member.load.effects),
      bytesText(member.load.rssBytes),
      durationText(now - member.startedAt),
      stateOf(member, orders),
    ]),
  )

function stateOf({ id, draining, fit }: Member, { drained }: FleetOrders): string {
  if (draining) return 'draining'
  if (drained.includes(id)) return 'drained'
  return fit ? 'running' : 'starting'
}

/** Which partitions nobody says to own; none when all is well. */
export function unownedOf(members: readonly Member[], partitions: number): readonly number[] {
  const owned = new Set(members.flatMap((member) => member.owned))
  return Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !owned.has(partition))
}

function summary(
  members: readonly Member[],
  orders: FleetOrders,
  { partitions, namespace }: Pick<Ports, 'partitions' | 'namespace'>,
): readonly string[] {
  return [ownershipText(members, partitions, namespace), ...pinTexts(members, orders)]
}

function ownershipText(members: readonly Member[], partitions: number, namespace: string): string {
  if (members.length === 0) return `No worker of namespace ${namespace} is alive: messages wait in their mailboxes until one is.`
  const unowned = unownedOf(members, partitions)
  if (unowned.length === 0) return `${members.length} alive; all ${partitions} partitions are owned.`
  return `${members.length} alive; partitions without an owner: ${rangesText(unowned)} of ${partitions}. They are claimed within seconds.`
}

/** What is pinned where; a deployment that nobody runs keeps its partitions waiting. */
function pinTexts(members: readonly Member[], { pin, pins }: FleetOrders): readonly string[] {
  const alive = new Set(members.map(({ deployment }) => deployment?.id))
  const waits = (deployment: string): string => (alive.has(deployment) ? '' : '; no worker of it is alive, so they wait')
  const byDeployment = Map.groupBy(Object.entries(pins), ([, deployment]) => deployment)
  const single = [...byDeployment].map(
    ([deployment, all]) =>
      `Partitions ${rangesText(all.map(([partition]) => Number(partition)))} are pinned to ${deployment}${waits(deployment)}.`,
  )
  return pin === undefined ? single : [`All partitions not listed below are pinned to ${pin}${waits(pin)}.`, ...single]
}
