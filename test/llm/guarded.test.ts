import { expect, test } from 'vitest'
import type { Llm } from '../../actors/ports.ts'
import { circuitDefaults } from '../../machines/circuit.ts'
import { inMemoryCircuitStore, openCircuits } from '../../services/circuits/index.ts'
import { LlmAnswerInvalid, LlmCircuitOpen, LlmRateLimited, LlmRefused, LlmUnavailable } from '../../services/llm/errors.ts'
import { guardedLlm } from '../../services/llm/guarded.ts'
import { answers } from '../support/agents.ts'

const { callsMin, openMs } = circuitDefaults

/** A guarded model whose endpoint does what `next` says, and counts its calls. */
async function guarded(first: Error | 'well') {
  const endpoint = { next: first, calls: 0 }
  let now = 1_000_000
  const bare: Llm = {
    model: 'big',
    offline: true,
    complete: async () => {
      endpoint.calls++
      if (endpoint.next !== 'well') throw endpoint.next
      return answers('yes')
    },
  }
  const circuits = await openCircuits(inMemoryCircuitStore(), { now: () => now })
  const llm = guardedLlm(bare, circuits, 'http://models.test/v1')
  const call = (signal = new AbortController().signal, model?: string): Promise<string> =>
    llm.complete({ messages: [], ...(model !== undefined && { model }) }, { signal, idempotencyKey: 'k' }).then(
      ({ text }) => text,
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'aborted'),
    )
  const calls = async (count: number): Promise<readonly string[]> => {
    const all: string[] = []
    for (let done = 0; done < count; done++) all.push(await call())
    return all
  }
  return { endpoint, call, calls, llm, elapse: (ms: number) => void (now += ms) }
}

test.each([new LlmUnavailable('503'), new LlmRateLimited('429', undefined)])(
  'an endpoint that keeps failing ($code) is not called any more, until it is worth another attempt',
  async (failure) => {
    const { endpoint, calls, elapse } = await guarded(failure)
    expect(await calls(callsMin + 2)).toEqual([
      ...Array.from({ length: callsMin }, () => failure.code),
      'TR_CIRCUIT_OPEN',
      'TR_CIRCUIT_OPEN',
    ])
    expect(endpoint.calls).toBe(callsMin)
    elapse(openMs)
    endpoint.next = 'well'
    expect(await calls(3)).toEqual(['yes', 'yes', 'yes'])
  },
)

test('a call that is not made says when to try again, and that it may be tried again', async () => {
  const { calls, llm } = await guarded(new LlmUnavailable('503'))
  await calls(callsMin)
  const refused = await llm
    .complete({ messages: [] }, { signal: new AbortController().signal, idempotencyKey: 'k7' })
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(LlmCircuitOpen)
  expect(refused).toMatchObject({ retryable: true, retryAfterMs: openMs, message: expect.stringContaining('k7') })
})

test('an endpoint that asks to stay away for longer is left alone for longer', async () => {
  const { calls, elapse } = await guarded(new LlmRateLimited('429', 60_000))
  await calls(callsMin)
  elapse(59_999)
  expect(await calls(1)).toEqual(['TR_CIRCUIT_OPEN'])
})

test.each([new LlmRefused('400'), new LlmAnswerInvalid('no JSON'), new Error('a bug')])('%s opens nothing', async (failure) => {
  const { endpoint, calls } = await guarded(failure)
  await calls(10 * callsMin)
  expect(endpoint.calls).toBe(10 * callsMin)
})

test('calls that were aborted open nothing, whatever they failed with', async () => {
  const { endpoint, call } = await guarded(new LlmUnavailable('cut off'))
  for (let count = 0; count < 10 * callsMin; count++) await call(AbortSignal.abort())
  expect(endpoint.calls).toBe(10 * callsMin)
})

test('each model of an endpoint has a circuit of its own', async () => {
  const { endpoint, calls, call } = await guarded(new LlmUnavailable('503'))
  await calls(callsMin)
  endpoint.next = 'well'
  expect([await call(), await call(undefined, 'small')]).toEqual(['TR_CIRCUIT_OPEN', 'yes'])
})
