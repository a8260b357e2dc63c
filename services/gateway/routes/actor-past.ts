// Actor past routes
// The turns of an actor, and what it was after each of them. What it asked of the world is in actor-calls.ts.
import { z } from 'zod'
import type { ActorId } from '../../../machines/address.ts'
import type { StoredFork } from '../../../machines/fork.ts'
import { redact } from '../../../machines/redact.ts'
import type { Trace } from '../../../runtime/statechart/index.ts'
import { turnPage, turnSpan } from '../../history/read-turns.ts'
import { acceptedIn } from '../../inspector/moments/accepted.ts'
import { difference } from '../../inspector/moments/difference.ts'
import { mailboxAt } from '../../inspector/moments/mailbox.ts'
import { unprojectedTurns } from '../../inspector/moments/unprojected.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'
import { accepted, actorParams, child, hold, machineShape, namedActor, shownChildren, shownTimers, timer } from './actor-params.ts'

const limitDefault = 50
const limitMax = 200

const turnNumber = z.coerce.number().int().min(1)

const trace = z.object({
  machine: machineShape,
  edges: z.array(z.string()).describe('Ids of the transitions taken, as in the chart'),
  entered: z.array(z.string()),
  exited: z.array(z.string()),
  guards: z.array(z.object({ name: z.string(), params: z.unknown().optional(), result: z.boolean() })),
  actions: z.array(z.string()),
})

const moment = z.object({
  actor: z.string(),
  turn: z.int(),
  at: z.number(),
  event: z.looseObject({ type: z.string() }).describe('What it took; secrets hidden'),
  message: z.string(),
  from: z.string().optional(),
  value: z.unknown(),
  context: z.unknown(),
  status: z.string(),
  tags: z.array(z.string()),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  children: z.record(z.string(), child),
  timers: z.record(z.string(), timer),
  hold: hold.optional(),
  fork: z
    .object({
      of: z.string(),
      turn: z.int(),
      diverged: z.string().optional().describe('The first thing it did that its original had not done'),
    })
    .optional()
    .describe('It is a fork of that actor, and began after that turn'),
  machine: machineShape,
  trace: trace.optional().describe('What happened inside the turn; absent where this build has another version of the machine'),
  diff: z
    .array(z.array(z.unknown()))
    .describe('What changed since the turn before: operations on the stored state, as `watch` with detail tells them'),
  mailbox: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        from: z.string().optional(),
        turn: z.int().optional(),
        at: z.number().optional(),
        known: z.enum(['state', 'sent', 'stored']),
      }),
    )
    .describe('Messages that certainly waited then; docs/debugging.md says which are not here'),
  accepts: z.array(accepted),
  first: z.int().describe('The first turn that the history knows'),
  last: z.int(),
})

export const actorPastRoutes = [
  route({
    method: 'GET',
    path: '/actors/:actor/history',
    summary: 'The turns of an actor, the newest first',
    resource: 'agents',
    action: 'read',
    params: actorParams,
    query: z.object({
      before: turnNumber.optional().describe('Only turns before this one'),
      limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault),
    }),
    answer: z.object({
      rows: z.array(
        z.object({
          turn: z.int(),
          at: z.number(),
          event: z.string(),
          from: z.string().optional(),
          state: z.unknown(),
          failure: z.string().optional().describe('The code of the dead letter, when the turn failed'),
          worker: z.string(),
          correlation: z.string().optional(),
        }),
      ),
      first: z.int(),
      last: z.int(),
    }),
    run: async ({ params, query: { before, limit }, caller, parts }) => {
      const { orm } = parts
      const { id } = namedActor(params.actor, caller)
      const [span, rows] = await Promise.all([turnSpan(orm, id), turnPage(orm, id, { before, limit })])
      if (!span) return justBorn(parts, id, { ...(before !== undefined && { before }), limit })
      return { rows: [...rows], ...span }
    },
  }),
  route({
    method: 'GET',
    path: '/actors/:actor/moments/:turn',
    summary: 'What an actor was after one of its turns, and what happened in it',
    resource: 'agents',
    action: 'read',
    params: actorParams.extend({ turn: turnNumber }),
    answer: moment,
    run: async ({ params: { actor, turn }, caller, parts }) => {
      const { id, address } = namedActor(actor, caller)
      const { past, hosts } = inspectionOf(parts)
      const found = await past.at(id, turn)
      const { moment: then, before, span } = found
      const { stored } = then
      const { name, version, hash } = stored.definition
      const host = hosts.get(address.type)
      const knows = host?.stamp.hash === hash && stored.status === 'active'
      return {
        actor: id,
        turn,
        at: then.at,
        event: shownEvent(then.event),
        message: then.message,
        ...(then.from !== undefined && { from: then.from }),
        value: stored.value,
        context: redact(stored.context),
        status: stored.status,
        tags: [...(then.description?.tags ?? [])],
        ...(stored.output !== undefined && { output: redact(stored.output) }),
        ...(stored.error !== undefined && { error: redact(stored.error) }),
        children: shownChildren(stored.children),
        timers: shownTimers(stored.timers),
        ...(stored.keeping.hold && { hold: { ...stored.keeping.hold, breakpoints: [...stored.keeping.hold.breakpoints] } }),
        ...(stored.keeping.fork && { fork: shownFork(stored.keeping.fork) }),
        machine: { name, version, hash },
        ...(then.trace && { trace: shownTrace(then.trace) }),
        diff: difference(before, stored).flatMap((operation) => (Array.isArray(operation) ? [operation] : [])),
        mailbox: [...(await mailboxAt(parts.orm, past.entries, found))],
        accepts: knows ? [...acceptedIn(host.definition, stored.value)] : [],
        ...span,
      }
    },
  }),
]

/** An actor that the projector has not come to yet: its turns stand at the end of the log. Throws `ResourceMissing`. */
async function justBorn(
  { ports }: GatewayParts,
  id: ActorId,
  { before = Infinity, limit }: { readonly before?: number; readonly limit: number },
) {
  const turns = await unprojectedTurns(ports, id)
  const [newest, oldest] = [turns[0], turns.at(-1)]
  if (!newest || !oldest) throw new ResourceMissing(`the history of ${id}: neither the history nor the end of the log knows a turn of it`)
  return { rows: turns.filter(({ turn }) => turn < before).slice(0, limit), first: oldest.turn, last: newest.turn }
}

const shownFork = ({ of, turn, diverged }: StoredFork) => ({ of, turn, ...(diverged !== undefined && { diverged }) })

/** Its type stays what it is. */
function shownEvent(event: { readonly type: string }) {
  const shown = redact(event)
  return { ...(typeof shown === 'object' && shown !== null ? shown : {}), type: event.type }
}

const shownTrace = ({ machine: { name, version, hash }, edges, entered, exited, guards, actions }: Trace) => ({
  machine: { name, version, hash },
  edges: [...edges],
  entered: [...entered],
  exited: [...exited],
  guards: guards.map(({ params, ...guard }) => ({ ...guard, ...(params !== undefined && { params: redact(params) }) })),
  actions: [...actions],
})
