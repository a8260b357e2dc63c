// Guarded
// A model behind a circuit: while its endpoint is known to be down, a call fails at once and says when it is worth another attempt.
// Only what speaks against the endpoint counts: it failed, could not be reached, did not answer in time, asked to slow down.
// A refusal (bad request, wrong key) and an answer of the wrong shape are given by an endpoint that lives; a call that was aborted says nothing.
import type { Llm } from '../../actors/ports.ts'
import type { Circuits, Pass, Verdict } from '../circuits/index.ts'
import { LlmAnswerInvalid, LlmCircuitOpen, LlmRateLimited, LlmRefused, LlmUnavailable } from './errors.ts'

/** `endpoint`: where it answers. Each model there has a circuit of its own. Throws `LlmCircuitOpen`, and what `llm` throws. */
export const guardedLlm = (llm: Llm, circuits: Circuits, endpoint: string): Llm => ({
  model: llm.model,
  offline: llm.offline,
  complete: async (request, call) => {
    const key = circuitKey(request.model ?? llm.model, endpoint)
    const pass = await circuits.admit(key)
    if (!pass.admitted)
      throw new LlmCircuitOpen(
        `calling ${key}, call ${call.idempotencyKey}: its circuit is open after too many failures; next attempt in ${pass.retryAfterMs} ms`,
        pass.retryAfterMs,
      )
    try {
      const answer = await llm.complete(request, call)
      await pass.settle('ok')
      return answer
    } catch (error) {
      await settleFailure(pass, error, call.signal)
      throw error
    }
  },
})

export const circuitKey = (model: string, endpoint: string): string => `${model} at ${endpoint}`

async function settleFailure(pass: Pass, error: unknown, signal: AbortSignal): Promise<void> {
  const retryAfterMs = error instanceof LlmRateLimited ? error.retryAfterMs : undefined
  await pass.settle(signal.aborted ? 'stopped' : verdictOf(error), retryAfterMs)
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof LlmUnavailable || error instanceof LlmRateLimited) return 'failed'
  return error instanceof LlmRefused || error instanceof LlmAnswerInvalid ? 'answered' : 'stopped'
}
