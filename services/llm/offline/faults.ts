// Faults
// What the offline server does wrong on purpose, so that tests and demonstrations can see the system cope.
//
// P1. Rules are tried in order and the first that fires is the fault of the request; with the same seed and requests, the same faults.
import { z } from 'zod'
import { randomOf } from './seeded.ts'

export const faultsMax = 100
const delayMsMax = 600_000

const fault = z.strictObject({
  /** Wait before answering. */
  delayMs: z.int().min(0).max(delayMsMax).optional(),
  /** Wait between the chunks of a stream. */
  chunkDelayMs: z.int().min(0).max(delayMsMax).optional(),
  /** Answer with this error. */
  status: z.int().min(400).max(599).optional(),
  retryAfterMs: z.int().min(0).optional(),
  /** Never answer. */
  hang: z.literal(true).optional(),
  /** Break the stream off after so many chunks: the connection resets, or ends as if all had been said. */
  cutAfterChunks: z.int().min(0).optional(),
  cutCleanly: z.boolean().optional(),
  /** Break the JSON of the answer itself, of tool arguments, or of text that should be JSON. */
  garbage: z.enum(['wire', 'arguments', 'content']).optional(),
  /** Break the vectors of embeddings. */
  vectors: z.enum(['missing', 'short', 'zero', 'infinite']).optional(),
})

export const faultRule = z.intersection(
  fault,
  z.union([z.object({ next: z.int().positive() }), z.object({ probability: z.number().min(0).max(1) })]),
)
const faultRules = z.union([faultRule.transform((rule) => [rule]), z.array(faultRule)])

export type Fault = z.infer<typeof fault>
/** A fault with when it happens: in the `next` n requests, or in each with a `probability`. */
export type FaultRule = z.infer<typeof faultRule>

export const decodeFault = fault
export const decodeFaultRules = faultRules

export interface Faults {
  add(rules: readonly FaultRule[]): void
  clear(): void
  /** The fault of the next request. */
  draw(): Fault
}

export function faultsOf(rules: readonly FaultRule[], seed: number): Faults {
  const random = randomOf(seed)
  let active: { readonly rule: FaultRule; left: number }[] = []
  const add = (more: readonly FaultRule[]): void => {
    active.push(...more.map((rule) => ({ rule, left: 'next' in rule ? rule.next : Number.POSITIVE_INFINITY })))
    active = active.slice(-faultsMax)
  }
  add(rules)
  return {
    add,
    clear: () => void (active = []),
    draw() {
      const fired = active.find(({ rule }) => !('probability' in rule) || random() < rule.probability) // P1
      if (fired === undefined) return {}
      fired.left--
      active = active.filter(({ left }) => left > 0)
      return fired.rule
    },
  }
}
