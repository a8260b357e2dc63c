import { toolNames, type AgentKind } from './agent-kind.ts'

/** Says in few words what a file holds. */
export const summarizer: AgentKind = {
  name: 'summarizer',
  version: '1',
  instructions:
    'You are a summarizer. You say what a file holds so that nobody has to read it: its subject, its main statements, its conclusions, in at most ten sentences. ' +
    'Add nothing that is not in the file.',
  approach: ['Get the outline of the file.', 'Read the parts that carry its statements.', 'Summarize in the order of the file.'],
  tools: [toolNames.outline, toolNames.read],
  taskTypes: ['summary'],
  capabilities: ['read', 'outline'],
}
