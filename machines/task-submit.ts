// Task submit
// What a task can be asked for. All but the type, the prompt and where its files are is optional.
import type { AgentTask } from './agent-task.ts'
import type { Wishes } from './coordinator-messages.ts'
import type { CitationFact, TaskType } from './task-events.ts'

/** What a client publishes to a `task` actor; the key of the actor is the task's id. */
export interface TaskSubmit extends Wishes {
  readonly type: 'task.submit'
  readonly taskType: TaskType
  /** The question, or what to do with the file. */
  readonly prompt: string
  /** Path below the folder, for tasks about one file. */
  readonly file?: string
  /** The folder's absolute path and the collection it was ingested into. */
  readonly root: string
  readonly collection: string
  readonly turnsMax?: number
  /** -10 to 10: how soon the model calls and tools of its agents get their turn. */
  readonly priority?: number
  readonly team?: TeamWish
  /** A planner divides the task into steps, each a task of its own. */
  readonly plan?: boolean
  /** What becomes of the answers of the steps. */
  readonly aggregate?: Aggregate
  readonly escalate?: Escalation
  /** 0 to 1: see docs/tasks.md. */
  readonly qualityMin?: number
  /** Of a step: set by the task it belongs to, not believed of anyone else. */
  readonly step?: StepOf
}

export type TeamRule = 'first-good' | 'quorum' | 'vote'

export interface TeamWish {
  readonly rule: TeamRule
  readonly size: number
  /** How many must give the same answer; for the quorum. Default: more than half. */
  readonly agree?: number
  /** How answers are compared. Default 'text'. */
  readonly compare?: Comparison
}

export type Comparison = 'text' | 'json'
export type Aggregate = 'concat' | 'agent'

/** When a person is asked before an agent starts, and instead of failing. */
export interface Escalation {
  readonly belowSuccess?: number
  readonly aboveUsd?: number
  readonly always?: boolean
}

export interface StepOf {
  /** The id of the first task, from which all steps come: what it costs is one run's. */
  readonly run: string
  /** 1 for a step of a task, 2 for a step of a step. */
  readonly depth: number
  /** What the answers it is given cite, so that it may cite them too. */
  readonly sources: readonly CitationFact[]
}

/** How one question is put to agents. */
export interface Team {
  readonly rule: TeamRule
  readonly size: number
  readonly agree: number
  readonly compare: Comparison
}

/** Kinds of task that tasks ask for: dividing one, and joining the answers of its parts. */
export const planType = 'plan'
export const joinType = 'join'

/** Why a task fails, or does not do what a person says, beside what the coordinator refuses. */
export const taskRefusals = {
  planInvalid: 'TR_PLAN_INVALID',
  noAgreement: 'TR_TASK_NO_AGREEMENT',
  qualityLow: 'TR_TASK_QUALITY_LOW',
  nothingToApprove: 'TR_TASK_NOTHING_TO_APPROVE',
} as const

export const teamSizeMax = 5
export const oneAgent: Team = { rule: 'first-good', size: 1, agree: 1, compare: 'text' }

export function teamOf(wish: TeamWish | undefined): Team {
  if (!wish) return oneAgent
  const { rule, size, agree = Math.floor(size / 2) + 1, compare = 'text' } = wish
  return { rule, size, agree, compare }
}

export function agentTaskOf({ taskType, prompt, file, root, collection, step }: TaskSubmit): AgentTask {
  return { taskType, prompt, file, root, collection, history: [], ...(step && step.sources.length > 0 && { sources: step.sources }) }
}

/** The wishes without the limits, which the task keeps itself. */
export function wishesOf({ needs, only, features, weights, deadlineMs, budgetUsd }: TaskSubmit): Wishes {
  return {
    ...(needs && { needs }),
    ...(only !== undefined && { only }),
    ...(features && { features }),
    ...(weights && { weights }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(budgetUsd !== undefined && { budgetUsd }),
  }
}
