// What every Llm and Embedder must do, whatever endpoint is behind it.
import { describe, expect, test } from 'vitest'
import type { Embedder, Llm, LlmCall, LlmMessage, ToolSchema } from '../../actors/ports.ts'

export interface ModelsUnderTest {
  readonly llm: Llm
  readonly embedder: Embedder
  /** The same endpoint with a key that it must refuse. */
  readonly withWrongKey: Llm
  readonly wrongKey: string
}

export const call = (more: Partial<LlmCall> = {}): LlmCall => ({
  signal: new AbortController().signal,
  idempotencyKey: 'acme/agent/reader/7/answer',
  ...more,
})

export const passage = `[[handbook/leave.md:12-14]]
Employees get 28 days of paid leave a year. Unused leave of up to five days may be carried into the next year.
[[handbook/travel.md:3-4]]
Train journeys are booked second class.`

export const question = 'How many days of paid leave do employees get?'

export const searchTool: ToolSchema = {
  name: 'search_documents',
  description: 'Finds passages about a query. Returns them with their place.',
  parameters: {
    type: 'object',
    properties: { query: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 10 } },
    required: ['query', 'limit'],
    additionalProperties: false,
  },
}

const seconds = 60

export function llmContract(name: string, models: () => ModelsUnderTest): void {
  describe(`a language model at ${name}`, { timeout: seconds * 1000 }, () => {
    test('answers from the passages it is given, and says what it used', async () => {
      const answer = await models().llm.complete({ messages: [user(`${question}\n\nPassages:\n${passage}`)], tokensMax: 300 }, call())
      expect(answer.text).toContain('28')
      expect(answer).toMatchObject({ finish: 'stop', toolCalls: [], offline: models().llm.offline })
      expect(answer.usage.inputTokens).toBeGreaterThan(10)
      expect(answer.usage.outputTokens).toBeGreaterThan(0)
      expect(answer.latencyMs).toBeGreaterThan(0)
    })

    test('streams its text in the order of the whole', async () => {
      const deltas: string[] = []
      const answer = await models().llm.complete(
        { messages: [user(`${question}\n\nPassages:\n${passage}`)] },
        call({ onText: (delta) => deltas.push(delta) }),
      )
      expect(deltas.length).toBeGreaterThan(1)
      expect(deltas.join('')).toBe(answer.text)
    })

    test('calls a tool, and answers from what the tool brought', async () => {
      const messages: LlmMessage[] = [
        { role: 'system', content: 'Use the search tool once before you answer. Answer from its passages only.' },
        user(question),
      ]
      const asked = await models().llm.complete({ messages, tools: [searchTool] }, call())
      expect(asked.finish).toBe('tools')
      const [made] = asked.toolCalls
      expect(made).toMatchObject({
        name: 'search_documents',
        arguments: { query: expect.stringMatching(/leave/i), limit: expect.any(Number) },
      })
      messages.push(
        { role: 'assistant', content: asked.text, toolCalls: asked.toolCalls },
        { role: 'tool', toolCallId: made?.id ?? '', content: passage },
      )
      const answer = await models().llm.complete({ messages, tools: [searchTool] }, call())
      expect(answer.text).toContain('28')
    })

    test('fills a JSON schema', async () => {
      const schema = {
        type: 'object',
        properties: { answer: { type: 'string' }, sources: { type: 'array', items: { type: 'string' } }, confidence: { type: 'number' } },
        required: ['answer', 'sources', 'confidence'],
        additionalProperties: false,
      }
      const answer = await models().llm.complete(
        { messages: [user(`${question}\n\nPassages:\n${passage}`)], schema: { name: 'answer', schema } },
        call(),
      )
      expect(JSON.parse(answer.text)).toMatchObject({ answer: expect.stringContaining('28'), sources: expect.any(Array) })
    })

    test('rejects with the reason of the caller who has aborted', async () => {
      const caller = new AbortController()
      const reason = new Error('the task was cancelled')
      const answer = models().llm.complete({ messages: [user(question)] }, call({ signal: caller.signal }))
      caller.abort(reason)
      await expect(answer).rejects.toBe(reason)
    })

    test('refuses a wrong key in one sentence that does not repeat it', async () => {
      const refused = await models()
        .withWrongKey.complete({ messages: [user(question)] }, call())
        .catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'TR_LLM_REFUSED', retryable: false, message: expect.stringMatching(/API key is wrong/) })
      expect(String(refused)).not.toContain(models().wrongKey)
    })

    test('gives one unit vector per text, in order, the same text the same vector', async () => {
      const { embedder } = models()
      const texts = ['Paid leave is 28 days.', 'Trains are booked second class.', 'Paid leave is 28 days.']
      const vectors = await embedder.embed(texts, new AbortController().signal)
      expect(vectors.map((vector) => vector.length)).toEqual(texts.map(() => embedder.dimensions))
      const [first, second, third] = vectors
      expect(cosine(first, third)).toBeCloseTo(1, 3)
      expect(cosine(first, second)).toBeLessThan(0.9)
    })
  })
}

export const user = (content: string): LlmMessage => ({ role: 'user', content })

export function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error('a vector is missing')
  const dot = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
  return dot / (Math.hypot(...a) * Math.hypot(...b))
}
