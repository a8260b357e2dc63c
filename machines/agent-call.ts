// Agent call
// What a model call may cost before it is made and what it has cost after: the words of an agent to the budgets of its tenant. Pure.
import { parseActorId } from './address.ts'
import { numberIn, type AgentContext } from './agent-record.ts'
import { refTo, type AnyRef } from './authoring.ts'
import {
  budgetsOf,
  budgetText,
  type BudgetRefused,
  type BudgetRelease,
  type BudgetReserve,
  type BudgetSettle,
  type CallSize,
} from './budget.ts'
import { metaOf, timeOf } from './message.ts'

/** What an answer is limited to: without a limit no call would have a largest cost. */
export const answerTokensMax = 4_096
/** Low on purpose: English has four or five, and in other scripts a character of three bytes may be a token. */
const bytesPerToken = 3
/** For the description of a tool and its arguments. */
const toolTokens = 400
const idTaskCharactersMax = 60

export const budgetRef = ({ supervisor }: AgentContext): AnyRef => refTo(budgetsOf(parseActorId(supervisor)?.tenant ?? ''))

/** Its id is of this turn, so that an agent that starts again never goes by a reservation of its former life; of its chance and not its time, so that a fork asks alike. */
export function reservationFor(context: AgentContext, event: object): BudgetReserve {
  const { taskId, executionId, turns, failures, profile, run } = context
  const chance = Math.floor((metaOf(event)?.random ?? 0) * 2 ** 32)
  const name = executionId.slice(-idTaskCharactersMax).toWellFormed()
  const id = `${name}/${turns + 1}.${failures}/${chance.toString(36)}`
  return { type: 'budget.reserve', id, agent: profile.name, run: run ?? taskId, call: callSizeOf(context) }
}

/** An upper estimate. */
function callSizeOf({ opening, steps, profile }: AgentContext): CallSize {
  const { model, tools, answerSchema } = profile
  const bytes = new TextEncoder().encode(JSON.stringify([opening, steps, answerSchema])).length
  const inputTokens = Math.ceil(bytes / bytesPerToken) + tools.length * toolTokens
  return { ...(model !== undefined && { model }), inputTokens, outputTokens: answerTokensMax }
}

/** By the event that ends the call, or the wait for the answer: a call is settled; what was asked for and may still be granted is given back. */
export function endingOf(
  { reservation: id }: AgentContext,
  event: { readonly type: string },
  held: boolean,
): BudgetSettle | BudgetRelease | undefined {
  if (id === undefined || event.type === 'budget.refused') return undefined
  if (!held) return { type: 'budget.release', id }
  const usd = costOf(event)
  return { type: 'budget.settle', id, ...(usd !== undefined && { usd }) }
}

/** What a call has cost, by the event that ended it; undefined: nobody knows. A failure that cost nothing says so itself: `costUsd`. */
function costOf(event: object): number | undefined {
  const cost =
    'output' in event
      ? numberIn(fieldOf(event.output, 'usage'), 'costUsd')
      : 'error' in event
        ? numberIn(event.error, 'costUsd')
        : undefined
  return cost !== undefined && cost >= 0 && Number.isFinite(cost) ? cost : undefined
}

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined

export const isUsedUp = ({ exceeded }: BudgetRefused): boolean => exceeded !== undefined

/** Why it is paused: its own limits, or a budget of its tenant. */
export const pausedStep = ({ refusal }: AgentContext): string =>
  refusal?.exceeded ? `budget of ${budgetText(refusal.exceeded)} used up` : 'budget used up'

export function pausedReason({ refusal, usage, limits }: AgentContext): string {
  if (refusal) return refusal.reason
  const tokens = usage.inputTokens + usage.outputTokens
  return `the budget of ${limits.budgetUsd} USD and ${limits.tokensMax} tokens is used up (${usage.costUsd} USD, ${tokens} tokens)`
}

/** When the budget that refused begins anew; later than a person may take when it does not. */
export function untilNewPeriod({ refusal, limits }: AgentContext, event: object): number {
  const resetsAt = refusal?.exceeded?.resetsAt
  return resetsAt === undefined ? limits.personMs * 2 : Math.max(1, resetsAt - timeOf(event))
}
