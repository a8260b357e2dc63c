// Completion
// A decision of the offline model as OpenAI's API shows it: one JSON body, or the chunks of a stream.
import { decide, type Decision } from './agent.ts'
import type { Fault } from './faults.ts'
import { inputTokensOf, tokensOf, type ChatRequest } from './protocol.ts'
import { hexOf } from './seeded.ts'
import type { Tokens } from './journal.ts'

export interface Completion {
  readonly tokens: Tokens
  /** The answer in one piece. */
  readonly body: object
  /** The answer in pieces, the usage chunk last if it was asked for; without the closing [DONE]. */
  readonly chunks: readonly object[]
}

export function completionOf(request: ChatRequest, seed: number, fault: Fault): Completion {
  const decision = spoilt(cutToLimit(decide(request, seed), request), fault)
  const id = `chatcmpl-${hexOf(JSON.stringify(request.messages), seed)}`
  const said = { ...messageOf(decision, id), finish: decision.finish }
  const tokens = { inputTokens: inputTokensOf(request), outputTokens: outputTokensOf(said) }
  const base = { id, created: Math.floor(Date.now() / 1000), model: request.model, system_fingerprint: 'offline' }
  const usage = {
    prompt_tokens: tokens.inputTokens,
    completion_tokens: tokens.outputTokens,
    total_tokens: tokens.inputTokens + tokens.outputTokens,
  }
  const message = { role: 'assistant', content: said.content, refusal: null, ...(said.calls.length > 0 && { tool_calls: said.calls }) }
  return {
    tokens,
    body: { ...base, object: 'chat.completion', choices: [{ index: 0, message, logprobs: null, finish_reason: said.finish }], usage },
    chunks: chunksOf(said, { ...base, object: 'chat.completion.chunk' }, request.stream_options?.include_usage ? usage : undefined),
  }
}

type Finish = 'stop' | 'length' | 'tool_calls'
type Said = Decision & { readonly finish: Finish }

/** A text longer than the caller's limit of tokens is cut there, as a real model's is. */
function cutToLimit(decision: Decision, request: ChatRequest): Said {
  if (decision.kind === 'calls') return { ...decision, finish: 'tool_calls' }
  const tokensMax = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY
  if (tokensOf(decision.text) <= tokensMax) return { ...decision, finish: 'stop' }
  const share = tokensMax / tokensOf(decision.text)
  return { kind: 'text', text: decision.text.slice(0, Math.floor(decision.text.length * share)), finish: 'length' }
}

const spoilt = (said: Said, { garbage }: Fault): Said & { readonly argumentsSuffix: string } => ({
  ...said,
  ...(said.kind === 'text' && garbage === 'content' && { text: `{"answer": ${said.text}` }),
  argumentsSuffix: garbage === 'arguments' ? ', "' : '',
})

interface WireCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Message {
  readonly content: string | null
  readonly calls: readonly WireCall[]
}

function messageOf(said: ReturnType<typeof spoilt>, id: string): Message {
  if (said.kind === 'text') return { content: said.text, calls: [] }
  const calls = said.calls.map((call, at): WireCall => ({
    id: `call_${id.slice('chatcmpl-'.length)}_${at}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) + said.argumentsSuffix },
  }))
  return { content: null, calls }
}

const outputTokensOf = ({ content, calls }: Message): number =>
  content === null ? tokensOf(JSON.stringify(calls.map((call) => call.function))) : tokensOf(content)

/** Three words make a chunk of text; a tool call comes in two: its name, then its arguments. */
function chunksOf(said: Message & { readonly finish: Finish }, base: object, usage: object | undefined): readonly object[] {
  const chunk = (delta: object, finish: Finish | null = null): object => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(usage && { usage: null }),
  })
  const texts = said.content?.match(/(?:\s*\S+){1,3}\s*/g) ?? []
  return [
    chunk({ role: 'assistant', content: said.content === null ? null : '' }),
    ...texts.map((content) => chunk({ content })),
    ...said.calls.flatMap((call, index) => [
      chunk({ tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: '' } }] }),
      chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] }),
    ]),
    chunk({}, said.finish),
    ...(usage ? [{ ...base, choices: [], usage }] : []),
  ]
}
