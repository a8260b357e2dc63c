// Actor list routes
// Which actors there are: found by what they are, do and cost, a page at a time, and how many of each kind fit.
import { z } from 'zod'
import { AskRefused, ServerUnavailable, type TroupeClient } from '../../../client/index.ts'
import { parseActorId, type ActorId } from '../../../machines/address.ts'
import { chartOf, type ChartNode, type Host } from '../../../runtime/statechart/index.ts'
import { actorOrders, countedMax, groupActors, readActors, type ListedActor, type TaggedStates } from '../../history/read-actors.ts'
import { pathCharactersMax } from '../../history/state-paths.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { idCharactersMax, nameCharactersMax } from './shapes.ts'

const limitDefault = 50
const limitMax = 200
/** Counts change with every turn, and every open list asks for them. */
const groupsFreshness = { freshMs: 2_000, staleMs: 10_000 }
/** Owners that are asked at once what waits. */
const askedAtOnce = 20
const yearMs = 366 * 86_400_000

const row = z.object({
  actor: z.string(),
  tenant: z.string(),
  type: z.string(),
  key: z.string(),
  state: z.unknown().describe('The state value, as XState writes it'),
  status: z.string().describe('active, done, error or stopped; unknown of actors from before this was kept'),
  turn: z.int(),
  at: z.number(),
  bornAt: z.number().optional().describe('Of its first turn'),
  event: z.string().describe('The type of the last event that was taken'),
  costUsd: z.number().describe('Of its model calls, without those of its children'),
  tokens: z.int(),
  failures: z.int().describe('Turns that failed'),
  restarts: z.int(),
  held: z.boolean().optional(),
  waiting: z.int().optional().describe('Messages that wait in its state; only of one that stands still, as its owner says'),
})

const duration = z.coerce.number().int().min(0).max(yearMs).optional()

const filters = tenantQuery.extend({
  type: z.string().max(65).optional().describe('An actor type; with * at its end all that begin so'),
  status: z.string().max(16).optional(),
  q: z.string().max(256).optional().describe('A part of the address, in any case'),
  held: z.stringbool().optional().describe('Only those that stand still'),
  state: z.string().max(pathCharactersMax).optional().describe('The path of a state, such as working.thinking: those in it or below it'),
  tag: z.string().max(nameCharactersMax).optional().describe('Those in a state that carries this tag, in machines of this build'),
  task: z.string().max(idCharactersMax).optional().describe('Those that took a turn for it: the id of a task, or any correlation'),
  idleMs: duration.describe('The last turn is at least so long ago'),
  activeMs: duration.describe('The last turn is at most so long ago'),
  ageMs: duration.describe('The first turn is at least so long ago'),
  youngMs: duration.describe('The first turn is at most so long ago'),
  costUsd: z.coerce.number().min(0).max(1e9).optional().describe('It cost at least so much'),
  failures: z.coerce.number().int().min(0).max(1e9).optional().describe('At least so many turns failed'),
})

