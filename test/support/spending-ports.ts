// Spending ports
// What agents need, with a model that costs money and takes time: it counts what it was really paid, whoever asks. Only for tests.
import type { ActorPorts, LlmAnswer } from '../../actors/ports.ts'
import { answers } from '../support/agents.ts'
import { fakePorts } from './actor-ports.ts'

export interface SpendingSpec {
  /** What is reserved for a call. */
  readonly reserveUsd: number
  /** What a call costs. */
  costUsd(call: number): number
  /** How long a call takes. */
  wait(call: number): Promise<void>
}

export interface SpendingPorts {
  readonly ports: ActorPorts
  /** What was paid to the model, and the most calls that were under way at once. */
  readonly paid: { usd: number; calls: number; atOnce: number }
}

export function spendingPorts({ reserveUsd, costUsd, wait }: SpendingSpec): SpendingPorts {
  const fakes = fakePorts([answers('never used')])
  const paid = { usd: 0, calls: 0, atOnce: 0 }
  let underWay = 0
  const complete = async (): Promise<LlmAnswer> => {
    const call = paid.calls++
    const cost = costUsd(call)
    paid.usd += cost
    paid.atOnce = Math.max(paid.atOnce, ++underWay)
    await wait(call)
    underWay--
    return answers('The moon [a.md:1-9].', { usage: { inputTokens: 100, outputTokens: 20, costUsd: cost } })
  }
  return { ports: { ...fakes, callUsdMax: () => reserveUsd, llm: { model: 'paid', offline: false, complete } }, paid }
}
