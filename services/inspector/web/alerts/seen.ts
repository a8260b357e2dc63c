// Seen
// Alerts as this page has seen them: those that fire, and those that did and no longer do. Pure.
//
// N1. What ended is kept for as long as the page is open, `endedMax` of them; the gateway tells only what fires.
import type { Alert } from './wire.ts'

const endedMax = 50

export interface SeenAlert extends Alert {
  /** It no longer fires; about when that was seen. */
  readonly endedAt?: number
}

export function withAlerts(seen: readonly SeenAlert[], firing: readonly Alert[], now: number): readonly SeenAlert[] {
  const here = new Set(firing.map(({ id }) => id))
  const ended = seen.filter(({ id }) => !here.has(id)).map((one): SeenAlert => (one.endedAt === undefined ? { ...one, endedAt: now } : one))
  return [...firing, ...ended.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0)).slice(0, endedMax)]
}
