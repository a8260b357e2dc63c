// Actor routes
// What an actor is now, and what can be sent to it. Which there are is in actor-list.ts, its past in actor-past.ts, its calls in actor-calls.ts, its family in actor-family.ts, what debugs it in actor-debug.ts.
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { AskRefused, ServerUnavailable, type ActorState } from '../../../client/index.ts'
import { partitionOf } from '../../../machines/address.ts'
import { redact } from '../../../machines/redact.ts'
import { refusals } from '../../../runtime/errors.ts'
import { earlierVersions, prepare, type Host } from '../../../runtime/statechart/index.ts'
import { readActor } from '../../history/read-actors.ts'
import { acceptedIn } from '../../inspector/moments/accepted.ts'
import type { Caller } from '../caller.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route, type Call } from '../route.ts'
import { actorDebugRoutes } from './actor-debug.ts'
import {
  accepted,
  actorParams,
  child,
  hold,
  machineShape,
  namedActor,
  shownChildren,
  shownTimers,
  timer,
  type NamedActor,
} from './actor-params.ts'
import { actorCallsRoutes } from './actor-calls.ts'
import { actorFamilyRoutes } from './actor-family.ts'
import { actorListRoutes } from './actor-list.ts'
import { actorPastRoutes } from './actor-past.ts'

const reasonCharactersMax = 8_000
const attemptsMax = 5
const attemptMs = 50

const actorNow = z.object({
  actor: z.string(),
  turn: z.int(),
  version: z.string(),
  value: z.unknown(),
  context: z.unknown().describe('Secrets hidden, long and deep values cut'),
  status: z.string(),
  tags: z.array(z.string()),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  children: z.record(z.string(), child),
  timers: z.record(z.string(), timer),
  hold: hold.optional(),
  waiting: z.array(z.object({ id: z.string(), type: z.string(), from: z.string().optional() })).describe('Messages that wait in its state'),
  machine: machineShape,
  accepts: z.array(accepted).describe('The events from outside that its present state names'),
  partition: z.int(),
  owner: z.string().optional().describe('The worker; none: nobody owns the partition at this moment'),
  gone: z.boolean().optional().describe('It could not be asked: this is what the history knows of its last turn'),
  why: z.string().optional().describe('Why it could not be asked'),
})

const would = z.object({
  handled: z.boolean(),
  parked: z.boolean().optional(),
  from: z.unknown(),
  to: z.unknown(),
  status: z.string(),
  sends: z.array(z.object({ to: z.string(), type: z.string() })),
  effects: z.array(z.object({ src: z.string() })),
  emits: z.array(z.string()),
})

export const actorRoutes = [
  ...actorListRoutes,
  route({
    method: 'GET',
    path: '/actors/:actor',
    summary: 'One actor as it is now, from the memory of its owner',
    resource: 'agents',
    action: 'read',
    params: actorParams,
    answer: actorNow,
    run: async ({ params, caller, parts }) => {
      const named = namedActor(params.actor, caller)
      try {
        return await answerOf(parts, named, await parts.client.query(named.id))
      } catch (error) {
        if (!(error instanceof AskRefused || error instanceof ServerUnavailable)) throw error
        return lastKnown(parts, named, error)
      }
    },
  }),
  route({
    method: 'POST',
    path: '/actors/:actor/events',
    summary: 'Sends an event, or says what it would do',
    resource: 'agents',
    action: 'operate',
    params: actorParams,
    body: z.object({
      event: z.looseObject({ type: z.string().min(1).max(256) }),
      dryRun: z.boolean().optional().describe('Nothing is sent'),
    }),
    answer: z.object({
      ok: z.boolean().describe('Of a dry run: whether the actor would take it'),
      message: z.string().optional().describe('The id of the message that was stored'),
      would: would.optional(),
      refused: z.object({ code: z.string(), message: z.string() }).optional().describe('Of a dry run: why it would be refused'),
    }),
    run: async (call) => {
      const named = namedActor(call.params.actor, call.caller)
      const event = vouchedFor(call.body.event, call.caller)
      if (call.body.dryRun) return rehearse(call.parts, named, event)
      const tried = await rehearsePatiently(call.parts, named, event)
      if (!tried.handled && !tried.parked) throw await notTaken(call.parts, named, event.type)
      const { id } = await call.parts.client.send(named.id, event, sendOptions(call))
      return { ok: true, message: id, would: wouldOf(tried) }
    },
  }),
  route({
    method: 'POST',
    path: '/actors/:actor/cancel',
    summary: 'Ends an actor, with a reason',
    resource: 'agents',
    action: 'operate',
    params: actorParams,
    body: z.object({ reason: z.string().max(reasonCharactersMax) }),
    answer: z.object({ ok: z.boolean(), message: z.string() }),
    run: async (call) => {
      const named = namedActor(call.params.actor, call.caller)
      await call.parts.client.query(named.id) // an actor that does not exist is said, not cancelled
      const { id } = await call.parts.client.cancel(named.id, call.body.reason, sendOptions(call))
      return { ok: true, message: id }
    },
  }),
  ...actorFamilyRoutes,
  ...actorPastRoutes,
  ...actorCallsRoutes,
  ...actorDebugRoutes,
]

