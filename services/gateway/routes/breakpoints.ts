// Breakpoint routes
// Where every actor of a type stands still, those included that are born later. Of a single actor: actor-debug.ts.
import { z } from 'zod'
import { breakpointsFault, breakpointsMax, holdMsMax, type Breakpoint, type TypeBreakpoint } from '../../../machines/debug.ts'
import { missingState } from '../../../runtime/hold.ts'
import { orderBreakpoints } from '../../../runtime/orders.ts'
import type { FleetOrders } from '../../../runtime/ports.ts'
import { RequestInvalid } from '../errors.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { breakpoint } from './actor-params.ts'
import { hostOf, typeParams as params } from './machine-host.ts'
import { instant, tenantFor } from './shapes.ts'

const standMsDefault = 1_800_000
const holdMsDefault = 300_000
const lengthOf = (what: string, msDefault: number) => z.int().min(1_000).max(holdMsMax).default(msDefault).describe(what)

const standing = z
  .object({
    tenant: z.string(),
    type: z.string(),
    rows: z.array(breakpoint.extend({ by: z.string(), until: instant, holdMs: z.int() })),
  })
  .meta({
    examples: [
      {
        tenant: 'main',
        type: 'agent-researcher',
        rows: [{ id: 'paused', on: 'state', match: 'agent.paused', by: 'ann', until: 1_795_176_002_140, holdMs: 300_000 }],
      },
    ],
  })

const wanting = z
  .object({
    breakpoints: z.array(breakpoint).max(breakpointsMax),
    forMs: lengthOf('They are gone after so many milliseconds', standMsDefault),
    holdMs: lengthOf('An actor that reached one stands still for so many milliseconds at most', holdMsDefault),
  })
  .meta({ examples: [{ breakpoints: [{ id: 'paused', on: 'state', match: 'agent.paused' }], forMs: 1_800_000, holdMs: 300_000 }] })

export const breakpointRoutes = [
  route({
    method: 'GET',
    path: '/machines/:type/breakpoints',
    summary: 'Where every actor of a type of a tenant stands still',
    resource: 'agents',
    action: 'read',
    params,
    query: tenantQuery,
    answer: standing,
    run: async ({ params: { type }, tenant: asked, parts }) => {
      hostOf(parts, type, undefined)
      const of = { tenant: tenantFor(asked, parts), type, now: parts.ports.clock.now() }
      return standingIn(await parts.ports.orders.read(), of)
    },
  }),
  route({
    method: 'PUT',
    path: '/machines/:type/breakpoints',
    summary: 'Sets the breakpoints of every actor of a type of a tenant, in place of those before; an empty list takes them away',
    resource: 'agents',
    action: 'debug',
    params,
    query: tenantQuery,
    body: wanting,
    answer: standing,
    run: async ({ params: { type }, body: { breakpoints, forMs, holdMs }, tenant: asked, caller, parts }) => {
      const host = hostOf(parts, type, undefined)
      const fault = breakpointsFault(breakpoints) ?? missingState(host, breakpoints)
      if (fault !== undefined) throw new RequestInvalid(`breakpoints of ${type}: ${fault}`, [`breakpoints: ${fault}`])
      const now = parts.ports.clock.now()
      const of = { tenant: tenantFor(asked, parts), type, now }
      const standsUntil = now + forMs
      const orders = await parts.ports.orders.change((before) => {
        const stood = standingIn(before, of).rows
        // One that stood already stays that of whoever set it first.
        const byOf = ({ on, match }: Breakpoint): string => stood.find((one) => one.on === on && one.match === match)?.by ?? caller.id
        const wanted = breakpoints.map((one): TypeBreakpoint => ({
          ...one,
          tenant: of.tenant,
          type,
          by: byOf(one),
          until: standsUntil,
          holdMs,
        }))
        return orderBreakpoints(of, wanted)(before)
      })
      return standingIn(orders, of)
    },
  }),
]

const standingIn = (
  { breakpoints = [] }: FleetOrders,
  { tenant, type, now }: { readonly tenant: string; readonly type: string; readonly now: number },
): z.input<typeof standing> => ({
  tenant,
  type,
  rows: breakpoints
    .filter((one) => one.tenant === tenant && one.type === type && one.until > now)
    .map(({ id, on, match, by, until, holdMs }) => ({ id, on, match, by, until, holdMs })),
})
