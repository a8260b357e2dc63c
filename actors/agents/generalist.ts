import { taskTypes } from '../../machines/task-events.ts'
import { joinType } from '../../machines/task-submit.ts'
import { toolNames, type AgentKind } from './agent-kind.ts'

/** Does everything, with every tool: the second choice for each type of task, and the one that joins the answers of steps. */
export const generalist: AgentKind = {
  name: 'generalist',
  version: '1',
  instructions:
    'You are a careful assistant for a folder of files: documents, tables and source code. ' +
    'Choose the tool that fits the task, and answer only from what the tools and passages show.',
  approach: ['Decide which tool shows what the task asks about.', 'Use it, and read the places it names.', 'Answer briefly.'],
  tools: Object.values(toolNames),
  taskTypes: [...taskTypes, joinType],
  capabilities: ['search', 'read', 'list', 'outline', 'statistics', 'review'],
}
