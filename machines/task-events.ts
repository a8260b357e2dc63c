// Task events
// The facts that actors of the main job emit. The projector turns them into rows, the terminal and the inspector show them, nothing else depends on them.
import type { ActorId } from './address.ts'
import type { ModelChange } from './selection/changes.ts'
import type { SelectionPolicy } from './selection/types.ts'

/** The name of a kind of task: agents say which ones they do. */
export type TaskType = string
/** Those that the agents of the main job do. */
export const taskTypes = ['question', 'summary', 'table', 'review'] as const satisfies readonly TaskType[]

export interface CitationFact {
  readonly file: string
  readonly fromLine: number
  readonly toLine: number
}

export interface UsageFact {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
  readonly llmCalls: number
  readonly toolCalls: number
}

/**
 * The arms as the coordinator saw them when it chose, column by column: there are very many decisions, and this is most of what they weigh in the log.
 * Of an estimate there are three figures for each arm: its mean, and the lower and the upper end of its middle 90 %. Rounded to four digits.
 */
export interface CandidatesFact {
  /** Each `agent`, or `agent@model`. */
  readonly arms: readonly string[]
  /** Outcomes that counted for this task type, after forgetting. */
  readonly trials: readonly number[]
  readonly success: readonly number[]
  /** Absent, as cost and latency: nothing is known of any arm. Null: of this one. */
  readonly quality?: readonly (number | null)[]
  readonly costUsd?: readonly (number | null)[]
  readonly latencyMs?: readonly (number | null)[]
  /** The scores that were compared; null: a constraint excluded the arm. */
  readonly samples: readonly (number | null)[]
  /** Of being chosen first; null as its sample is. */
  readonly propensities: readonly (number | null)[]
  /** By arm, the constraint it did not meet. */
  readonly excluded?: Readonly<Record<string, string>>
}

/** One of the arms that a decision took: each has an outcome of its own. */
export interface ChosenFact {
  readonly decisionId: string
  readonly arm: string
  readonly propensity: number
  /** The calibrated mean success: what its outcome is compared with. */
  readonly predicted: number
  /** The same before calibration, which learns from it. */
  readonly raw?: number
}

export type TaskFact =
  | {
      readonly type: 'task.submitted'
      readonly taskId: string
      readonly taskType: TaskType
      readonly prompt: string
      readonly file?: string
      /** The task of which it is a step. */
      readonly parent?: string
      readonly priority?: number
      /** Its rule and size, such as `vote 3`. */
      readonly team?: string
    }
  | {
      readonly type: 'task.assigned'
      readonly taskId: string
      readonly executionId: string
      readonly agent: string
      readonly agentActor: ActorId
      /** Absent when no coordinator answered, and the first agent that does this kind of task was taken. */
      readonly decisionId?: string
      readonly why: string
      readonly model?: string
      /** As the coordinator predicted it. */
      readonly predicted?: { readonly success: number; readonly costUsd?: number; readonly latencyMs?: number }
    }
  | {
      readonly type: 'task.planned'
      readonly taskId: string
      readonly executionId: string
      readonly steps: readonly { readonly id: string; readonly taskType: TaskType; readonly after: readonly string[] }[]
    }
  /** A person is asked. */
  | { readonly type: 'task.escalated'; readonly taskId: string; readonly why: string }
  /** The person lets it go on. */
  | { readonly type: 'task.approved'; readonly taskId: string; readonly why: string }
  | {
      readonly type: 'execution.finished'
      readonly taskId: string
      readonly executionId: string
      readonly agent: string
      readonly ok: boolean
      readonly reason?: string
      readonly usage: UsageFact
      readonly durationMs: number
    }
  | {
      readonly type: 'task.completed'
      readonly taskId: string
      readonly executionId: string
      readonly agent: string
      readonly answer: string
      readonly citations: readonly CitationFact[]
      readonly usage: UsageFact
      readonly durationMs: number
      readonly model: string
      readonly offline: boolean
    }
  | {
      readonly type: 'task.failed'
      readonly taskId: string
      readonly reason: string
      /** Of a refusal that has one. */
      readonly code?: string
      readonly durationMs: number
    }
  | { readonly type: 'task.cancelled'; readonly taskId: string; readonly reason: string; readonly durationMs: number }

