// Coordinator open decisions
// The decisions that wait for their outcome, numbered in the order they were made. In chunks: adding or taking one copies a chunk, not all of them.
//
// O1. At most `openMax` wait, and at most `openBytesMax` of them; beyond it the oldest is censored.
// O2. What was censored is remembered, `censoredMax` of them, so that an outcome that comes too late is told why it is not learned from.
import type { ArmId } from './selection/types.ts'
import type { TaskType } from './task-events.ts'

export const openLimits = {
  /** O1 */
  openMax: 1_000,
  /** O1: characters of JSON, near enough. */
  openBytesMax: 160_000,
  /** O2 */
  censoredMax: 500,
} as const

/** What is kept of a decision until its outcome is known: all that an observation needs. */
export interface OpenDecision {
  readonly taskId: string
  readonly taskType: TaskType
  readonly arm: ArmId
  readonly predicted: number
  /** The same before calibration. */
  readonly raw?: number
  readonly at: number
  readonly features?: Readonly<Record<string, number>>
}

/** By the last digits of the decision's number; null: it is not open any more. */
type Chunk = readonly (OpenDecision | null)[]

export interface OpenDecisions {
  /** By number of the chunk. */
  readonly chunks: Readonly<Record<string, Chunk>>
  readonly count: number
  readonly bytes: number
  /** Numbers of the last ones that were censored, oldest first. */
  readonly censored: readonly number[]
}

/** A decision that was open, with its number. */
export interface Numbered {
  readonly n: number
  readonly decision: OpenDecision
}

export const noneOpen: OpenDecisions = { chunks: {}, count: 0, bytes: 0, censored: [] }

const chunkSize = 64
const fixedBytes = 110
const chunkOf = (n: number): string => `c${Math.floor(n / chunkSize)}` // no integer: such keys would not keep their order
const placeOf = (n: number): number => n % chunkSize

export const openOf = ({ chunks }: OpenDecisions, n: number): OpenDecision | undefined => chunks[chunkOf(n)]?.[placeOf(n)] ?? undefined

/** Adds one, which has the highest number so far; gives those that had to be censored for it, the oldest first (O1). */
export function withOpen(open: OpenDecisions, added: Numbered): { readonly open: OpenDecisions; readonly censored: readonly Numbered[] } {
  const { n, decision } = added
  const before = open.chunks[chunkOf(n)] ?? []
  const skipped = Array.from<null>({ length: Math.max(0, placeOf(n) - before.length) }).fill(null)
  const chunks = { ...open.chunks, [chunkOf(n)]: [...before, ...skipped, decision] }
  const next = { ...open, chunks, count: open.count + 1, bytes: open.bytes + bytesOf(decision) }
  return isWithin(next) ? { open: next, censored: [] } : censor(next, (_, rest) => !isWithin(rest))
}

export function withoutOpen(open: OpenDecisions, n: number): OpenDecisions {
  const chunk = open.chunks[chunkOf(n)]
  const gone = chunk?.[placeOf(n)]
  if (!chunk || !gone) return open
  const left = chunk.with(placeOf(n), null)
  const chunks = left.every((decision) => decision === null) ? withoutChunk(open.chunks, n) : { ...open.chunks, [chunkOf(n)]: left }
  return { ...open, chunks, count: open.count - 1, bytes: open.count === 1 ? 0 : open.bytes - bytesOf(gone) }
}

function withoutChunk(chunks: OpenDecisions['chunks'], n: number): OpenDecisions['chunks'] {
  const { [chunkOf(n)]: _, ...others } = chunks
  return others
}

/** Takes out the oldest ones for as long as `isDue` says so, of each and of what is left with it. */
export function censor(
  open: OpenDecisions,
  isDue: (oldest: OpenDecision, rest: OpenDecisions) => boolean,
): { readonly open: OpenDecisions; readonly censored: readonly Numbered[] } {
  const censored: Numbered[] = []
  let rest = open
  for (let oldest = oldestOf(rest); oldest && isDue(oldest.decision, rest); oldest = oldestOf(rest)) {
    censored.push(oldest)
    rest = withoutOpen(rest, oldest.n)
  }
  if (censored.length === 0) return { open, censored }
  const remembered = [...rest.censored, ...censored.map(({ n }) => n)].slice(-openLimits.censoredMax) // O2
  return { open: { ...rest, censored: remembered }, censored }
}

export function oldestOf({ chunks }: OpenDecisions): Numbered | undefined {
  for (const name in chunks) {
    const place = chunks[name]?.findIndex((decision) => decision !== null) ?? -1
    const decision = chunks[name]?.[place]
    if (decision) return { n: Number(name.slice(1)) * chunkSize + place, decision }
  }
  return undefined
}

const isWithin = ({ count, bytes }: OpenDecisions): boolean => count <= openLimits.openMax && bytes <= openLimits.openBytesMax

function bytesOf({ taskId, taskType, arm, features }: OpenDecision): number {
  const names = taskId.length + taskType.length + arm.length
  return fixedBytes + names + (features ? JSON.stringify(features).length + 12 : 0)
}
