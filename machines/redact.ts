// Redact
// A value as people may see it: secrets by name and by look are hidden, what is deep, long or large is cut, and every cut says so.
//
// R1. What comes back is JSON of at most `depthMax` levels, and of about `bytesMax` bytes.
// R2. The value of a field whose name says secret is never shown (a number of `tokens` is a count, and is); nor is a text that looks like a key.

export interface RedactLimits {
  readonly depthMax: number
  /** Characters of one text. */
  readonly textMax: number
  /** Items of one list and fields of one object. */
  readonly itemsMax: number
  /** Bytes of the whole, as JSON. */
  readonly bytesMax: number
}

export const redactDefaults: RedactLimits = { depthMax: 10, textMax: 4_096, itemsMax: 200, bytesMax: 65_536 }

export const hidden = '[redacted]'

const secretNames =
  /^(?:.*[-_.])?(?:password|passwd|secret|token|authorization|cookie|credentials?|api[-_]?key|access[-_]?key|private[-_]?key|bearer)s?$/i
const secretCamel = /(?:password|secret|authToken|accessToken|refreshToken|apiKey|privateKey|accessKey)$/i
/** OpenAI-like keys, GitHub tokens, AWS ids, JWTs, PEM blocks. */
const secretTexts =
  /\b(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)\b|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g

export const isSecretName = (name: string): boolean => secretNames.test(name) || secretCamel.test(name)

/** The value as it may leave the worker (R1, R2). Anything that is no JSON becomes what `JSON.stringify` makes of it. */
export function redact(value: unknown, limits: RedactLimits = redactDefaults): unknown {
  const room = { bytes: limits.bytesMax }
  return redactAt(value, limits.depthMax, { limits, room })
}

interface Redacting {
  readonly limits: RedactLimits
  /** What is left of the whole. */
  readonly room: { bytes: number }
}

function redactAt(value: unknown, depth: number, redacting: Redacting): unknown {
  const { room } = redacting
  if (room.bytes <= 0) return '[cut: too large]'
  if (typeof value === 'string') return redactText(value, redacting)
  if (typeof value !== 'object' || value === null) {
    room.bytes -= smallBytes
    return value
  }
  if (depth === 0) return Array.isArray(value) ? `[cut: ${value.length} items deeper]` : '[cut: deeper]'
  return Array.isArray(value) ? redactList(value, depth, redacting) : redactFields(value, depth, redacting)
}

/** A number, a bracket pair, a comma. */
const smallBytes = 8

function redactText(text: string, { limits, room }: Redacting): string {
  const kept = text.slice(0, Math.max(0, Math.min(limits.textMax, room.bytes)))
  const shown = kept.replace(secretTexts, hidden)
  room.bytes -= shown.length + smallBytes
  return kept.length < text.length ? `${shown}… [cut: ${text.length} characters]` : shown
}

function redactList(list: readonly unknown[], depth: number, redacting: Redacting): unknown[] {
  const { limits, room } = redacting
  room.bytes -= smallBytes
  const shown = list.slice(0, limits.itemsMax).map((item) => redactAt(item, depth - 1, redacting))
  return list.length > limits.itemsMax ? [...shown, `[cut: ${list.length} items]`] : shown
}

function redactFields(value: object, depth: number, redacting: Redacting): Record<string, unknown> {
  const { limits, room } = redacting
  const fields = Object.entries(value)
  const shown = fields.slice(0, limits.itemsMax).map(([name, field]): [string, unknown] => {
    room.bytes -= name.length + smallBytes
    return [name, isSecret(name, field) ? hidden : redactAt(field, depth - 1, redacting)] // R2
  })
  if (fields.length > limits.itemsMax) shown.push(['…', `[cut: ${fields.length} fields]`])
  return Object.fromEntries(shown)
}

/** A number of tokens is a count. */
const isSecret = (name: string, value: unknown): boolean => isSecretName(name) && !(typeof value === 'number' && /tokens$/i.test(name))