/** How many outcomes of each coordinator were in the model by then, and of which of its lives. */
type Merged = Readonly<Record<string, readonly [life: string, outcomes: number]>>

export type CoordinatorFact =
  | {
      readonly type: 'agent.registered'
      readonly agent: string
      readonly version: string
      readonly model?: string
      readonly taskTypes: readonly TaskType[]
      readonly capabilities: readonly string[]
    }
  /** Of one model only, or of all of its cards. */
  | { readonly type: 'agent.retired'; readonly agent: string; readonly model?: string }
  | {
      readonly type: 'decision.made'
      readonly shard: string
      readonly taskId: string
      readonly taskType: TaskType
      readonly features?: Readonly<Record<string, number>>
      /** What else was asked for: needs, exclude, only, weights, limits; absent when it was nothing. */
      readonly request?: Readonly<Record<string, unknown>>
      /** The best ones, those that were chosen always. */
      readonly candidates: CandidatesFact
      /** Of the candidates left out: how many, by what excluded them. */
      readonly others?: Readonly<Record<string, number>>
      /** Best first, at least one. */
      readonly chosen: readonly ChosenFact[]
      readonly policyVersion: string
      /** The arm that the shadow policy would have taken. */
      readonly shadow?: string
      /** The number that all chance of the decision came from. */
      readonly random: number
      readonly at: number
      readonly why: string
    }
  | {
      readonly type: 'decision.settled'
      readonly decisionId: string
      readonly taskId: string
      /** Which outcome of this life of the shard it is, from 1: what was merged is told by it. */
      readonly n: number
      readonly arm: string
      readonly taskType: TaskType
      readonly features?: Readonly<Record<string, number>>
      /** 0 to 1; a failure is 0. */
      readonly reward: number
      readonly ok: boolean
      readonly quality?: number
      readonly costUsd?: number
      readonly latencyMs?: number
      readonly predicted: number
      readonly raw?: number
      readonly at: number
    }
  /** No outcome within the horizon, or too many decisions were open: it teaches nothing. */
  | { readonly type: 'decision.censored'; readonly decisionId: string; readonly taskId: string; readonly at: number; readonly why: string }
  /** The execution was cancelled: it teaches nothing either. */
  | { readonly type: 'decision.withdrawn'; readonly decisionId: string; readonly taskId: string; readonly at: number }
  /** The root noticed that arms are not what they were. */
  | { readonly type: 'model.changed'; readonly changes: readonly ModelChange[]; readonly merged: Merged; readonly at: number }
  | {
      readonly type: 'policies.set'
      readonly policies: {
        readonly live: SelectionPolicy
        readonly canary?: { readonly policy: SelectionPolicy; readonly share: number }
        readonly shadow?: SelectionPolicy
      }
      readonly merged: Merged
      readonly at: number
    }

export type AgentFact =
  | { readonly type: 'agent.step'; readonly taskId: string; readonly agent: string; readonly step: string }
  | {
      readonly type: 'llm.called'
      readonly taskId: string
      readonly agent: string
      readonly model: string
      readonly offline: boolean
      readonly inputTokens: number
      readonly outputTokens: number
      readonly costUsd: number
      readonly latencyMs: number
      readonly finish: string
    }
  | { readonly type: 'tool.called'; readonly taskId: string; readonly agent: string; readonly tool: string; readonly ok: boolean }
  /** Of calls that waited for a person: what was said of them, or that nobody said anything in time. Arguments are redacted. */
  | {
      readonly type: 'approval.decided'
      readonly taskId: string
      readonly agent: string
      readonly decision: 'approved' | 'denied' | 'expired'
      readonly by?: string
      readonly reason?: string
      /** `asked`: the arguments as the model gave them; `ran`: those it ran with instead. */
      readonly calls: readonly { readonly id: string; readonly tool: string; readonly asked: unknown; readonly ran?: unknown }[]
    }

export type Fact = TaskFact | CoordinatorFact | AgentFact
