// Entities: every table of the history, by its name in the database.
import { Actor } from './actor.ts'
import { Agent } from './agent.ts'
import { AlertEpisode, AlertMute, AlertRule } from './alert.ts'
import { ApiKey } from './api-key.ts'
import { AuditLink } from './audit-link.ts'
import { Audit } from './audit.ts'
import { DeadLetter } from './dead-letter.ts'
import { Decision } from './decision.ts'
import { Effect } from './effect.ts'
import { FleetMinute } from './fleet-minute.ts'
import { GatewayRequest } from './gateway-request.ts'
import { LlmCall } from './llm-call.ts'
import { Message } from './message.ts'
import { Policy, PolicyChange, PolicyRegister } from './policy.ts'
import { ProjectionOffset } from './projection-offset.ts'
import { SavedView } from './saved-view.ts'
import { TaskExecution } from './task-execution.ts'
import { Task } from './task.ts'
import { Turn } from './turn.ts'

/** The tables that hold what the log says. */
export const tables = {
  tasks: Task,
  task_executions: TaskExecution,
  turns: Turn,
  actors: Actor,
  messages: Message,
  effects: Effect,
  llm_calls: LlmCall,
  agents: Agent,
  decisions: Decision,
  dead_letters: DeadLetter,
  audit: Audit,
} as const

export type Tables = typeof tables
export type TableName = keyof Tables
export const tableNames = Object.keys(tables) as readonly TableName[]

export const entities = [
  ...Object.values(tables),
  ProjectionOffset,
  Policy,
  PolicyRegister,
  PolicyChange,
  ApiKey,
  AuditLink,
  GatewayRequest,
  SavedView,
  FleetMinute,
  AlertEpisode,
  AlertRule,
  AlertMute,
]
