// Decode record
// Bytes of the log into a record that can be trusted: every field a projection reads is checked here, once.
// Fields that this version does not know are kept. Postgres holds neither NUL nor half a surrogate pair: both become U+FFFD.
import { z } from 'zod'
import { parseActorId, type ActorId } from '../../machines/address.ts'
import type { Stamped } from '../../runtime/ports.ts'
import type { LogRecord } from '../../runtime/record.ts'
import { RecordMalformed } from './errors.ts'

/** Throws `RecordMalformed`, which names the partition, the sequence and the field. */
export function decodeRecord(partition: number, { seq, bytes }: Stamped): LogRecord {
  const parsed = recordSchema.safeParse(jsonOf(bytes, partition, seq))
  if (parsed.success) return parsed.data as LogRecord
  const issue = parsed.error.issues[0]
  throw malformed(partition, seq, `${issue?.path.join('.') || 'record'}: ${issue?.message ?? 'not a record'}`)
}

function jsonOf(bytes: Uint8Array, partition: number, seq: number): unknown {
  try {
    const text = utf8.decode(bytes)
    return unstorable.test(text) ? JSON.parse(text, storable) : JSON.parse(text)
  } catch (cause) {
    throw malformed(partition, seq, 'it is not JSON', cause)
  }
}

/** JSON text that may say NUL or a surrogate: those stand in it only as escapes. */
const unstorable = /\\u(?:0000|d[89a-f])/i

const cleaned = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** A reviver: it sees every value after its members. */
function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return cleaned(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [cleaned(key), member]))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const malformed = (partition: number, seq: number, found: string, cause?: unknown): RecordMalformed =>
  new RecordMalformed(
    `partition ${partition}, record ${seq}: cannot be projected, ${found}; the rows of this partition end before it until a projector that understands it runs`,
    { cause },
  )

/** The last millisecond that a timestamp column takes: the end of the year 9999. */
const lastInstant = Date.UTC(10_000, 0, 1) - 1
const instant = z.number().min(0).max(lastInstant)
const natural = z.int().nonnegative()
const actor = z.custom<ActorId>((value) => typeof value === 'string' && parseActorId(value) !== undefined, 'not tenant/type/key')
const event = z.looseObject({ type: z.string() })

const message = z.looseObject({
  id: z.string(),
  to: z.string(),
  kind: z.string(),
  event,
  correlation: z.string().optional(),
  trace: z.string().optional(),
})

const entry = z.looseObject({
  actor,
  turn: natural,
  at: instant,
  message: z.string(),
  event,
  from: z.string().optional(),
  correlation: z.string().optional(),
  trace: z.string().optional(),
  snapshot: z.looseObject({ value: z.json() }).optional(),
  patch: z.array(z.tuple([z.string(), z.array(z.union([z.string(), z.number()]))], z.json())).optional(),
  sends: z.array(z.looseObject({ target: natural, seq: natural, message })).optional(),
  effects: z.array(z.looseObject({ id: z.string(), src: z.string(), key: z.string() })).optional(),
  cancelled: z.array(z.string()).optional(),
  result: z.string().optional(),
  emits: z.array(event).optional(),
  dead: z.looseObject({ code: z.string(), cause: z.string(), stack: z.string().optional(), raw: z.string().optional() }).optional(),
})

const head = { epoch: natural.min(1), worker: z.string(), checkpointAt: natural }

const recordSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('claim'), ...head }),
  z.looseObject({ kind: z.literal('release'), ...head }),
  z.looseObject({ kind: z.literal('turns'), ...head, entries: z.array(entry) }),
])
