// Remember
// Answers that are dear to make and asked for by every open page: made once for a moment, for all who ask within it.
//
// M1. Whoever asks while an answer is being made waits for that one.
// M2. A failure is not remembered.
// M3. So many answers at most: the oldest makes room.
// M4. Where an older answer will do, nobody waits for the next one, which is made meanwhile.
import type { GatewayParts } from './parts.ts'

interface Kept {
  readonly freshUntil: number
  readonly until: number
  readonly answer: Promise<unknown>
}

const kept = new WeakMap<GatewayParts, Map<string, Kept>>()
const keptMax = 1_000

export interface Freshness {
  /** How long an answer is good. */
  readonly freshMs: number
  /** How long after that it is given to those who ask while the next one is made (M4). Default: not at all. */
  readonly staleMs?: number
}

/** `name` stands for everything that the answer depends on. */
export function remembered<Answer>(
  parts: GatewayParts,
  name: string,
  { freshMs, staleMs = 0 }: Freshness,
  make: () => Promise<Answer>,
): Promise<Answer> {
  const answers = kept.get(parts) ?? new Map<string, Kept>()
  kept.set(parts, answers)
  const now = Date.now()
  const found = answers.get(name)
  if (found && found.freshUntil > now) return found.answer as Promise<Answer> // M1: of this name there is one maker
  const answer = make()
  const fresh = { freshUntil: now + freshMs, until: now + freshMs + staleMs, answer }
  const mayServe = found !== undefined && found.until > now
  // M4: until the next one is there, the old one stands, so that whoever asks meanwhile neither waits nor makes another.
  const standing = mayServe ? { ...found, freshUntil: now + freshMs } : fresh
  answers.delete(name)
  answers.set(name, standing)
  const replace = (after: Kept | undefined): void => {
    if (answers.get(name) !== standing) return
    if (after) answers.set(name, after)
    else answers.delete(name)
  }
  answer.then(
    () => replace(fresh),
    () => replace(mayServe ? { ...found, freshUntil: now } : undefined), // M2: the next who asks has it tried again
  )
  const [oldest] = answers.keys()
  if (answers.size > keptMax && oldest !== undefined) answers.delete(oldest) // M3
  return mayServe ? (found.answer as Promise<Answer>) : answer
}
