// Fleet routes
// Who is alive, what each worker owns, what operators have ordered.
import { z } from 'zod'
import { drainedMax, orderDrain, undoDrain } from '../../../runtime/orders.ts'
import type { FleetOrders, Member } from '../../../runtime/ports.ts'
import { ResourceConflict, ResourceMissing } from '../errors.ts'
import { once } from '../idempotency.ts'
import { markKinds } from '../fleet/marks.ts'
import { fleetWatchOf, type FleetWatch } from '../fleet/watch.ts'
import { membersOf } from '../members.ts'
import { route } from '../route.ts'
import { instant } from './shapes.ts'

const minutesMax = 1_440
const minutesDefault = 15
/** Marks of this long stand beside what is so now. */
const marksMs = 15 * 60_000

const partitionLoad = z.object({
  partition: z.int(),
  epoch: z.int(),
  turnsPerSecond: z.number(),
  busyShare: z.number(),
  waiting: z.int(),
  oldestWaitMs: z.number().optional().describe('How long the oldest message that waits has waited; absent: the worker does not say'),
})

const worker = z.object({
  id: z.string(),
  version: z.string(),
  owned: z.array(z.int()),
  draining: z.boolean(),
  startedAt: z.number(),
  host: z.string(),
  pid: z.int(),
  types: z.array(z.string()),
  load: z.object({ actors: z.int(), turns: z.int(), effects: z.int(), rssBytes: z.number() }),
  partitions: z.array(partitionLoad),
  deployment: z.object({ id: z.string(), rank: z.int() }).optional(),
  heardAt: instant.optional().describe('When it was last heard of; one that rests speaks every ten seconds'),
  drain: z
    .object({ since: instant, from: z.int() })
    .optional()
    .describe('How many partitions it had when the drain began: those of `owned` are left'),
})

const mark = z.object({ at: instant, kind: z.enum(markKinds), text: z.string(), detail: z.string() })
const move = z.object({
  partition: z.int(),
  from: z.string(),
  to: z.string().optional().describe('Absent: nobody has it yet'),
  at: instant,
})

const rates = z.object({ turns: z.number(), failures: z.number(), deadLetters: z.number(), effects: z.number() })
const quantiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() })
const step = z.object({
  at: instant.describe('Its beginning'),
  forMs: z.number().describe('How much of it was listened to'),
  perSecond: rates,
  waitMs: quantiles.optional().describe('How long messages waited; absent: none came'),
  turnMs: quantiles.optional(),
  waitTimes: z.record(z.string(), z.number()).describe('Counts by bucket: bucket b is below 2^b microseconds'),
  workers: z.int(),
  rssBytes: z.number(),
  loopLateMs: z.number().describe('Of the worker that was latest'),
  processorShare: z.number().describe('Of all workers together, in processors'),
})
const line = z.object({
  worker: z.string(),
  heardAt: instant,
  turns: z.array(z.number().nullable()).describe('A second each, the last one now; null: nobody listened yet'),
  pulse: z.object({ rssBytes: z.number(), heapBytes: z.number(), loopLateMs: z.number(), processorShare: z.number() }),
})
const seriesExample = {
  since: 1_795_170_000_000,
  stepMs: 10_000,
  rows: [
    {
      at: 1_795_176_000_000,
      forMs: 10_000,
      perSecond: { turns: 41.2, failures: 0, deadLetters: 0, effects: 9.3 },
      waitMs: { p50: 2.048, p95: 8.192, p99: 16.384 },
      waitTimes: { 11: 240, 13: 172 },
      workers: 2,
      rssBytes: 310_000_000,
      loopLateMs: 3.1,
      processorShare: 0.42,
    },
  ],
  marks: [
    {
      at: 1_795_176_004_000,
      kind: 'deploy' as const,
      text: 'deploy agent-researcher@4c1e09b',
      detail: 'Version 2 of agent-researcher, first on w2.',
    },
  ],
  workers: [
    {
      worker: 'w1',
      heardAt: 1_795_176_009_000,
      turns: [null, 40.2, 41],
      pulse: { rssBytes: 155_000_000, heapBytes: 60_000_000, loopLateMs: 3.1, processorShare: 0.2 },
    },
  ],
}

