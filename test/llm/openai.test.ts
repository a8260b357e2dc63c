import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Embedder, Llm, LlmAnswer } from '../../actors/ports.ts'
import { chooseModel } from '../../services/llm/index.ts'
import { openAiEmbedder } from '../../services/llm/openai-embedder.ts'
import { openAiLlm } from '../../services/llm/openai.ts'
import { startOfflineModel, type OfflineModel } from '../../services/llm/offline/server.ts'
import type { Fault } from '../../services/llm/offline/faults.ts'
import { prices } from '../../services/llm/prices.ts'
import { call, llmContract, passage, question, searchTool, user } from './llm.contract.ts'

const key = 'sk-offline-right'
const wrongKey = 'sk-offline-wrong-1234'
let server: OfflineModel
let llm: Llm
let embedder: Embedder

const endpoint = (apiKey: string, model: string) => ({ baseUrl: server.url, apiKey, model, offline: true, timeoutMs: 10_000 })
const llmWith = (apiKey: string, timeoutMs = 10_000): Llm => openAiLlm({ ...endpoint(apiKey, 'offline-extractive'), prices, timeoutMs })

beforeAll(async () => {
  server = await startOfflineModel({ apiKey: key, seed: 3 })
  llm = llmWith(key)
  embedder = openAiEmbedder({ ...endpoint(key, 'offline-lexical'), dimensions: 384 })
})
afterAll(() => server.close())

llmContract('the offline server', () => ({ llm, embedder, withWrongKey: llmWith(wrongKey), wrongKey }))

// Costs money where the endpoint does: set OPENAI_BASE_URL, and OPENAI_API_KEY, OPENAI_MODEL, OPENAI_EMBEDDING_MODEL as it needs them.
const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_MODEL: model, OPENAI_EMBEDDING_MODEL: embeddingModel } = process.env
describe.runIf(Boolean(baseUrl))('the configured endpoint', () => {
  const settings = (openAiApiKey: string | undefined) => ({
    openAiBaseUrl: baseUrl,
    openAiApiKey,
    model,
    embeddingModel,
    offlineUrl: server.url,
  })
  llmContract('OPENAI_BASE_URL', () => {
    const chosen = chooseModel(settings(apiKey))
    return { ...chosen, withWrongKey: chooseModel(settings(wrongKey)).llm, wrongKey }
  })
})

const ask = (more: Parameters<typeof call>[0] = {}): Promise<LlmAnswer> =>
  llm.complete({ messages: [user(`${question}\n\nPassages:\n${passage}`)] }, call(more))
const next = (fault: Fault): void => server.addFaults({ ...fault, next: 1 })
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  )

describe('usage', () => {
  beforeEach(() => control('DELETE', '/journal'))

  test('is what the server charged, to the token, over text, tools and failures', async () => {
    const answers = [
      await ask(),
      await llm.complete({ messages: [user(question)], tools: [searchTool] }, call({ correlation: 'task-9' })),
      await llm.complete({ messages: [user('Übung: was ist 🌍?')] }, call({ idempotencyKey: 'acme/agent/ключ 1' })),
    ]
    next({ status: 500 })
    await failureOf(ask())
    const { charged, entries, requests } = server.journal()
    expect(charged).toEqual({ inputTokens: total(answers, 'inputTokens'), outputTokens: total(answers, 'outputTokens') })
    expect(requests).toBe(4)
    expect(entries.map((entry) => entry.outcome)).toEqual(['answered', 'answered', 'answered', 'refused'])
    expect(entries[1]).toMatchObject({ idempotencyKey: 'acme/agent/reader/7/answer', correlation: 'task-9' })
    // A key that no header can carry goes as its hash.
    expect(entries[2]?.idempotencyKey).toMatch(/^[0-9a-f]{64}$/)
  })

  test('of an answer that broke off is not charged but lost', async () => {
    next({ cutAfterChunks: 2 })
    await failureOf(ask())
    const { charged, lost } = server.journal()
    expect(charged).toEqual({ inputTokens: 0, outputTokens: 0 })
    expect(lost.inputTokens).toBeGreaterThan(0)
  })

  test('of the offline model costs nothing', async () => {
    expect((await ask()).usage.costUsd).toBe(0)
  })
})