/** Who decides about calls of tools is who asks us, whatever the event says (docs/tasks.md). */
const vouchedFor = <Event extends { readonly type: string }>(event: Event, { id }: Caller): Event =>
  (event.type === 'approve' || event.type === 'deny') && 'by' in event ? { ...event, by: id } : event

async function answerOf(parts: GatewayParts, { id, address }: NamedActor, state: ActorState) {
  const inspection = inspectionOf(parts)
  const host = hostOfVersion(inspection.hosts.get(address.type), state.version)
  const partition = partitionOf(address, parts.ports.partitions)
  const owner = await inspection.ownerOf(partition)
  return {
    actor: id,
    turn: state.turn,
    version: state.version,
    value: state.value,
    context: redact(state.context),
    status: state.status,
    tags: [...state.tags],
    ...(state.output !== undefined && { output: redact(state.output) }),
    ...(state.error !== undefined && { error: redact(state.error) }),
    children: shownChildren(state.children),
    timers: shownTimers(state.timers),
    ...(state.hold && { hold: { ...state.hold, breakpoints: [...state.hold.breakpoints] } }),
    waiting: state.waiting.map(({ id: message, type, from }) => ({ id: message, type, ...(from !== undefined && { from }) })),
    machine: { name: address.type, version: state.version, ...(host && { hash: host.stamp.hash }) },
    accepts: host && state.status === 'active' ? [...acceptedIn(host.definition, state.value)] : [],
    partition,
    ...(owner !== undefined && { owner }),
  }
}

/** The definition of the version that the actor runs on; undefined: this build has none. */
function hostOfVersion(newest: Host | undefined, version: string): Host | undefined {
  if (!newest || newest.stamp.version === version) return newest
  const earlier = earlierVersions(newest.definition).find((definition) => definition.version === version)
  return earlier && prepare(earlier)
}

/** What its last turn left, as far as the log still tells. Throws `ResourceMissing`, or why its owner could not say. */
async function lastKnown(parts: GatewayParts, { id, address }: NamedActor, error: AskRefused | ServerUnavailable) {
  const listed = await readActor(parts.orm, id)
  if (!listed) {
    if (error.code !== refusals.notBorn && error.code !== refusals.unknownType) throw error
    throw new ResourceMissing(`actor ${id}: there is none, and the history knows of none; GET /v1/actors lists them`)
  }
  const past = await inspectionOf(parts)
    .past.at(id, listed.turn)
    .catch(() => undefined) // the row is what is left then
  const stored = past?.moment.stored
  return {
    actor: id,
    turn: listed.turn,
    version: stored?.definition.version ?? '',
    value: listed.state,
    context: stored ? redact(stored.context) : null,
    status: stored?.status ?? listed.status,
    tags: [...(past?.moment.description?.tags ?? [])],
    children: stored ? shownChildren(stored.children) : {},
    timers: stored ? shownTimers(stored.timers) : {},
    waiting: [],
    machine: { name: address.type, version: stored?.definition.version ?? '', ...(stored && { hash: stored.definition.hash }) },
    accepts: [],
    partition: listed.partition,
    gone: true,
    why: `${error.code}: ${error.message}`,
  }
}

async function rehearse(parts: GatewayParts, { id }: NamedActor, event: { readonly type: string }) {
  try {
    const tried = await parts.client.dryRun(id, event)
    return { ok: tried.handled || tried.parked === true, would: wouldOf(tried) }
  } catch (error) {
    if (error instanceof AskRefused) return { ok: false, refused: { code: error.code, message: error.message } }
    throw error
  }
}

/** What was sent a moment ago may not be taken yet, and may lead to a state that takes the event: it is tried some times before it is refused. */
async function rehearsePatiently({ client }: GatewayParts, { id }: NamedActor, event: { readonly type: string }) {
  for (let attempt = 1; ; attempt++) {
    const tried = await client.dryRun(id, event)
    if (tried.handled || tried.parked || attempt === attemptsMax) return tried
    await delay(attemptMs)
  }
}

const wouldOf = ({ parked, sends, effects, emits, ...tried }: Awaited<ReturnType<GatewayParts['client']['dryRun']>>) => ({
  ...tried,
  ...(parked && { parked }),
  sends: [...sends],
  effects: [...effects],
  emits: [...emits],
})

async function notTaken(parts: GatewayParts, named: NamedActor, type: string): Promise<AskRefused> {
  const state = await parts.client.query(named.id)
  const host = hostOfVersion(inspectionOf(parts).hosts.get(named.address.type), state.version)
  const taken = host ? acceptedIn(host.definition, state.value).map((one) => one.type) : []
  const what = taken.length === 0 ? 'it takes nothing from outside now' : `it takes ${taken.join(', ')}`
  return new AskRefused(
    `sending ${type} to ${named.id}: no transition takes it in state ${JSON.stringify(state.value)}; ${what}`,
    refusals.notAccepted,
  )
}

/** The same key of the same caller is the same message: the server stores it once within its duplicate window. */
function sendOptions({ caller, idempotencyKey, requestId }: Pick<Call, 'caller' | 'idempotencyKey' | 'requestId'>) {
  if (idempotencyKey === undefined) return { correlation: requestId }
  const digest = createHash('sha256')
    .update(JSON.stringify([caller.tenant, caller.id, idempotencyKey]))
    .digest('hex')
  return { correlation: requestId, id: `http.${digest.slice(0, digestCharacters)}` }
}

const digestCharacters = 32
