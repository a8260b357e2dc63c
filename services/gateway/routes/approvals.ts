// Approval routes
// Who waits for a person, for what and until when; and what the person says.
//
// A1. What is shown was asked of the actor itself a moment ago: the history only says where to look.
// A2. Nothing is sent to an actor that does not wait for it: it is told so.
import { z } from 'zod'
import { redact } from '../../../machines/redact.ts'
import type { ActorEvent, ActorState } from '../../../client/index.ts'
import { readWaiting, type WaitingActor } from '../../history/read-waiting.ts'
import { RequestInvalid } from '../errors.ts'
import { idFrom, once } from '../idempotency.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'
import { humanStatesOf } from '../run/human-states.ts'
import { tenantQuery } from '../server.ts'
import { actorFor, idCharactersMax, instant, name, notAccepted, pageOf, pageQuery } from './shapes.ts'

const needsHuman = 'needs-human'
const agentTypes = 'agent-'
const addressCharactersMax = 400
const reasonCharactersMax = 500
const answerCharactersMax = 8_000
const usdMax = 1_000
const tokensMax = 10_000_000

const waiting = z
  .object({
    actor: z.string(),
    taskId: z.string().optional(),
    step: z.string().describe('What is waited for'),
    kind: z
      .enum(['approval', 'budget', 'task', 'other'])
      .describe('approval: calls of tools; budget: more money or tokens; task: whether and how it goes on'),
    calls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.unknown() })).optional(),
    since: instant,
    expiresAt: instant.optional(),
  })
  .meta({
    examples: [
      {
        actor: 'main/agent-reviewer/42.1',
        taskId: '42',
        step: 'approval of delete-file',
        kind: 'approval',
        calls: [{ id: 'call-1', name: 'delete-file', arguments: { file: 'old.md' } }],
        since: 1_795_176_000_000,
        expiresAt: 1_795_262_400_000,
      },
    ],
  })

const said = z
  .strictObject({
    actor: z.string().min(1).max(addressCharactersMax),
    decision: z.enum(['approve', 'deny']),
    call: name.optional().describe('The first call that was shown: with it a late answer decides nothing else'),
    reason: z.string().max(reasonCharactersMax).optional(),
    addUsd: z.number().min(0).max(usdMax).optional().describe('For an agent whose budget is used up'),
    addTokens: z.int().min(0).max(tokensMax).optional(),
    answer: z.string().min(1).max(answerCharactersMax).optional().describe('For a task: the answer itself, in place of one by agents'),
  })
  .meta({ examples: [{ actor: 'main/agent-reviewer/42.1', decision: 'approve', call: 'call-1' }] })

export const approvalRoutes = [
  route({
    method: 'GET',
    path: '/approvals',
    summary: 'Tasks and agents that wait for a person, the longest waiting first',
    resource: 'approvals',
    action: 'read',
    query: pageQuery,
    answer: pageOf(waiting),
    run: async ({ parts, tenant, query: { after, limit } }) => {
      const agentStates = humanStatesOf(parts.definitions).topStates((type) => type.startsWith(agentTypes))
      const page = await readWaiting(parts.orm, { tenant, agentStates, after, limit })
      const asked = await Promise.all(page.rows.map((row) => askedOf(parts, row))) // A1
      return { rows: asked.filter((row) => row !== undefined), next: page.next }
    },
  }),
  route({
    method: 'POST',
    path: '/approvals',
    summary: 'Approve or deny what an actor waits for a person to decide',
    resource: 'approvals',
    action: 'operate',
    query: tenantQuery,
    body: said,
    answer: z.object({ ok: z.literal(true), sent: z.string() }).meta({ examples: [{ ok: true, sent: 'approve' }] }),
    run: (call) =>
      once(call, { operation: 'POST /approvals', what: call.body }, async () => {
        const { parts, tenant, body, requestId } = call
        const address = actorFor(body.actor, tenant)
        const state = await parts.client.query(address)
        const event = state.tags.includes(needsHuman) ? eventFor(address.type, state, body) : undefined
        const would = event && (await parts.client.dryRun(address, event))
        if (!event || !would?.handled)
          throw notAccepted(
            `${body.decision} for ${body.actor}: it waits for no person to decide that now; GET /v1/approvals lists who does`,
          ) // A2
        const correlation = taskIn(address.type, state, address.key) ?? requestId // what follows stays filed under the task
        await parts.client.send(address, event, { id: `approval.${idFrom(call, 'POST /approvals', () => requestId)}`, correlation })
        return { ok: true as const, sent: event.type }
      }),
  }),
]

