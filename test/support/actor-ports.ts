// Actor ports
// Fakes of what the main job's actors need: a scripted model, tools and an ingest that count, a memory that holds nothing. Only for tests.
import { toolNames } from '../../actors/agents/agent-kind.ts'
import type { ActorPorts, Llm, LlmAnswer, LlmRequest, Memory, Tool, ToolRun } from '../../actors/ports.ts'
import { lexicalEmbedder } from './lexical-embedder.ts'

export interface FakePorts extends ActorPorts {
  readonly requests: LlmRequest[]
  readonly toolRuns: { readonly name: string; readonly args: unknown; readonly run: ToolRun }[]
}

/** `script`: what the model answers, in order; an error is thrown. The last one is repeated. */
export function fakePorts(script: readonly (LlmAnswer | Error)[], tools: Readonly<Record<string, Partial<Tool>>> = {}): FakePorts {
  const requests: LlmRequest[] = []
  const toolRuns: FakePorts['toolRuns'] = []
  const llm: Llm = {
    model: 'scripted',
    offline: true,
    async complete(request, { onText }) {
      const answer = script[Math.min(requests.length, script.length - 1)]
      requests.push(request)
      if (!answer || answer instanceof Error) throw answer ?? new Error('the script is empty')
      onText?.(answer.text)
      return answer
    },
  }
  const fakeTool = (name: string): Tool => ({
    schema: { name, description: `a fake ${name}`, parameters: { type: 'object' } },
    needsApproval: false,
    timeoutMs: 1_000,
    async run(args, run) {
      toolRuns.push({ name, args, run })
      return { ok: true, text: '[[a.md:1-9]]\nBecause of the moon.', citations: [{ file: 'a.md', fromLine: 1, toLine: 9 }] }
    },
    ...tools[name],
  })
  const ingest = { ingest: () => Promise.resolve({ files: 2, chunks: 5, skipped: 1 }) }
  return {
    llm,
    callUsdMax: () => 0,
    embedder: lexicalEmbedder(),
    memory: emptyMemory,
    tools: new Map(Object.values(toolNames).map((name) => [name, fakeTool(name)])),
    ingest,
    requests,
    toolRuns,
  }
}

const emptyMemory: Memory = {
  ensureCollection: () => Promise.resolve(),
  upsert: () => Promise.resolve(),
  search: () => Promise.resolve([]),
  remove: () => Promise.resolve(),
  count: () => Promise.resolve(0),
  close: () => Promise.resolve(),
}
