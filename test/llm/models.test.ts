import { describe, expect, test } from 'vitest'
import { chooseModel } from '../../services/llm/index.ts'
import { costOf, longContextTokens } from '../../services/llm/prices.ts'

const offlineUrl = 'http://127.0.0.1:4010/v1'

describe('choosing a model', () => {
  test('takes the offline server when there is no key, and says so', () => {
    const { llm, embedder, describe: text } = chooseModel({ offlineUrl, openAiApiKey: '', model: '' })
    expect(llm).toMatchObject({ model: 'offline-extractive', offline: true })
    expect(embedder).toMatchObject({ model: 'offline-lexical', offline: true, dimensions: 384 })
    expect(text).toContain('offline model offline-extractive')
  })

  test('takes OpenAI when there is a key, and says so', () => {
    const { llm, embedder, describe: text } = chooseModel({ openAiApiKey: 'sk-secret', offlineUrl })
    expect(llm.offline || embedder.offline).toBe(false)
    expect(embedder.dimensions).toBe(1536)
    expect(text).toBe(`${llm.model} at https://api.openai.com/v1; embeddings by ${embedder.model} at https://api.openai.com/v1`)
  })

  test('takes the model named at a base URL without a key, with offline embeddings unless one is named', () => {
    const chosen = chooseModel({ openAiBaseUrl: 'http://localhost:11434/v1', model: 'llama', offlineUrl })
    expect(chosen.llm).toMatchObject({ model: 'llama', offline: false })
    expect(chosen.embedder.offline).toBe(true)
    const named = { openAiBaseUrl: 'http://localhost:11434/v1', model: 'llama', embeddingModel: 'nomic' }
    expect(chooseModel({ ...named, embeddingDimensions: 768 }).embedder).toMatchObject({ model: 'nomic', dimensions: 768, offline: false })
  })

  test('asks the offline server for an offline model, even with a key', () => {
    expect(chooseModel({ openAiApiKey: 'sk-secret', model: 'offline-extractive', offlineUrl }).llm.offline).toBe(true)
  })

  test.each([
    [{}, /offline server/],
    [{ openAiBaseUrl: 'http://localhost:1/v1', offlineUrl }, /no model/],
    [{ openAiApiKey: 'sk-secret', embeddingModel: 'unknown-embedder' }, /dimensions/],
  ])('refuses settings that name no usable model: %o', (settings, reason) => {
    expect(() => chooseModel(settings)).toThrow(
      expect.objectContaining({ code: 'TR_LLM_NOT_CONFIGURED', message: expect.stringMatching(reason) }),
    )
  })
})

describe('the cost of a call', () => {
  test('counts cached input at its own price', () => {
    expect(costOf('gpt-6-luna', { inputTokens: 1_000_000 / 4, cachedTokens: 0, outputTokens: 100_000 })).toBeCloseTo(0.025 + 0.05)
    expect(costOf('gpt-6-luna', { inputTokens: 200_000, cachedTokens: 100_000, outputTokens: 0 })).toBeCloseTo(0.01 + 0.001)
  })

  test('of a dated snapshot is that of its model', () => {
    const usage = { inputTokens: 1000, outputTokens: 1000 }
    expect(costOf('gpt-4.1-mini-2025-04-14', usage)).toBe(costOf('gpt-4.1-mini', usage))
  })

  test('is unknown for a model without a price and for a longer input than the prices are for', () => {
    expect(costOf('llama', { inputTokens: 1, outputTokens: 1 })).toBeUndefined()
    expect(costOf('gpt-6-sol', { inputTokens: longContextTokens + 1, outputTokens: 1 })).toBeUndefined()
  })
})
