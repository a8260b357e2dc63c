// Fleet routes
// Who is alive, what each worker owns, what operators have ordered.
import { z } from 'zod'
import { drainedMax, orderDrain, undoDrain } from '../../../runtime/orders.ts'
import type { FleetOrders, Member } from '../../../runtime/ports.ts'
import { ResourceConflict, ResourceMissing } from '../errors.ts'
import { once } from '../idempotency.ts'
import { membersOf } from '../members.ts'
import { route } from '../route.ts'

const partitionLoad = z.object({
  partition: z.int(),
  epoch: z.int(),
  turnsPerSecond: z.number(),
  busyShare: z.number(),
  waiting: z.int(),
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
})

export const fleetRoutes = [
  route({
    method: 'GET',
    path: '/fleet',
    summary: 'Workers that are alive, the partitions they own, and what operators have ordered',
    resource: 'fleet',
    action: 'read',
    answer: z.object({ partitions: z.int(), workers: z.array(worker), pausedTenants: z.array(z.string()), drained: z.array(z.string()) }),
    run: async ({ parts }) => {
      const [members, orders] = await Promise.all([membersOf(parts), parts.ports.orders.read()])
      return {
        partitions: parts.ports.partitions,
        workers: members.toSorted((one, other) => (one.id < other.id ? -1 : 1)).map(workerOf),
        pausedTenants: pausedIn(orders),
        drained: [...orders.drained],
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

const workerOf = ({ id, version, owned, draining, startedAt, host, pid, types, load, partitions }: Member) => ({
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
})
