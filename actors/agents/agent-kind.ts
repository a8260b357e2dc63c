// Agent kind
// What one file of this folder says about an agent. The rest of a profile comes from where it runs.
import type { AgentProfile } from '../../machines/agent-task.ts'

export type AgentKind = Omit<AgentProfile, 'approvals' | 'model'>

export const toolNames = {
  search: 'search-documents',
  read: 'read-file',
  list: 'list-files',
  table: 'table-statistics',
  review: 'review-code',
  outline: 'outline-file',
} as const
