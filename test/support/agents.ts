// Agents
// Inputs and answers for stories about agents and those who start them.
import { actorId } from '../../machines/address.ts'
import {
  agentLimits,
  noUsage,
  type AgentInput,
  type AgentLimits,
  type AgentOutput,
  type AgentProfile,
  type AgentTask,
  type ModelAnswer,
  type ToolAnswer,
} from '../../machines/agent-task.ts'
import { budgetsOf } from '../../machines/budget.ts'
import { hears, type Step } from '../../runtime/testing/given.ts'

export const profileNamed = (name: string, fields: Partial<AgentProfile> = {}): AgentProfile => ({
  name,
  version: '1',
  instructions: `You are the ${name}.`,
  approach: [],
  tools: ['search-documents', 'read-file', 'delete-file'],
  approvals: ['delete-file'],
  taskTypes: ['question'],
  capabilities: [],
  model: undefined,
  ...fields,
})

export const supervisor = actorId('acme', 'task', 't1')

export const agentInput = (fields: { limits?: Partial<AgentLimits>; task?: Partial<AgentTask> } = {}): AgentInput => ({
  taskId: 't1',
  executionId: 't1:1',
  supervisor,
  profile: profileNamed('researcher'),
  task: { taskType: 'question', prompt: 'Why?', file: undefined, root: '/docs', collection: 'docs', history: [], ...fields.task },
  limits: { ...agentLimits, ...fields.limits },
  at: 1_000_000,
})

/** The tenant's budgets answer the agent of this story, as to the reservation it asked for. */
export const budgetsSay =
  (answer: { readonly type: 'budget.reserved' | 'budget.refused'; readonly [field: string]: unknown }): Step =>
  (story) => {
    const { event } = story.sent('budget.reserve').at(-1) ?? {}
    return hears({ ...answer, id: event?.['id'] }, { from: budgetsOf('acme') })(story)
  }
export const granted = budgetsSay({ type: 'budget.reserved', usd: 0.02 })

export const passages = { text: '[[a.md:1-9]]\nBecause of the moon.', citations: [{ file: 'a.md', fromLine: 1, toLine: 9 }] }

export const answers = (text: string, fields: Partial<ModelAnswer> = {}): ModelAnswer => ({
  text,
  toolCalls: [],
  finish: 'stop',
  usage: { inputTokens: 100, outputTokens: 20, costUsd: 0.01 },
  model: 'small',
  offline: true,
  latencyMs: 7,
  ...fields,
})

export const calls = (...names: readonly string[]): ModelAnswer =>
  answers('', { finish: 'tools', toolCalls: names.map((name, index) => ({ id: `${name}-${index}`, name, arguments: {} })) })

export const toolAnswer = (name: string, fields: Partial<ToolAnswer> = {}): ToolAnswer => ({
  id: `${name}-0`,
  name,
  ok: true,
  text: '[[b.md:3-4]]\nAnd of the sun.',
  citations: [{ file: 'b.md', fromLine: 3, toLine: 4 }],
  ...fields,
})

export const agentOutput = (fields: Partial<AgentOutput> = {}): AgentOutput => ({
  ok: true,
  answer: 'Because [a.md:1-2].',
  citations: [{ file: 'a.md', fromLine: 1, toLine: 2 }],
  usage: { ...noUsage, inputTokens: 100, costUsd: 0.01, llmCalls: 1 },
  retryable: false,
  workedMs: 1_000,
  model: 'small',
  offline: true,
  ...fields,
})

export const failedOutput = (reason: string, fields: Partial<AgentOutput> = {}): AgentOutput =>
  agentOutput({ ok: false, answer: '', citations: [], reason, retryable: true, ...fields })
