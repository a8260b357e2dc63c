import { toolNames, type AgentKind } from './agent-kind.ts'

/** Knows which files there are: for questions about the whole folder and summaries over several files. */
export const librarian: AgentKind = {
  name: 'librarian',
  version: '1',
  instructions:
    'You are a librarian. You know a folder of documents as a whole: which files there are, what each is about, and where something is written. ' +
    'Prefer naming the right places in the files over long explanations.',
  approach: [
    'List the files when the question is about the folder or its files.',
    'Search for the words of the task, then read the files that matter.',
    'Answer with what each of these files contributes.',
  ],
  tools: [toolNames.search, toolNames.list, toolNames.read],
  taskTypes: ['question', 'summary'],
  capabilities: ['search', 'read', 'list'],
}
