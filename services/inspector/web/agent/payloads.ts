// Payloads
// The events that were sent last from this browser, by actor type, so that one may be sent again. What is saved under a name is the gateway's.
import type { EventSeen } from '../wire.ts'

const keptMax = 8
const charactersMax = 16_384
const keyOf = (type: string): string => `troupe.sent.${type}`

export function lastSent(type: string): readonly EventSeen[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(type)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isEvent) : []
  } catch {
    return [] // a browser that keeps nothing, or something that is none of ours
  }
}

/** The newest first, each once. */
export function noteSent(type: string, event: EventSeen): void {
  const text = JSON.stringify(event)
  if (text.length > charactersMax) return
  const others = lastSent(type).filter((one) => JSON.stringify(one) !== text)
  try {
    localStorage.setItem(keyOf(type), JSON.stringify([event, ...others].slice(0, keptMax)))
  } catch {
    // It was sent; that it is not remembered harms nobody.
  }
}

const isEvent = (value: unknown): value is EventSeen =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
