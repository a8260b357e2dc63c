// A start that fails half-way: one sentence, exit code 2, and nothing is left running that would keep the command from ending.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startOfflineModel } from '../../services/llm/offline/server.ts'
import { troupe } from '../cli/troupe.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a wrong API key ends the start with one sentence while workers are still starting', { timeout: 40_000 }, async () => {
  const model = await startOfflineModel({ apiKey: 'the right one' })
  try {
    const folder = await temporaryFolder({ 'docs/a.md': '# Alpha\n\nAlpha is the first letter.\n' })
    const settings = {
      OPENAI_API_KEY: 'a wrong one',
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'some-model',
      OPENAI_EMBEDDING_MODEL: 'offline-lexical',
    }
    const ended = await troupe(['dev', join(folder, 'docs'), '--once', '--data', join(folder, 'data')], settings)
    expect(ended.code).toBe(2)
    expect(ended.err).toContain('TR_LLM_REFUSED: ')
    expect(ended.err).toContain('set a valid OPENAI_API_KEY')
    expect(ended.err).not.toMatch(/^\s+at /m)
  } finally {
    await model.close()
  }
})
