import type { TroupeClient } from '../../../client/index.ts'
import { actorId, partitionOf, type Address } from '../../../machines/address.ts'
import { coordinatorKey, coordinatorType } from '../../../machines/coordinator-messages.ts'
import { differenceOf, Rebuild, type Difference, type Rebuilt, type Watermarks } from '../../../machines/coordinator-rebuild.ts'
import { learnedOf, type CoordinatorStats } from '../../../machines/coordinator-stats.ts'
import type { CoordinatorFact } from '../../../machines/task-events.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import type { Ports } from '../../../runtime/ports.ts'
import type { Entry } from '../../../runtime/record.ts'
import { exitCodes } from '../../process.ts'
import { shared, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient, withDatabase, type Place } from '../connect.ts'
import { ArgumentInvalid, RebuildIncomplete } from '../errors.ts'
import { fields, table, timeText } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'

export const coordinatorCommand: Register = (program, shell) => {
  const command = program
    .command('coordinator')
    .description('what the coordinator of a tenant knows; make it again from the log and compare')
  const show = shared(command.command('show', { isDefault: true }), ['coordinator', 'coordinator --tenant acme --json']).description(
    'agents, policies, open circuits, shards, and what has been learned',
  )
  show.action(async () => {
    const options = show.optsWithGlobals<SharedOptions>()
    const place = onePlace(options, shell)
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        const stats = await untilStopped(statsOf(client, place), shell.stop, 'asking the coordinator')
        shell.print(options.json ? JSON.stringify(stats) : statsText(stats))
      }),
    )
  })
  const rebuild = shared(command.command('rebuild'), ['coordinator rebuild', 'coordinator rebuild --tenant acme --json']).description(
    "make the model again from every outcome in the log, and compare it with the coordinator's own; exit code 1 when they differ",
  )
  rebuild.action(async () => {
    const options = rebuild.optsWithGlobals<SharedOptions>()
    const place = onePlace(options, shell)
    await withClient(place, (client, connection) =>
      sayingRefusals(shell, options, async () => {
        const work = rebuildAndCompare(client, await natsPorts(connection, place.namespace), place)
        const compared = await untilStopped(work, shell.stop, 'reading the log')
        shell.print(options.json ? JSON.stringify(compared) : comparedText(compared))
        if (!compared.same) shell.exitWith(exitCodes.failed)
      }),
    )
  })
}

function onePlace(options: SharedOptions, { environment }: Shell): Place {
  const place = placeOf(options, environment)
  if (place.tenant !== '*') return place
  throw new ArgumentInvalid('A coordinator is of one tenant: name it with --tenant.')
}

const addressOf = (tenant: string, key: string): Address => ({ tenant, type: coordinatorType, key })

const statsOf = (client: TroupeClient, { tenant }: Place): Promise<CoordinatorStats> =>
  client.ask<CoordinatorStats>(addressOf(tenant, coordinatorKey), { type: 'coordinator.stats' })

interface Compared extends Omit<Rebuilt, 'model'>, Difference {
  readonly same: boolean
  readonly source: 'log' | 'history'
  readonly tolerance: number
}

/** Sums of the same numbers in another order differ by rounding alone. */
const tolerance = 1e-9

/** The coordinator is asked first: what it knows by then is in the log. */
async function rebuildAndCompare(client: TroupeClient, ports: Ports, place: Place): Promise<Compared> {
  const stats = await statsOf(client, place)
  const until = watermarksOf(stats)
  let source: Compared['source'] = 'log'
  let rebuilt = await rebuiltFrom(logFacts(ports, place.tenant, Object.keys(until)), until)
  if (rebuilt.missing > 0) {
    source = 'history'
    const { coordinatorFacts } = await import('../../history/read-decisions.ts')
    rebuilt = await withDatabase(place, (database) => rebuiltFrom(coordinatorFacts(database, place.tenant), until))
  }
  if (rebuilt.missing > 0)
    throw new RebuildIncomplete(
      `Rebuilding the coordinator of ${place.tenant}: ${rebuilt.missing} outcomes that it has learned are neither in the log nor in the history. The beginning of the log is gone, and the projector has not seen it or is behind.`,
    )
  const { model, ...counts } = rebuilt
  const difference = differenceOf(stats.model, model)
  return { same: difference.largest <= tolerance, source, tolerance, ...counts, ...difference }
}