describe('a failing endpoint', () => {
  test('that limits the rate says how long to wait', async () => {
    next({ status: 429, retryAfterMs: 1500 })
    expect(await failureOf(ask())).toMatchObject({ code: 'TR_LLM_RATE_LIMITED', retryable: true, retryAfterMs: 1500 })
    next({ status: 429 })
    expect(await failureOf(ask())).toMatchObject({ code: 'TR_LLM_RATE_LIMITED', retryAfterMs: undefined })
  })

  test('is asked once: retries are the kernel\u2019s', async () => {
    await control('DELETE', '/journal')
    next({ status: 503 })
    expect(await failureOf(ask())).toMatchObject({ code: 'TR_LLM_UNAVAILABLE', retryable: true })
    expect(server.journal().requests).toBe(1)
  })

  test.each([
    ['resets', {}],
    ['ends as if all had been said', { cutCleanly: true }],
  ])('whose stream %s in the middle is an error, never a short answer', async (_how, how) => {
    const whole = await ask()
    const deltas: string[] = []
    next({ cutAfterChunks: 3, ...how })
    const error = await failureOf(ask({ onText: (delta) => deltas.push(delta) }))
    expect(error).toMatchObject({ code: 'TR_LLM_UNAVAILABLE', retryable: true })
    expect(whole.text.startsWith(deltas.join(''))).toBe(true)
    expect(deltas.join('').length).toBeLessThan(whole.text.length)
  })

  test('whose stream ends before the usage chunk is an error', async () => {
    // Role, eight pieces of text, finish: what is cut off is the usage alone.
    const chunks = 1 + Math.ceil((await ask()).text.split(/\s+/).length / 3) + 1
    next({ cutAfterChunks: chunks, cutCleanly: true })
    expect(await failureOf(ask())).toMatchObject({ code: 'TR_LLM_UNAVAILABLE', message: expect.stringContaining('usage chunk') })
  })

  test('that refuses before any token has cost nothing; what broke off, or a gateway gave up, may have cost anything', async () => {
    const costs: unknown[] = []
    for (const fault of [{ status: 503 }, { status: 429 }, { status: 504 }, { cutAfterChunks: 3 }]) {
      next(fault)
      costs.push(Reflect.get(Object(await failureOf(ask())), 'costUsd'))
    }
    expect(costs).toEqual([0, 0, undefined, undefined])
  })

  test('that sends broken JSON is an invalid answer', async () => {
    next({ garbage: 'wire' })
    expect(await failureOf(ask())).toMatchObject({ code: 'TR_LLM_ANSWER_INVALID', retryable: true, attemptsMax: 2 })
  })

  test('that sends tool arguments which do not parse is an invalid answer', async () => {
    next({ garbage: 'arguments' })
    const asked = llm.complete({ messages: [user(question)], tools: [searchTool] }, call())
    expect(await failureOf(asked)).toMatchObject({ code: 'TR_LLM_ANSWER_INVALID', message: expect.stringContaining('search_documents') })
  })

  test('that sends text where a schema was asked for is an invalid answer', async () => {
    const schema = { name: 'answer', schema: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] } }
    next({ garbage: 'content' })
    const asked = llm.complete({ messages: [user(`${question}\nPassages:\n${passage}`)], schema }, call())
    expect(await failureOf(asked)).toMatchObject({ code: 'TR_LLM_ANSWER_INVALID', message: expect.stringContaining("schema 'answer'") })
  })

  test('that sends JSON which does not fit the schema is an invalid answer', async () => {
    const schema = {
      name: 'list',
      schema: { type: 'object', properties: { items: { type: 'array', minItems: 9, items: { type: 'string' } } } },
    }
    const asked = llm.complete({ messages: [user(`${question}\nPassages:\n${passage}`)], schema }, call())
    expect(await failureOf(asked)).toMatchObject({ code: 'TR_LLM_ANSWER_INVALID', message: expect.stringContaining("at 'items'") })
  })

  test('that never answers is left at once when the caller aborts', async () => {
    next({ hang: true })
    const caller = new AbortController()
    const asked = failureOf(ask({ signal: caller.signal }))
    await vi.waitFor(() => expect(server.journal().active).toBe(1))
    const startedAt = performance.now()
    caller.abort(new Error('cancelled'))
    expect(await asked).toMatchObject({ message: 'cancelled' })
    expect(performance.now() - startedAt).toBeLessThan(500)
    await vi.waitFor(() => expect(server.journal()).toMatchObject({ active: 0, entries: expect.arrayContaining([leftEntry]) }))
  })

  test('that never answers is given up after the timeout', async () => {
    next({ hang: true })
    const impatient = llmWith(key, 50)
    const error = await failureOf(impatient.complete({ messages: [user(question)] }, call()))
    expect(error).toMatchObject({ code: 'TR_LLM_UNAVAILABLE', message: expect.stringContaining('within 50 ms') })
  })

  test('that stops in mid-stream is left at once when the caller aborts', async () => {
    next({ chunkDelayMs: 20 })
    const caller = new AbortController()
    let seen = 0
    const error = await failureOf(
      ask({
        signal: caller.signal,
        onText: () => {
          seen++
          caller.abort(new Error('heard enough'))
        },
      }),
    )
    expect(error).toMatchObject({ message: 'heard enough' })
    expect(seen).toBe(1)
  })

  test('that is not there is unavailable', async () => {
    // Nobody listens on port 2; port 9, say, `fetch` would refuse by itself.
    const nowhere = openAiLlm({ baseUrl: 'http://127.0.0.1:2/v1', apiKey: 'k', model: 'm', offline: false, prices })
    expect(await failureOf(nowhere.complete({ messages: [user('hello')] }, call()))).toMatchObject({
      code: 'TR_LLM_UNAVAILABLE',
      costUsd: 0,
    })
  })

  test('that does not know the model refuses, and says which', async () => {
    const other = openAiLlm({ baseUrl: server.url, apiKey: key, model: 'gpt-nothing', offline: false, prices })
    const error = await failureOf(other.complete({ messages: [user('hello')] }, call()))
    expect(error).toMatchObject({
      code: 'TR_LLM_REFUSED',
      retryable: false,
      message: expect.stringContaining("'gpt-nothing' does not exist"),
    })
  })

  test('does not hide a fault of the one who listens to the stream', async () => {
    const fault = new TypeError('listener broke')
    const error = await failureOf(
      ask({
        onText: () => {
          throw fault
        },
      }),
    )
    expect(error).toBe(fault)
  })
})