export const actorListRoutes = [
  route({
    method: 'GET',
    path: '/actors',
    summary: 'Actors, each as its last turn left it',
    resource: 'agents',
    action: 'read',
    query: filters.extend({
      mailbox: z.coerce
        .number()
        .int()
        .min(1)
        .max(1e6)
        .optional()
        .describe('Only those that stand still and in whose state at least so many messages wait; a page may then hold fewer rows'),
      sort: z
        .enum(actorOrders)
        .default('actor')
        .describe('By cost only those are listed that called a model, by failures those that failed'),
      after: z.string().max(2_048).optional().describe('The `next` of the page before'),
      limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault),
    }),
    answer: z.object({ rows: z.array(row), next: z.string().optional() }),
    run: async ({ query: { sort, after, limit, mailbox, ...query }, tenant, parts }) => {
      const filter = filterOf(parts, query, tenant)
      const held = mailbox === undefined ? filter.held : true
      const page = await readActors(parts.orm, { ...filter, held, order: sort, after, limit })
      const rows = await withWaiting(parts.client, page.actors)
      return {
        rows: mailbox === undefined ? rows : rows.filter(({ waiting = 0 }) => waiting >= mailbox),
        ...(page.next !== undefined && { next: page.next }),
      }
    },
  }),
  route({
    method: 'GET',
    path: '/actor-groups',
    summary: 'How many actors fit, of each type and status',
    resource: 'agents',
    action: 'read',
    query: filters,
    answer: z.object({
      groups: z
        .array(z.object({ type: z.string(), status: z.string(), held: z.boolean(), count: z.int() }))
        .meta({ examples: [[{ type: 'task', status: 'active', held: false, count: 318 }]] }),
      isWhole: z.boolean().describe(`False: there are more than the ${countedMax} that were counted`),
    }),
    run: async ({ query, tenant, parts }) => {
      // What is asked for by age moves with the clock: while a count is fresh it is the same question.
      const name = `actor groups ${JSON.stringify([tenant, query])}`
      const { groups, isWhole } = await remembered(parts, name, groupsFreshness, () =>
        groupActors(parts.orm, filterOf(parts, query, tenant)),
      )
      return { groups: [...groups], isWhole }
    },
  }),
]

function filterOf(parts: GatewayParts, query: z.output<typeof filters>, tenant: string | undefined) {
  const { type, status, q, held, state, tag, task, idleMs, activeMs, ageMs, youngMs, costUsd, failures } = query
  const now = Date.now()
  const ago = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(now - ms))
  return {
    tenant,
    type,
    status,
    held,
    text: q,
    state,
    tagged: tag === undefined ? undefined : taggedStates(inspectionOf(parts).hosts, tag),
    correlation: task,
    quietSince: ago(idleMs),
    activeSince: ago(activeMs),
    bornBefore: ago(ageMs),
    bornSince: ago(youngMs),
    costUsdMin: costUsd,
    failuresMin: failures,
  }
}

/** Charts of machines, once a process: a definition does not change. */
const tagsOf = new WeakMap<Host, ReadonlyMap<string, readonly string[]>>()

function taggedStates(hosts: ReadonlyMap<string, Host>, tag: string): readonly TaggedStates[] {
  return [...hosts].flatMap(([type, host]) => {
    const known = tagsOf.get(host) ?? pathsByTag(chartOf(host.definition.machine).root)
    tagsOf.set(host, known)
    const paths = known.get(tag) ?? []
    return paths.length === 0 ? [] : [{ type, paths }]
  })
}

function pathsByTag(root: ChartNode): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const walk = (node: ChartNode, path: string): void => {
    for (const tag of path === '' ? [] : node.tags) found.set(tag, [...(found.get(tag) ?? []), path])
    for (const state of node.states) walk(state, path === '' ? state.key : `${path}.${state.key}`)
  }
  walk(root, '')
  return found
}

async function withWaiting(client: TroupeClient, actors: readonly ListedActor[]) {
  const standing = actors.filter(({ held }) => held)
  const waiting = new Map<string, number>()
  for (let from = 0; from < standing.length; from += askedAtOnce)
    await Promise.all(
      standing.slice(from, from + askedAtOnce).map(async ({ actor }) => {
        const count = await waitingOf(client, actor as ActorId) // the projector wrote it as one
        if (count !== undefined) waiting.set(actor, count)
      }),
    )
  return actors.map((actor) => rowOf(actor, waiting.get(actor.actor)))
}

/** Undefined: nobody could be asked. */
async function waitingOf(client: TroupeClient, actor: ActorId): Promise<number | undefined> {
  try {
    return (await client.query(actor)).waiting.length
  } catch (error) {
    if (error instanceof AskRefused || error instanceof ServerUnavailable) return undefined
    throw error
  }
}

const rowOf = ({ held, bornAt, partition: _partition, ...listed }: ListedActor, waiting: number | undefined) => ({
  ...listed,
  key: parseActorId(listed.actor)?.key ?? listed.actor,
  ...(bornAt !== undefined && { bornAt }),
  ...(held && { held }),
  ...(waiting !== undefined && { waiting }),
})
