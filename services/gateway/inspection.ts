// Inspection
// What the routes about actors and machines share: the machines of this build, the past of actors, drawings of charts. Made when it is first asked for.
import { AskRefused, ServerUnavailable, type ActorId } from '../../client/index.ts'
import { hostsOf } from '../../runtime/hosts.ts'
import type { Member } from '../../runtime/ports.ts'
import type { Host } from '../../runtime/statechart/index.ts'
import { keepDrawings, type Drawings } from '../inspector/chart/drawings.ts'
import { startLayoutThread } from '../inspector/chart/layout-thread.ts'
import { Past } from '../inspector/moments/past.ts'
import type { GatewayParts } from './parts.ts'

export interface Inspection {
  /** By actor type, children of children included. */
  readonly hosts: ReadonlyMap<string, Host>
  readonly past: Past
  readonly drawings: Drawings
  /** The worker that owns a partition, as the fleet said a moment ago. */
  ownerOf(partition: number): Promise<string | undefined>
}

const made = new WeakMap<GatewayParts, Inspection>()
/** Who owns what changes seldom; a page asks for it with every actor. */
const membersKeptMs = 2_000

export function inspectionOf(parts: GatewayParts): Inspection {
  const known = made.get(parts)
  if (known) return known
  const hosts = hostsOf(parts.definitions)
  const { ports, records, orm, client } = parts
  const past = new Past({
    database: orm,
    log: records,
    states: ports.states,
    partitions: ports.partitions,
    hosts,
    turnNow: (actor) => turnNow(client, actor),
  })
  const inspection: Inspection = { hosts, past, drawings: lazyDrawings(), ownerOf: ownerLookUp(parts) }
  made.set(parts, inspection)
  return inspection
}

/** The thread is started for the first drawing only; it does not keep the process alive. */
function lazyDrawings(): Drawings {
  let thread: ReturnType<typeof startLayoutThread> | undefined
  return keepDrawings({ layout: (chart) => (thread ??= startLayoutThread()).layout(chart) })
}

async function turnNow(client: GatewayParts['client'], actor: ActorId): Promise<number | undefined> {
  try {
    return (await client.query(actor)).turn
  } catch (error) {
    if (error instanceof AskRefused || error instanceof ServerUnavailable) return undefined
    throw error
  }
}

function ownerLookUp({ ports: { membership } }: GatewayParts): Inspection['ownerOf'] {
  let members: Promise<readonly Member[]> | undefined
  const read = async (): Promise<readonly Member[]> => {
    const { promise, resolve } = Promise.withResolvers<readonly Member[]>()
    const reader = await membership.watch(resolve)
    const found = await promise
    await reader.stop()
    return found
  }
  const forget = (): void => void (members = undefined)
  return async (partition) => {
    if (!members) {
      members = read()
      members.then(() => setTimeout(forget, membersKeptMs).unref(), forget)
    }
    return (await members).find(({ owned }) => owned.includes(partition))?.id
  }
}
