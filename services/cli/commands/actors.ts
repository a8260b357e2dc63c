import { AskRefused, ServerUnavailable, type ActorId, type ActorState, type TroupeClient } from '../../../client/index.ts'
import { parseActorId } from '../../../machines/address.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import type { Ports } from '../../../runtime/ports.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withClient, type Connection } from '../connect.ts'
import { stateText, table } from '../output.ts'
import type { Parked } from '../parked.ts'
import { allParked, parkedTable } from './actors-parked.ts'

interface ActorsOptions extends SharedOptions {
  readonly type?: string
  readonly limit: number
  readonly after?: string
  readonly parked?: boolean
}

/** An actor with a stored snapshot, and its present state, or why that is not known. */
type Found = { readonly actor: ActorId } & (
  | { readonly state: ActorState }
  | { readonly unknown: { readonly code: string; readonly message: string } }
)

const limitDefault = 50
/** Queries under way at once: enough to hide the round trip, too few to weigh on an owner. */
const queriesMax = 16

export const actorsCommand: Register = (program, shell) => {
  const command = shared(program.command('actors'), [
    'actors',
    'actors --type task --limit 10',
    'actors --after main/task/42 --json',
    "actors --tenant '*'",
    "actors --parked --tenant '*'",
  ])
    .description(
      'list actors, by address, with their present state; a new one is here once its first snapshot is stored, some seconds after its birth',
    )
    .option('--type <type>', 'only actors of this type')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
    .option('--after <actor>', 'the page after this address')
    .option('--parked', 'only actors for which messages wait, with why: for their restart, or for a version that fits their state')
  command.action(async () => {
    const options = command.optsWithGlobals<ActorsOptions>()
    const place = placeOf(options, shell.environment)
    await withClient(place, async (client, connection) => {
      if (options.parked) return showParked(shell, client, connection, { ...options, tenant: place.tenant, namespace: place.namespace })
      const ports = await natsPorts(connection, place.namespace)
      const { page, more } = await pageOf(ports, { ...options, tenant: place.tenant })
      const found = await queryAll(client, page)
      const next = more ? page.at(-1) : undefined
      if (options.json) return shell.print(JSON.stringify({ actors: found.map(asJson), next: next ?? null }))
      shell.print(found.length === 0 ? 'No such actor has a stored snapshot.' : actorsTable(found))
      if (next !== undefined) shell.note(`There are more: --after '${next}'`)
    })
  })
}

/** One page by address over all partitions. Every address of the tenant is looked at: this is for people, not for programs that poll. */
async function pageOf({ states, partitions }: Ports, wanted: ActorsOptions & { readonly tenant: string }) {
  const { limit } = wanted
  const isWanted = wantedBy(wanted)
  const all: ActorId[] = []
  for (let partition = 0; partition < partitions; partition++)
    for await (const actor of states.list(partition)) if (isWanted(actor)) all.push(actor)
  // By code unit, as `>` above compares: a locale's order would skip or repeat at the edge of a page.
  return { page: all.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, limit), more: all.length > limit }
}

function wantedBy({ tenant, type, after = '' }: ActorsOptions & { readonly tenant: string }): (actor: ActorId) => boolean {
  return (actor) => {
    const address = parseActorId(actor)
    return actor > after && (tenant === '*' || address?.tenant === tenant) && (type === undefined || address?.type === type)
  }
}

async function showParked(
  shell: Shell,
  client: TroupeClient,
  connection: Connection,
  options: ActorsOptions & { readonly tenant: string; readonly namespace: string },
): Promise<void> {
  const all = await allParked(connection, options.namespace, wantedBy(options))
  const page = all.slice(0, options.limit)
  const states = await queryAll(
    client,
    page.map(({ actor }) => actor),
  )
  const list = page.map((parked, index) => ({ ...parked, why: whyOf(parked, states[index]) }))
  const next = all.length > list.length ? list.at(-1)?.actor : undefined
  if (options.json) return shell.print(JSON.stringify({ parked: list, next: next ?? null }))
  shell.print(list.length === 0 ? 'No message waits for an actor to go on.' : parkedTable(list))
  if (next !== undefined) shell.note(`There are more: --after '${next}'`)
}

function whyOf({ restarting }: Parked, found: Found | undefined): string {
  if (restarting) return 'it waits for its restart'
  if (found && 'unknown' in found) return `${found.unknown.code}: ${found.unknown.message}`
  return 'it is taking them, or has taken them since its state was stored'
}

async function queryAll(client: TroupeClient, actors: readonly ActorId[]): Promise<readonly Found[]> {
  const found: Found[] = []
  const waiting = actors.entries()
  const lane = async (): Promise<void> => {
    for (const [index, actor] of waiting) found[index] = await query(client, actor)
  }
  await Promise.all(Array.from({ length: queriesMax }, lane))
  return found
}

async function query(client: TroupeClient, actor: ActorId): Promise<Found> {
  try {
    return { actor, state: await client.query(actor) }
  } catch (error) {
    if (error instanceof AskRefused || error instanceof ServerUnavailable)
      return { actor, unknown: { code: error.code, message: error.message } }
    throw error
  }
}

function asJson(found: Found): object {
  if ('unknown' in found) return { actor: found.actor, error: found.unknown }
  const { actor, turn, version, status, value, tags } = found.state
  return { actor, turn, version, status, state: value, tags }
}

const actorsTable = (found: readonly Found[]): string =>
  table(
    ['tenant', 'type', 'key', 'status', 'turn', 'state'],
    found.map((one) => {
      const { tenant, type, key } = parseActorId(one.actor) ?? { tenant: '', type: '', key: one.actor }
      if ('unknown' in one) return [tenant, type, key, 'unknown', '', one.unknown.message]
      return [tenant, type, key, one.state.status, String(one.state.turn), stateText(one.state.value)]
    }),
  )
