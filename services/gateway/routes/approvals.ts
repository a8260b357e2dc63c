// Approval routes
// Who waits for a person, for what and until when; and what the person says.
//
// A1. What is shown was asked of the actor itself a moment ago: the history only says where to look.
// A2. Nothing is sent to an actor that does not wait for it: it is told so, and what became of what it waited for.
// A3. Who says something is answered by the actor: of two at once, one decides and the other hears so.
import { z } from 'zod'
import { AskRefused, type ActorEvent, type ActorState } from '../../../client/index.ts'
import type { Address } from '../../../machines/address.ts'
import type { PersonDecision } from '../../../machines/agent-approval.ts'
import { person } from '../../../machines/task-record.ts'
import { readWaiting, type WaitingActor } from '../../history/read-waiting.ts'
import { ApprovalAnswered, ApprovalExpired, RequestInvalid } from '../errors.ts'
import { idFrom, once } from '../idempotency.ts'
import type { GatewayParts } from '../parts.ts'
import { route, type Call } from '../route.ts'
import { humanStatesOf } from '../run/human-states.ts'
import { awaitingApproval, editsOf, fieldOf, textIn, waitingCalls } from '../run/waiting-calls.ts'
import { tenantQuery } from '../server.ts'
import { actorFor, id as idShape, idCharactersMax, instant, name, notAccepted, pageOf, pageQuery } from './shapes.ts'

const needsHuman = 'needs-human'
const agentTypes = 'agent-'
const addressCharactersMax = 400
const reasonCharactersMax = 500
const answerCharactersMax = 8_000
const usdMax = 1_000
const tokensMax = 10_000_000
const editsMax = 20
/** An actor decides within a turn. */
const answerMs = 5_000

const waiting = z
  .object({
    actor: z.string(),
    taskId: z.string().optional(),
    step: z.string().describe('What is waited for'),
    kind: z
      .enum(['approval', 'budget', 'task', 'other'])
      .describe('approval: calls of tools; budget: more money or tokens; task: whether and how it goes on'),
    calls: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          arguments: z.unknown(),
          needsApproval: z.boolean().describe('False: it runs with the others, and needs nobody by itself'),
          schema: z.unknown().optional().describe('JSON schema of the arguments'),
        }),
      )
      .optional(),
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
        calls: [{ id: 'call-1', name: 'delete-file', arguments: { file: 'old.md' }, needsApproval: true }],
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
    reason: z.string().max(reasonCharactersMax).optional().describe('Of a denial: the agent is told'),
    editedArgs: z
      .record(z.string().min(1).max(idCharactersMax), z.record(z.string(), z.unknown()))
      .refine((edits) => Object.keys(edits).length <= editsMax, `at most ${editsMax} calls`)
      .optional()
      .describe('Whole arguments by the id of the call, in place of those that were shown; what was hidden and is left alone stays'),
    addUsd: z.number().min(0).max(usdMax).optional().describe('For an agent whose budget is used up'),
    addTokens: z.int().min(0).max(tokensMax).optional(),
    answer: z.string().min(1).max(answerCharactersMax).optional().describe('For a task: the answer itself, in place of one by agents'),
  })
  .meta({
    examples: [
      { actor: 'main/agent-reviewer/42.1', decision: 'approve', call: 'call-1', editedArgs: { 'call-1': { file: 'older.md' } } },
      { actor: 'main/agent-reviewer/42.1', decision: 'deny', call: 'call-1', reason: 'it is still needed' },
    ],
  })

const heard = z
  .object({ ok: z.literal(true), sent: z.string(), edited: z.array(z.string()).optional().describe('Calls that run with other arguments') })
  .meta({ examples: [{ ok: true, sent: 'approve', edited: ['call-1'] }] })

