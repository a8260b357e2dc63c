// Tasks
// A task machine of four agents, a planner and one that joins, and what its coordinator says to it: for stories about tasks.
import { actorId } from '../../machines/address.ts'
import { noUsage } from '../../machines/agent-task.ts'
import { coordinatorShardKey, shardOf, shardsDefault } from '../../machines/coordinator-shards.ts'
import type { Choice } from '../../machines/coordinator-messages.ts'
import { createTaskMachine } from '../../machines/task.machine.ts'
import type { TaskSubmit } from '../../machines/task-submit.ts'
import { profileNamed } from './agents.ts'
import { ends, given, hears, type Step } from './given.ts'

const names = ['one', 'two', 'three', 'four', 'five', 'six']
export const taskMachine = createTaskMachine({
  profiles: [
    ...names.map((name) => profileNamed(name, { capabilities: name === 'two' ? ['search'] : [] })),
    profileNamed('planner', { taskTypes: ['plan'] }),
    profileNamed('joiner', { taskTypes: ['join'] }),
  ],
  tools: [
    { name: 'search-documents', needsApproval: false },
    { name: 'delete-file', needsApproval: true },
  ],
})

export const taskAddress = actorId('acme', 'task', 't1')
/** The shard that is asked as the `n`th. */
export const shard = (n = 0) => actorId('acme', 'coordinator', coordinatorShardKey((shardOf('t1') + n) % shardsDefault))

export const submit = (fields: Partial<TaskSubmit> = {}) =>
  hears({ type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs', ...fields })

export const choice = (agent: string, fields: Partial<Choice> = {}): Choice => ({
  decisionId: `for-${agent}`,
  agent,
  predicted: { success: { mean: 0.8, low: 0.6, high: 0.95 } },
  propensity: 0.5,
  ...fields,
})

export const chosen = (...agents: readonly (string | Choice)[]) => chosenBy(0, ...agents)
export const chosenBy = (n: number, ...agents: readonly (string | Choice)[]): Step =>
  hears(
    {
      type: 'agent.chosen',
      taskId: 't1',
      choices: agents.map((agent) => (typeof agent === 'string' ? choice(agent) : agent)),
      why: 'best so far',
      policyVersion: '1',
    },
    { from: shard(n) },
  )
export const none = (code = 'TR_AGENT_NONE', why = 'nobody is left') =>
  hears({ type: 'agent.none', taskId: 't1', code, why, candidates: [] }, { from: shard() })

export const progress = (executionId: string, step = 'think 1') => ({
  type: 'agent.progress',
  executionId,
  step,
  waiting: false,
  usage: { ...noUsage, llmCalls: 1 },
})

export const newTask = () => given(taskMachine, { tenant: 'acme', type: 'task', key: 't1' }, taskAddress)
/** One that waits for the coordinator's answer. */
export const asking = (fields: Partial<TaskSubmit> = {}) => newTask().when(submit(fields), ends('recall', { similar: {}, lessons: [] }))
export const source = (agent: string): string => `agent-${agent}`
