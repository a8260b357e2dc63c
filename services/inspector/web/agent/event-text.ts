// Event text
// What a reader wrote as an event: the event, or what is wrong with it. Pure.
import type { EventSeen } from '../wire.ts'

export type ReadEvent = { readonly ok: true; readonly event: EventSeen } | { readonly ok: false; readonly fault: string }

export function eventOf(text: string): ReadEvent {
  const read = parsed(text)
  if ('fault' in read) return { ok: false, fault: `This is no JSON: ${read.fault}` }
  const { value } = read
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, fault: 'An event is an object: {"type": "…"}' }
  if (!('type' in value) || typeof value.type !== 'string' || value.type === '')
    return { ok: false, fault: 'An event needs a "type" that is text.' }
  return { ok: true, event: { ...value, type: value.type } }
}

function parsed(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
