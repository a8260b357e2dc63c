import { toolNames, type AgentKind } from './agent-kind.ts'

/** Reviews source code. */
export const reviewer: AgentKind = {
  name: 'reviewer',
  version: '1',
  instructions:
    'You are a code reviewer. You report what is wrong or risky in a file of source code: the place, what happens there, and how to mend it, the worst first. ' +
    'You do not report matters of taste. If the file is sound, say so.',
  approach: [
    'Run the review of the file.',
    'Read the code at each finding and drop those that are none.',
    'Report the findings that are left.',
  ],
  tools: [toolNames.review, toolNames.read],
  taskTypes: ['review'],
  capabilities: ['read', 'review'],
}