export const approvalRoutes = [
  route({
    method: 'GET',
    path: '/approvals',
    summary: 'Tasks and agents that wait for a person, the longest waiting first',
    resource: 'approvals',
    action: 'read',
    query: pageQuery.extend({ task: idShape.optional().describe('Only this task and the agents that work for it') }),
    answer: pageOf(waiting),
    run: async ({ parts, tenant, query: { task, after, limit } }) => {
      const agentStates = humanStatesOf(parts.definitions).topStates((type) => type.startsWith(agentTypes))
      const page = await readWaiting(parts.orm, { tenant, agentStates, task, after, limit })
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
    answer: heard,
    run: (call) =>
      once(call, { operation: 'POST /approvals', what: call.body }, async () => {
        const { parts, tenant, body } = call
        const address = actorFor(body.actor, tenant)
        const state = await parts.client.query(address)
        const event = state.tags.includes(needsHuman) ? eventFor(address.type, state, call) : undefined
        const would = event && (await parts.client.dryRun(address, event))
        if (!event || !would?.handled) throw notWaited(body, await parts.client.query(address)) // A2
        return { ok: true as const, sent: event.type, ...(await say(call, { address, state, event })) }
      }),
  }),
]

type Saying = Pick<Call<undefined, undefined, typeof said>, 'parts' | 'tenant' | 'body' | 'caller' | 'requestId' | 'idempotencyKey'>

interface Word {
  readonly address: Address
  readonly state: ActorState
  readonly event: ActorEvent
}

/** A3. More budget, and a cancel, are no decisions: the agent takes each of them. */
async function say(call: Saying, { address, state, event }: Word): Promise<{ readonly edited?: string[] }> {
  const { parts, requestId, body } = call
  const correlation = taskIn(address.type, state, address.key) ?? requestId // what follows stays filed under the task
  const options = { id: `approval.${idFrom(call, 'POST /approvals', () => requestId)}`, correlation }
  if (event.type === 'budget.add' || event.type === 'cancel') {
    await parts.client.send(address, event, options)
    return {}
  }
  const value = await parts.client.ask(address, event, { ...options, deadlineMs: answerMs }).catch(async (error: unknown) => {
    throw error instanceof AskRefused && error.code === notTaken ? notWaited(body, await parts.client.query(address)) : error
  })
  if (fieldOf(value, 'ok') === false && textIn(value, 'code') === nothingToApprove)
    throw notAccepted(`${body.decision} for ${body.actor}: ${nothingToApprove}: ${textIn(value, 'reason') ?? ''}`)
  if (hasEnded(event, value)) throw notWaited(body, await parts.client.query(address))
  const edited = fieldOf(value, 'edited')
  return Array.isArray(edited) && edited.length > 0 ? { edited: edited.map(String) } : {}
}

/** An actor that has ended says what came of it, whatever it is asked: of a word to a task that may be the word's own end. */
function hasEnded({ type }: ActorEvent, value: unknown): boolean {
  if (type === 'approve' || type === 'deny') return textIn(value, 'decision') === undefined
  const end = textIn(value, 'end')
  const isOwn = type === 'task.deny' ? end === 'failed' : type === 'task.answer' && textIn(value, 'agent') === person
  return end !== undefined && !isOwn
}

const notTaken = 'TR_EVENT_NOT_ACCEPTED'
const nothingToApprove = 'TR_TASK_NOTHING_TO_APPROVE'

type Said = z.output<typeof said>

/** Why a word comes to nothing. */
function notWaited({ actor, decision, call }: Said, state: ActorState): Error {
  const { context, status, value, tags } = state
  const doing = `${decision} for ${actor}`
  const made = tags.includes(needsHuman) && call === undefined ? undefined : decisionIn(context, call)
  const when = made && `${new Date(made.at).toISOString()}${made.by === undefined ? '' : ` by ${made.by}`}`
  if (made?.decision === 'expired') return new ApprovalExpired(`${doing}: the time for it was over at ${when}; give the task again`)
  if (made) return new ApprovalAnswered(`${doing}: it was ${made.decision} at ${when}; GET /v1/approvals lists what still waits`)
  const isAnswered = fieldOf(context, 'approved') === true || textIn(fieldOf(context, 'answer'), 'agent') === person
  if (isAnswered) return new ApprovalAnswered(`${doing}: a person has let it go on or answered it already`)
  const ended = status === 'active' ? '' : `; it has ended${typeof value === 'string' ? ` as ${value}` : ''}`
  return notAccepted(`${doing}: it waits for no person to decide that now${ended}; GET /v1/approvals lists who does`)
}

/** What became of the calls that waited last; of these, where `call` names one of them. */
function decisionIn(context: unknown, call: string | undefined): PersonDecision | undefined {
  const made = decisionShape.safeParse(fieldOf(context, 'decided')).data
  if (!made || (call !== undefined && !made.calls.includes(call))) return undefined
  const { by, ...rest } = made
  return { ...rest, ...(by !== undefined && { by }) }
}

const decisionShape = z.object({
  decision: z.enum(['approved', 'denied', 'expired']),
  calls: z.array(z.string()),
  at: z.number(),
  by: z.string().optional(),
})

/** Undefined: it waits no longer, or cannot be asked now. */
async function askedOf(
  { client, definitions }: GatewayParts,
  { actor, type, since, why }: WaitingActor,
): Promise<z.input<typeof waiting> | undefined> {
  const state = await client.query(actor).catch(() => undefined)
  if (!state?.tags.includes(needsHuman)) return undefined
  const calls = waitingCalls(state, definitions).map(({ shown, id, ...call }) => ({
    ...call,
    id: id.slice(0, idCharactersMax),
    arguments: shown,
  }))
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

function kindOf({ value }: ActorState): z.input<typeof waiting>['kind'] {
  if (value === awaitingApproval) return 'approval'
  return value === paused ? 'budget' : 'other'
}

function stepOf(state: ActorState, calls: readonly { readonly name: string }[]): string {
  if (state.value === awaitingApproval) return `approval of ${calls.map((one) => one.name).join(', ')}`
  if (state.value === paused) return textIn(fieldOf(state.context, 'refusal'), 'reason') ?? 'more budget: its own is used up'
  return typeof state.value === 'string' ? state.value : JSON.stringify(state.value)
}

/** What says that to an actor of this type in this state. Throws `RequestInvalid`. */
function eventFor(type: string, state: ActorState, { body, caller, parts }: Saying): ActorEvent {
  const { decision, call, reason, addUsd, addTokens, answer, editedArgs = {} } = body
  const why = reason === undefined ? {} : { reason }
  const edits = Object.keys(editedArgs).length
  if (edits > 0 && (state.value !== awaitingApproval || type === 'task' || decision === 'deny'))
    throw new RequestInvalid(`${decision} for ${body.actor}: only calls of tools that are approved have arguments to edit`, [
      'editedArgs: not here',
    ])
  if (type === 'task') {
    if (decision === 'deny') return { type: 'task.deny', ...why }
    return answer === undefined ? { type: 'task.approve' } : { type: 'task.answer', text: answer }
  }
  if (state.value === paused) {
    if (decision === 'deny') return { type: 'cancel', reason: reason ?? 'a person gives it no more budget' }
    if (addUsd === undefined && addTokens === undefined)
      throw new RequestInvalid('approving an agent whose budget is used up: say how much more it gets', ['addUsd or addTokens: missing'])
    return { type: 'budget.add', usd: addUsd ?? 0, tokens: addTokens ?? 0 }
  }
  const common = { ...(call !== undefined && { call }), by: caller.id }
  if (decision === 'deny') return { type: 'deny', ...common, ...why }
  const isForThese = call === undefined || call === waitingCalls(state, parts.definitions)[0]?.id // else it is told that they are others
  const changed = edits > 0 && isForThese ? editsOf(waitingCalls(state, parts.definitions), editedArgs, body.actor) : []
  return { type: 'approve', ...common, ...(changed.length > 0 && { edits: changed }) }
}
