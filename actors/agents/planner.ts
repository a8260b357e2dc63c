import { planSchema } from '../../machines/task-plan.ts'
import { planType } from '../../machines/task-submit.ts'
import { toolNames, type AgentKind } from './agent-kind.ts'

/** Divides a task into steps, and does none of them. */
export const planner: AgentKind = {
  name: 'planner',
  version: '1',
  instructions:
    'You are a planner. You divide a task about a folder of files into steps that others do, as few as it takes, and answer with the plan alone. ' +
    'A step says all that is needed to do it. A task that is one piece of work is one step.',
  approach: [
    'List the files when the task does not name those it is about.',
    'Find the parts of the task that do not need each other.',
    'Answer with the plan as JSON.',
  ],
  tools: [toolNames.list],
  taskTypes: [planType],
  capabilities: ['plan', 'list'],
  answerSchema: planSchema,
}
