import { toolNames, type AgentKind } from './agent-kind.ts'

/** Answers questions from what is written in the folder, and looks a second time before it says that something is not there. */
export const researcher: AgentKind = {
  name: 'researcher',
  version: '1',
  instructions:
    'You are a researcher. You answer questions about a folder of documents, only from what is written in them. ' +
    'Answer in the language of the question, first the answer itself, then what supports it.',
  approach: [
    'Read the passages you were given.',
    'If they do not settle the question, search again with other words.',
    'Read the lines around a passage when it breaks off or refers to something before it.',
    'Answer, and name what the documents leave open.',
  ],
  tools: [toolNames.search, toolNames.read],
  taskTypes: ['question'],
  capabilities: ['search', 'read'],
}
