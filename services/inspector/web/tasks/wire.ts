// Wire
// What the gateway tells of tasks, as far as the page reads it.

export const taskStatuses = ['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const

export interface TaskRow {
  readonly id: string
  readonly actor: string
  readonly tenant: string
  readonly status: string
  readonly taskType?: string
  readonly prompt?: string
  readonly file?: string
  readonly parent?: string
  readonly agent?: string
  readonly agentActor?: string
  readonly model?: string
  readonly submittedAt?: number
  readonly finishedAt?: number
  readonly durationMs?: number
  readonly costUsd?: number
  readonly waitingFor?: string
  readonly reason?: string
  readonly code?: string
}

export interface Execution {
  readonly id: string
  readonly agent: string
  readonly agentActor?: string
  readonly model?: string
  readonly status: string
  readonly decisionId?: string
  readonly why?: string
  readonly reason?: string
  readonly durationMs?: number
}

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
  readonly llmCalls: number
  readonly toolCalls: number
}

export interface WholeTask extends TaskRow {
  readonly why?: string
  readonly decisionId?: string
  readonly answer?: string
  readonly citations?: unknown
  readonly offline?: boolean
  /** While it has not ended. */
  readonly budgetUsd?: number
  readonly usage?: Usage
  readonly executions: readonly Execution[]
  readonly steps: readonly TaskRow[]
}

export const workKinds = ['llm', 'tool', 'human', 'retry', 'queue'] as const
export type WorkKind = (typeof workKinds)[number]

export interface Span {
  readonly actor: string
  readonly parent?: string
  readonly label: string
  readonly kind: 'task' | 'agent' | WorkKind
  readonly from: number
  /** Absent: it lasts. */
  readonly to?: number
  readonly ok?: boolean
}

export interface RunMessage {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly type: string
}

export interface PersonDecision {
  readonly at: number
  readonly actor: string
  readonly decision: 'approved' | 'denied' | 'expired'
  readonly by?: string
  readonly reason?: string
  /** `ran`: the arguments a person gave in place of those asked for. */
  readonly calls: readonly { readonly id: string; readonly tool: string; readonly asked?: unknown; readonly ran?: unknown }[]
}

export interface Run {
  readonly spans: readonly Span[]
  readonly messages: readonly RunMessage[]
  readonly critical: readonly string[]
  readonly cost: readonly { readonly actor: string; readonly costUsd: number; readonly tokens: number; readonly calls?: number }[]
  readonly time: Readonly<Record<WorkKind | 'other', number>>
  /** What people decided about calls of tools; absent in older bundles. */
  readonly decided?: readonly PersonDecision[]
  readonly cut?: boolean
}

export interface ApprovalCall {
  readonly id: string
  readonly name: string
  readonly arguments: unknown
  readonly needsApproval?: boolean
  /** JSON schema of the arguments, where the gateway knows the tool. */
  readonly schema?: unknown
}

export interface Approval {
  readonly actor: string
  readonly taskId?: string
  readonly step: string
  readonly kind?: 'approval' | 'budget' | 'task' | 'other'
  readonly calls?: readonly ApprovalCall[]
  readonly since: number
  readonly expiresAt?: number
}
