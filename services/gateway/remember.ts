// Remember
// Answers that are dear to make and asked for by every open page: made once for a moment, for all who ask within it.
//
// M1. Whoever asks while an answer is being made waits for that one.
// M2. A failure is not remembered.
// M3. So many answers at most: the oldest makes room.
import type { GatewayParts } from './parts.ts'

interface Kept {
  readonly until: number
  readonly answer: Promise<unknown>
}

const kept = new WeakMap<GatewayParts, Map<string, Kept>>()
const keptMax = 1_000

/** `name` stands for everything that the answer depends on. */
export function remembered<Answer>(parts: GatewayParts, name: string, ms: number, make: () => Promise<Answer>): Promise<Answer> {
  const answers = kept.get(parts) ?? new Map<string, Kept>()
  kept.set(parts, answers)
  const found = answers.get(name)
  if (found && found.until > Date.now()) return found.answer as Promise<Answer> // M1: of this name there is one maker
  const answer = make()
  answers.delete(name)
  answers.set(name, { until: Date.now() + ms, answer })
  answer.catch(() => answers.delete(name)) // M2
  const [oldest] = answers.keys()
  if (answers.size > keptMax && oldest !== undefined) answers.delete(oldest) // M3
  return answer
}
