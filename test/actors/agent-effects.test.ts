import { describe, expect, test } from 'vitest'
import { agentEffects } from '../../actors/agent-effects.ts'
import { RetrievalFailed } from '../../actors/errors.ts'
import { actorId } from '../../machines/address.ts'
import { answerTokensMax } from '../../machines/agent-call.ts'
import type { ActInput } from '../../machines/agent-task.ts'
import type { EffectContext } from '../../runtime/define-actor.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers, passages } from '../support/agents.ts'

const contextOf = <Input>(input: Input, fields: Partial<EffectContext<Input>> = {}): EffectContext<Input> => ({
  input,
  signal: new AbortController().signal,
  idempotencyKey: 'key',
  attempt: 1,
  actor: actorId('acme', 'agent-researcher', 'one'),
  correlation: undefined,
  progress() {},
  heartbeat() {},
  ...fields,
})
const folder = { root: '/docs', collection: 'docs' }
const actInput = (...names: readonly string[]): ActInput => ({
  calls: names.map((name, index) => ({ id: `c${index}`, name, arguments: { file: 'a.md' } })),
  tools: ['read-file', 'list-files'],
  ...folder,
})

describe('the search that opens a task', () => {
  test('gives the passages, searched for in the folder of the tenant', async () => {
    const ports = fakePorts([])
    expect(await agentEffects(ports).retrieve.run(contextOf({ query: 'Why?', ...folder }))).toEqual(passages)
    expect(ports.toolRuns).toMatchObject([{ name: 'search-documents', args: { query: 'Why?' }, run: { tenant: 'acme', ...folder } }])
  })

  test('gives nothing when nothing was found', async () => {
    const ports = fakePorts([], { 'search-documents': { run: async () => ({ ok: true, text: 'No results', citations: [] }) } })
    expect(await agentEffects(ports).retrieve.run(contextOf({ query: 'Why?', ...folder }))).toEqual({ text: '', citations: [] })
  })

  test('fails when it cannot search', async () => {
    const ports = fakePorts([], { 'search-documents': { run: async () => ({ ok: false, text: 'no such collection', citations: [] }) } })
    await expect(agentEffects(ports).retrieve.run(contextOf({ query: 'Why?', ...folder }))).rejects.toThrow(RetrievalFailed)
  })
})

describe('thinking', () => {
  test('offers the model the tools of the agent, and passes on its words as they come', async () => {
    const ports = fakePorts([answers('So.')])
    const told: unknown[] = []
    const input = { messages: [{ role: 'user' as const, content: 'Why?' }], tools: ['read-file'], model: undefined }
    await agentEffects(ports).think.run(contextOf(input, { progress: (value) => told.push(value) }))
    expect(ports.requests).toEqual([
      { messages: input.messages, tokensMax: answerTokensMax, tools: [ports.tools.get('read-file')?.schema] },
    ])
    expect(told).toEqual([{ text: 'So.' }])
  })
})

describe('acting', () => {
  test('runs each call under a key of its own, and answers them in order', async () => {
    const ports = fakePorts([])
    const given = await agentEffects(ports).act.run(contextOf(actInput('read-file', 'list-files')))
    expect(given).toMatchObject([
      { id: 'c0', name: 'read-file', ok: true },
      { id: 'c1', name: 'list-files', ok: true },
    ])
    expect(ports.toolRuns.map(({ run }) => run.idempotencyKey)).toEqual(['key/c0', 'key/c1'])
  })

  test('lets the model know of a tool that is not its own, and of one that broke', async () => {
    const ports = fakePorts([], { 'list-files': { run: () => Promise.reject(new Error('disk full')) } })
    expect(await agentEffects(ports).act.run(contextOf(actInput('review-code', 'list-files')))).toEqual([
      {
        id: 'c0',
        name: 'review-code',
        ok: false,
        text: 'there is no tool review-code; the tools are read-file, list-files',
        citations: [],
      },
      { id: 'c1', name: 'list-files', ok: false, text: 'disk full', citations: [] },
    ])
    expect(ports.toolRuns).toEqual([])
  })

  test('runs a bounded number of calls at once, and answers the others too', async () => {
    const ports = fakePorts([])
    const given = await agentEffects(ports).act.run(contextOf(actInput(...Array.from({ length: 10 }, () => 'read-file'))))
    expect(given.map(({ ok }) => ok)).toEqual([...Array.from({ length: 8 }, () => true), false, false])
    expect(ports.toolRuns).toHaveLength(8)
  })

  test('ends with its signal, whatever the tool makes of it', async () => {
    const ports = fakePorts([], { 'read-file': { run: () => Promise.reject(new Error('cancelled')) } })
    const signal = AbortSignal.abort(new Error('left'))
    await expect(agentEffects(ports).act.run(contextOf(actInput('read-file'), { signal }))).rejects.toThrow('left')
  })
})
