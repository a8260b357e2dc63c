// Agent record
// What an agent keeps about its work, and what it makes of that: whether it may go on, how long it waits, its output. Pure.
import {
  addUsage,
  noUsage,
  type AgentInput,
  type AgentOutput,
  type ModelAnswer,
  type ModelMessage,
  type ModelToolCall,
  type ToolAnswer,
} from './agent-task.ts'
import { withNotes, type PersonDecision } from './agent-approval.ts'
import type { BudgetRefused } from './budget.ts'
import { addSources, citationsOf, toolMessages, trimSteps } from './agent-words.ts'
import type { AgentFact, CitationFact, UsageFact } from './task-events.ts'

const backoffBaseMs = 500
const backoffMaxMs = 60_000

export interface AgentContext extends AgentInput {
  readonly sources: readonly CitationFact[]
  readonly passages: string
  readonly opening: readonly ModelMessage[]
  /** What the model and its tools have said since the opening. */
  readonly steps: readonly ModelMessage[]
  /** Calls of the latest answer that have not been run. */
  readonly calls: readonly ModelToolCall[]
  readonly answer: string
  readonly finish: ModelAnswer['finish']
  readonly usage: UsageFact
  readonly turns: number
  /** Failed tries of the present model call. */
  readonly failures: number
  /** How long the model's provider asked to be left alone. */
  readonly askedToWaitMs: number
  readonly corrections: number
  readonly leftMs: number
  readonly workingSince: number
  readonly model: string
  readonly offline: boolean
  readonly reason: string | undefined
  readonly failed: 'agent' | 'model'
  readonly retryable: boolean
  /** The id of what is reserved for the present model call, or asked for. */
  readonly reservation?: string | undefined
  /** Those of the present calls whose arguments a person changed, as they run. */
  readonly edited?: readonly ModelToolCall[] | undefined
  /** What became of the calls that waited for a person last. */
  readonly decided?: PersonDecision | undefined
  /** What its tenant's budgets said when it was paused. */
  readonly refusal?: BudgetRefused | undefined
}

export const unbegun = (input: AgentInput): AgentContext => ({
  ...input,
  sources: input.task.sources ?? [],
  passages: '',
  opening: [],
  steps: [],
  calls: [],
  answer: '',
  finish: 'stop',
  usage: noUsage,
  turns: 0,
  failures: 0,
  askedToWaitMs: 0,
  corrections: 0,
  leftMs: input.limits.deadlineMs,
  workingSince: input.at,
  model: '',
  offline: false,
  reason: undefined,
  failed: 'agent',
  retryable: false,
})

/** After an answer of the model: said, counted, its calls still to be run. */
export function answered(context: AgentContext, answer: ModelAnswer): Partial<AgentContext> {
  const { text, toolCalls, finish, model, offline } = answer
  const { inputTokens, outputTokens, costUsd = 0 } = answer.usage
  const said: ModelMessage = { role: 'assistant', content: text, ...(toolCalls.length > 0 && { toolCalls }) }
  return {
    steps: trimSteps(context.opening, [...context.steps, said]),
    calls: toolCalls,
    answer: text,
    finish,
    usage: addUsage(context.usage, { ...noUsage, inputTokens, outputTokens, costUsd, llmCalls: 1 }),
    turns: context.turns + 1,
    failures: 0,
    model,
    offline,
  }
}

export function calledFact({ taskId, profile }: AgentContext, answer: ModelAnswer): AgentFact {
  const { model, offline, latencyMs, finish } = answer
  const { inputTokens, outputTokens, costUsd = 0 } = answer.usage
  return { type: 'llm.called', taskId, agent: profile.name, model, offline, inputTokens, outputTokens, costUsd, latencyMs, finish }
}

/** After the calls were run. */
export function acted(context: AgentContext, answers: readonly ToolAnswer[]): Partial<AgentContext> {
  const found = answers.flatMap((answer) => answer.citations)
  return {
    steps: trimSteps(context.opening, [...context.steps, ...toolMessages(withNotes(answers, context.edited ?? []))]),
    calls: [],
    edited: undefined,
    sources: addSources(context.sources, found),
    usage: addUsage(context.usage, { ...noUsage, toolCalls: answers.length }),
  }
}

export const failedOnce = (context: AgentContext, error: unknown): Partial<AgentContext> => ({
  failures: context.failures + 1,
  askedToWaitMs: Math.min(backoffMaxMs, numberIn(error, 'retryAfterMs') ?? 0),
})

/** Doubles with each failure, plus up to half of it by chance; never less than the provider asked for. */
export function backoffOf({ failures, askedToWaitMs }: AgentContext, random: number): number {
  const waitMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** (failures - 1))
  return Math.max(askedToWaitMs, Math.round(waitMs * (1 + random / 2)))
}

/** A model that costs nothing never uses up a budget of money. */
export const isBudgetUsedUp = ({ usage, limits }: AgentContext): boolean =>
  (usage.costUsd > 0 && usage.costUsd >= limits.budgetUsd) || usage.inputTokens + usage.outputTokens >= limits.tokensMax

export function outputOf(context: AgentContext): AgentOutput {
  const { reason, failed, usage, retryable, model, offline, limits, leftMs, answer } = context
  const common = { usage, workedMs: limits.deadlineMs - leftMs, model, offline }
  if (reason !== undefined) return { ok: false, answer: '', citations: [], reason, failed, retryable, ...common }
  return { ok: true, answer, citations: citationsOf(answer, context.sources), retryable: false, ...common }
}

/** Why it fails when nobody says anything about its calls. */
export const unheard = ({ limits: { personMs } }: AgentContext) => ({
  reason: `nobody approved or denied within ${personMs} ms`,
  retryable: false,
})

export const namesOf = (calls: readonly ModelToolCall[]): string => calls.map((call) => call.name).join(', ')

export const refusalsOf = (calls: readonly ModelToolCall[], text: string): ToolAnswer[] =>
  calls.map(({ id, name }) => ({ id, name, ok: false, text, citations: [] }))

/** How often a call that failed like this may be tried. Failures say so themselves: `retryable`, `attemptsMax`, `retryAfterMs`. */
export function triesMax(error: unknown, attemptsMax: number): number {
  if (!isRetryable(error)) return 1
  return Math.min(attemptsMax, numberIn(error, 'attemptsMax') ?? attemptsMax)
}

export const isRetryable = (error: unknown): boolean =>
  !(typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === false)

export function numberIn(error: unknown, field: string): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'number' ? value : undefined
}