/** What of each coordinator is in the model of `main`. */
function watermarksOf({ key, life, counts, shards }: CoordinatorStats): Watermarks {
  const marks = Object.entries(shards).map(([shard, mark]) => [shard, [mark.life, mark.outcomes] as const] as const)
  return { ...Object.fromEntries(marks), [key]: [life, counts.settled] }
}

async function rebuiltFrom(
  facts: AsyncIterable<{ readonly key: string; readonly fact: CoordinatorFact }>,
  until: Watermarks,
): Promise<Rebuilt> {
  const rebuild = new Rebuild()
  for await (const { key, fact } of facts) rebuild.add(key, fact)
  return rebuild.upTo(until)
}

/** Only the partitions that coordinators are in are read. */
async function* logFacts({ log, partitions }: Ports, tenant: string, keys: readonly string[]) {
  const { decodeRecord } = await import('../../projector/decode-record.ts')
  const places = new Set(keys.map((key) => partitionOf(addressOf(tenant, key), partitions)))
  const actors = new Map<string, string>(keys.map((key) => [actorId(tenant, coordinatorType, key), key]))
  for (const partition of places) {
    const last = await log.last(partition)
    if (!last) continue
    for await (const stamped of log.read(partition, 1, last.seq)) {
      const record = decodeRecord(partition, stamped)
      if (record.kind === 'turns') yield* record.entries.flatMap((entry) => factsIn(entry, actors))
    }
  }
}

/** What a coordinator emits are its facts. */
function factsIn({ actor, emits = [] }: Entry, actors: ReadonlyMap<string, string>) {
  const key = actors.get(actor)
  return key === undefined ? [] : emits.map((fact) => ({ key, fact: fact as unknown as CoordinatorFact }))
}

function comparedText({ same, source, outcomes, changes, largest, place, compared }: Compared): string {
  const from = source === 'log' ? 'the log' : "the history, since the log's beginning is gone"
  return fields({
    rebuilt: `${outcomes} outcomes and ${changes} changes, from ${from}`,
    compared: `${compared} figures; the largest difference is ${largest.toExponential(2)}${place === undefined ? '' : ` at ${place}`}`,
    result: same ? `the same, to ${tolerance}` : `not the same: they should not differ by more than ${tolerance}`,
  })
}

function statsText(stats: CoordinatorStats): string {
  const { key, counts, open, cards, policies, blocked, shards, model } = stats
  const { live, canary, shadow } = policies
  const facts = fields({
    coordinator: key,
    agents: `${cards.length} (${cards.map(({ agent, model: on }) => (on === undefined ? agent : `${agent}@${on}`)).join(', ')})`,
    policy: `${live.version} (${live.mode.kind})`,
    canary: canary && `${canary.policy.version} (${canary.policy.mode.kind}) for ${Math.round(canary.share * 100)} % of the tasks`,
    shadow: shadow && `${shadow.version} (${shadow.mode.kind})`,
    'open circuits': Object.entries(blocked)
      .map(([name, until]) => `${name} until ${timeText(until)}`)
      .join('\n'),
    shards: Object.entries(shards)
      .map(([shard, { outcomes }]) => `${shard}: ${outcomes} outcomes`)
      .join(', '),
    here: Object.entries({ ...counts, open })
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
    'not learned': model.unkept > 0 ? `${model.unkept} outcomes, beyond what a model holds` : undefined,
  })
  const rows = learnedOf(model)
    .toSorted((one, other) => (`${one.taskType} ${one.arm}` < `${other.taskType} ${other.arm}` ? -1 : 1))
    .map(({ taskType, arm, outcomes, reward }) => [taskType, arm, outcomes.toFixed(1), reward.toFixed(3)])
  return rows.length === 0
    ? `${facts}\n\nNothing has been learned yet.`
    : `${facts}\n\n${table(['type', 'agent', 'outcomes', 'mean reward'], rows)}`
}
