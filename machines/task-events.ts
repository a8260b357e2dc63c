// Task events
// The facts that actors of the main job emit. The projector turns them into rows, the terminal and the inspector show them, nothing else depends on them.
import type { ActorId } from './address.ts'

/** The name of a kind of task: agents say which ones they do. */
export type TaskType = string
/** Those that the agents of the main job do. */
export const taskTypes = ['question', 'summary', 'table', 'review'] as const satisfies readonly TaskType[]

/** What a client publishes to a `task` actor; the key of the actor is the task's id. */
export interface TaskSubmit {
  readonly type: 'task.submit'
  readonly taskType: TaskType
  /** The question, or what to do with the file. */
  readonly prompt: string
  /** Path below the folder, for tasks about one file. */
  readonly file?: string
  /** The folder's absolute path and the collection it was ingested into. */
  readonly root: string
  readonly collection: string
  readonly budgetUsd?: number
  readonly deadlineMs?: number
  readonly turnsMax?: number
}

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

/** One agent as the coordinator saw it when it chose. */
export interface CandidateFact {
  readonly agent: string
  /** Outcomes seen for this task type. */
  readonly trials: number
  /** Posterior mean of the reward and the middle 90 % of it. */
  readonly mean: number
  readonly low: number
  readonly high: number
  /** The draw that was compared; absent when a constraint excluded the agent. */
  readonly sample?: number
  readonly excluded?: string
}

export type TaskFact =
  | {
      readonly type: 'task.submitted'
      readonly taskId: string
      readonly taskType: TaskType
      readonly prompt: string
      readonly file?: string
    }
  | {
      readonly type: 'task.assigned'
      readonly taskId: string
      readonly executionId: string
      readonly agent: string
      readonly agentActor: ActorId
      readonly decisionId: string
      readonly why: string
    }
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
  | { readonly type: 'task.failed'; readonly taskId: string; readonly reason: string; readonly durationMs: number }
  | { readonly type: 'task.cancelled'; readonly taskId: string; readonly reason: string; readonly durationMs: number }

export type CoordinatorFact =
  | {
      readonly type: 'agent.registered'
      readonly agent: string
      readonly version: string
      readonly taskTypes: readonly TaskType[]
      readonly capabilities: readonly string[]
    }
  | {
      readonly type: 'decision.made'
      readonly decisionId: string
      readonly taskId: string
      readonly taskType: TaskType
      readonly chosen: string
      readonly why: string
      readonly candidates: readonly CandidateFact[]
    }
  | {
      readonly type: 'decision.settled'
      readonly decisionId: string
      readonly taskId: string
      readonly agent: string
      readonly reward: number
      readonly ok: boolean
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

export type Fact = TaskFact | CoordinatorFact | AgentFact
