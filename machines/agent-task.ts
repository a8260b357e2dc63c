// Agent task
// What an agent is told, what it gives back, and the words it exchanges with a model and its tools.
// The model's words have the shapes of actors/ports.ts, which stands on a higher floor; the compiler compares them where effects are provided.
import type { ActorId } from './address.ts'
import type { CitationFact, TaskType, UsageFact } from './task-events.ts'

/** An agent kind: one of these and a line in the roster make a new agent. */
export interface AgentProfile {
  readonly name: string
  readonly version: string
  /** The start of the system message. */
  readonly instructions: string
  /** The steps this agent goes through, in order: its plan for any task. */
  readonly approach: readonly string[]
  /** Names of the tools it may call. */
  readonly tools: readonly string[]
  /** Those of its tools whose every call a person must approve. */
  readonly approvals: readonly string[]
  readonly taskTypes: readonly TaskType[]
  readonly capabilities: readonly string[]
  /** Undefined: the model the worker is set to. */
  readonly model: string | undefined
  /** Its answer must be JSON of this schema. */
  readonly answerSchema?: AnswerSchema
}

export interface AnswerSchema {
  readonly name: string
  readonly schema: Readonly<Record<string, unknown>>
}

export interface AgentTask {
  readonly taskType: TaskType
  readonly prompt: string
  /** Path below `root`, for tasks about one file. */
  readonly file: string | undefined
  readonly root: string
  readonly collection: string
  /** What was said before in a conversation, oldest first. */
  readonly history: readonly Said[]
  /** What the answers in the prompt cite: it may cite them too. */
  readonly sources?: readonly CitationFact[]
}

export interface Said {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

export interface AgentLimits {
  /** Model calls that gave an answer. */
  readonly turnsMax: number
  readonly budgetUsd: number
  readonly tokensMax: number
  /** Time spent working; waiting for a person does not count. */
  readonly deadlineMs: number
  /** Tries of one model call, the first included. */
  readonly attemptsMax: number
  /** How long a person may take to approve, or to add to the budget. */
  readonly personMs: number
}

export const agentLimits: AgentLimits = {
  turnsMax: 12,
  budgetUsd: 1,
  tokensMax: 400_000,
  deadlineMs: 300_000,
  attemptsMax: 4,
  personMs: 86_400_000,
}

export interface AgentInput {
  readonly taskId: string
  readonly executionId: string
  /** The task that all of this is for, by its key: what its budget is counted by. Default: this one. */
  readonly run?: string
  /** Who is told of progress: the actor that started this one. */
  readonly supervisor: ActorId
  readonly profile: AgentProfile
  readonly task: AgentTask
  readonly limits: AgentLimits
  /** -10 to 10: of its model calls and tools in their pools. Default 0. */
  readonly priority?: number
  /** When it was started, epoch milliseconds. */
  readonly at: number
}

export interface AgentOutput {
  readonly ok: boolean
  readonly answer: string
  readonly citations: readonly CitationFact[]
  readonly usage: UsageFact
  readonly reason?: string
  /** Of a failure: its own, or that of the model it runs on. */
  readonly failed?: 'agent' | 'model'
  /** Whether another agent might do better: false after a cancel, a deadline, a person who did not answer, or a model that refuses for good. */
  readonly retryable: boolean
  /** Time spent working. */
  readonly workedMs: number
  readonly model: string
  readonly offline: boolean
}

/** Sent to the supervisor at each phase, and the way it learns the agent's address. */
export interface AgentProgress {
  readonly type: 'agent.progress'
  readonly executionId: string
  readonly step: string
  /** A person has to act before it goes on. */
  readonly waiting: boolean
  readonly usage: UsageFact
}

export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ModelToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string }

export interface ModelToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: unknown
}

export interface ModelAnswer {
  readonly text: string
  readonly toolCalls: readonly ModelToolCall[]
  readonly finish: 'stop' | 'tools' | 'length' | 'filtered'
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd: number | undefined }
  readonly model: string
  readonly offline: boolean
  readonly latencyMs: number
}

export interface RetrieveInput {
  readonly priority?: number
  readonly query: string
  readonly root: string
  readonly collection: string
}

/** `text` holds passages, each a line `[[file:from-to]]` and what stands there. */
export interface Retrieved {
  readonly text: string
  readonly citations: readonly CitationFact[]
}

export interface ThinkInput {
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly string[]
  readonly model: string | undefined
  readonly answerSchema?: AnswerSchema
  readonly priority?: number
}

export interface ActInput {
  readonly priority?: number
  readonly calls: readonly ModelToolCall[]
  /** Only these may be called. */
  readonly tools: readonly string[]
  readonly root: string
  readonly collection: string
}

/** One for every call, in order. */
export interface ToolAnswer {
  readonly id: string
  readonly name: string
  readonly ok: boolean
  readonly text: string
  readonly citations: readonly CitationFact[]
}

export const noUsage: UsageFact = { inputTokens: 0, outputTokens: 0, costUsd: 0, llmCalls: 0, toolCalls: 0 }

export const addUsage = (one: UsageFact, other: UsageFact): UsageFact => ({
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  costUsd: one.costUsd + other.costUsd,
  llmCalls: one.llmCalls + other.llmCalls,
  toolCalls: one.toolCalls + other.toolCalls,
})

/** What went wrong, in words, whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message
  return String(error)
}
