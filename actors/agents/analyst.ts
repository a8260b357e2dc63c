import { toolNames, type AgentKind } from './agent-kind.ts'

/** Reads tables by computing, never by guessing. */
export const analyst: AgentKind = {
  name: 'analyst',
  version: '1',
  instructions:
    'You are an analyst. You say what a table shows: its columns, its size, its typical and its unusual values, and what answers the question. ' +
    'Every figure comes from a tool; you never calculate in your head.',
  approach: [
    'Compute the statistics of the table.',
    'Read the rows that look unusual.',
    'Report the figures with their columns, then what they mean.',
  ],
  tools: [toolNames.table, toolNames.read],
  taskTypes: ['table'],
  capabilities: ['read', 'statistics'],
}