/** Undefined: it waits no longer, or cannot be asked now. */
async function askedOf({ client }: GatewayParts, { actor, type, since, why }: WaitingActor): Promise<z.input<typeof waiting> | undefined> {
  const state = await client.query(actor).catch(() => undefined)
  if (!state?.tags.includes(needsHuman)) return undefined
  const calls = callsIn(state)
  const timer = Object.entries(state.timers).find(([timerId]) => timerId.includes('person'))
  return {
    actor,
    taskId: taskIn(type, state, actor.split('/').slice(2).join('/')),
    step: why ?? stepOf(state, calls),
    kind: type === 'task' ? 'task' : kindOf(state),
    ...(calls.length > 0 && { calls }),
    since: since.getTime(),
    expiresAt: timer?.[1].due,
  }
}

const taskIn = (type: string, { context }: Pick<ActorState, 'context'>, key: string): string | undefined =>
  type === 'task' ? key : textIn(context, 'taskId')

const paused = 'paused'
const awaitingApproval = 'awaitingApproval'

function kindOf({ value }: ActorState): z.input<typeof waiting>['kind'] {
  if (value === awaitingApproval) return 'approval'
  return value === paused ? 'budget' : 'other'
}

function stepOf(state: ActorState, calls: readonly { readonly name: string }[]): string {
  if (state.value === awaitingApproval) return `approval of ${calls.map((one) => one.name).join(', ')}`
  if (state.value === paused) return textIn(fieldOf(state.context, 'refusal'), 'reason') ?? 'more budget: its own is used up'
  return typeof state.value === 'string' ? state.value : JSON.stringify(state.value)
}

const callsShown = 20

function callsIn({ context, value }: ActorState): { id: string; name: string; arguments: unknown }[] {
  const calls = value === awaitingApproval ? fieldOf(context, 'calls') : undefined
  if (!Array.isArray(calls)) return []
  return calls.slice(0, callsShown).map((call: unknown) => ({
    id: (textIn(call, 'id') ?? '').slice(0, idCharactersMax),
    name: textIn(call, 'name') ?? '',
    arguments: redact(fieldOf(call, 'arguments')),
  }))
}

/** What says that to an actor of this type in this state. Throws `RequestInvalid`. */
function eventFor(
  type: string,
  { value }: ActorState,
  { decision, call, reason, addUsd, addTokens, answer }: z.output<typeof said>,
): ActorEvent {
  const why = reason === undefined ? {} : { reason }
  if (type === 'task') {
    if (decision === 'deny') return { type: 'task.deny', ...why }
    return answer === undefined ? { type: 'task.approve' } : { type: 'task.answer', text: answer }
  }
  if (value === paused) {
    if (decision === 'deny') return { type: 'cancel', reason: reason ?? 'a person gives it no more budget' }
    if (addUsd === undefined && addTokens === undefined)
      throw new RequestInvalid('approving an agent whose budget is used up: say how much more it gets', ['addUsd or addTokens: missing'])
    return { type: 'budget.add', usd: addUsd ?? 0, tokens: addTokens ?? 0 }
  }
  return { type: decision, ...(call !== undefined && { call }), ...(decision === 'deny' && why) }
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined

function textIn(value: unknown, field: string): string | undefined {
  const found = fieldOf(value, field)
  return typeof found === 'string' ? found : undefined
}