describe('an embedder', () => {
  test('sends many texts in several requests and keeps their order', async () => {
    await control('DELETE', '/journal')
    const texts = Array.from({ length: 300 }, (_, at) => `item number ${at} of the stock list`)
    const vectors = await embedder.embed(texts, new AbortController().signal)
    expect(server.journal().requests).toBe(3)
    const [alone] = await embedder.embed([texts[200] ?? ''], new AbortController().signal)
    expect(vectors[200]).toEqual(alone)
    expect(await embedder.embed([], new AbortController().signal)).toEqual([])
  })

  test.each(['missing', 'short', 'zero', 'infinite'] as const)('refuses an answer whose vectors are %s', async (vectors) => {
    next({ vectors })
    const error = await failureOf(embedder.embed(['one text', 'another text'], new AbortController().signal))
    expect(error).toMatchObject({ code: 'TR_LLM_ANSWER_INVALID' })
  })

  test('refuses an empty text', async () => {
    expect(await failureOf(embedder.embed([' '], new AbortController().signal))).toMatchObject({ code: 'TR_LLM_REFUSED' })
  })
})

const leftEntry = expect.objectContaining({ outcome: 'left' })
const control = (method: string, path: string): Promise<Response> => fetch(new URL(path, server.url), { method })
const total = (answers: readonly LlmAnswer[], kind: 'inputTokens' | 'outputTokens'): number =>
  answers.reduce((sum, answer) => sum + answer.usage[kind], 0)