export const fleetRoutes = [
  route({
    method: 'GET',
    path: '/fleet',
    summary: 'Workers that are alive, the partitions they own, and what operators have ordered',
    resource: 'fleet',
    action: 'read',
    answer: z.object({
      partitions: z.int(),
      workers: z.array(worker),
      pausedTenants: z.array(z.string()),
      drained: z.array(z.string()),
      moves: z.array(move).describe('Partitions that change hands, or did so a few seconds ago'),
      marks: z.array(mark).describe('What changed in the last fifteen minutes, as far as this gateway knows'),
    }),
    run: async ({ parts }) => {
      const [members, orders, watch] = await Promise.all([membersOf(parts), parts.ports.orders.read(), fleetWatchOf(parts)])
      return {
        partitions: parts.ports.partitions,
        workers: members.toSorted((one, other) => (one.id < other.id ? -1 : 1)).map((member) => workerOf(member, watch)),
        pausedTenants: pausedIn(orders),
        drained: [...orders.drained],
        moves: [...watch.moves()],
        marks: [...watch.marks(Date.now() - marksMs)],
      }
    },
  }),
  route({
    method: 'GET',
    path: '/fleet/series',
    summary: 'What the workers told of themselves in the last minutes, up to a day: rates, how long messages waited, what changed',
    resource: 'fleet',
    action: 'read',
    query: z.object({
      minutes: z.coerce
        .number()
        .min(0.1)
        .max(minutesMax)
        .default(minutesDefault)
        .describe('Up to 1.6 it is told by seconds, up to 16 by tens of seconds, then by minutes, 180 rows at most'),
    }),
    answer: z
      .object({
        since: instant.describe('Since when this gateway listens; what is older was kept in the history'),
        stepMs: z.number(),
        rows: z.array(step).describe('The oldest first, steps that are over; what is not there nobody heard'),
        marks: z.array(mark),
        workers: z.array(line).describe('Each over the last minute and a half'),
      })
      .meta({ examples: [seriesExample] }),
    run: async ({ parts, query: { minutes } }) => {
      const watch = await fleetWatchOf(parts)
      const { stepMs, rows } = watch.rows(minutes)
      return {
        since: watch.since,
        stepMs,
        rows: [...rows],
        marks: [...watch.marks(Date.now() - minutes * 60_000)],
        workers: watch.workers().map(({ turns, ...one }) => ({ ...one, turns: [...turns] })),
      }
    },
  }),
  route({
    method: 'POST',
    path: '/fleet/workers/:id/drain',
    summary: 'Make a worker give its partitions back and get none, while it stays alive; or let it have some again',
    resource: 'fleet',
    action: 'administer',
    params: z.object({ id: z.string().min(1).max(128) }),
    body: z.strictObject({ undo: z.boolean().default(false) }).meta({ examples: [{ undo: false }] }),
    answer: z.object({ drained: z.array(z.string()) }).meta({ examples: [{ drained: ['w1'] }] }),
    run: (call) =>
      once(call, { operation: 'POST /fleet/workers/:id/drain', what: { ...call.params, ...call.body } }, async () => {
        const { parts, params, body } = call
        const [alive, before] = [(await membersOf(parts)).map(({ id }) => id), await parts.ports.orders.read()]
        const known = body.undo ? before.drained : alive
        if (!known.includes(params.id))
          throw new ResourceMissing(
            `worker ${params.id}: it is not ${body.undo ? 'drained' : 'alive'}; those that are: ${known.join(', ') || 'none'}`,
          )
        if (!body.undo && before.drained.length >= drainedMax)
          throw new ResourceConflict(
            `draining ${params.id}: ${before.drained.length} workers are drained already; undo those that are gone`,
          )
        const after = await parts.ports.orders.change((body.undo ? undoDrain : orderDrain)(params.id))
        return { drained: [...after.drained] }
      }),
  }),
]

const pausedIn = ({ paused = {} }: FleetOrders): string[] => Object.keys(paused)

const workerOf = (
  { id, version, owned, draining, startedAt, host, pid, types, load, partitions, deployment }: Member,
  watch: Pick<FleetWatch, 'drainOf' | 'heardAt'>,
) => ({
  id,
  version,
  owned: [...owned],
  draining,
  startedAt,
  host,
  pid,
  types: [...types],
  load,
  partitions: [...partitions],
  deployment,
  heardAt: watch.heardAt(id),
  drain: watch.drainOf(id),
})
