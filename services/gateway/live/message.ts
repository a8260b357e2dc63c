// Message
// What a client may say on the socket: `{"sub": topic, "since"?: n}`, `{"unsub": topic}`, `{"hidden": true}`.
import { z } from 'zod'
import { RequestInvalid } from '../errors.ts'

const message = z.union([
  z.strictObject({ sub: z.string().min(1), since: z.number().int().min(0).optional() }),
  z.strictObject({ unsub: z.string().min(1) }),
  z.strictObject({ hidden: z.boolean() }),
])
export type ClientMessage = z.infer<typeof message>

/** Throws RequestInvalid. */
export function readMessage(text: string): ClientMessage {
  const parsed = message.safeParse(parse(text))
  if (parsed.success) return parsed.data
  throw new RequestInvalid(
    `a message on the live socket is {"sub": topic, "since"?: number}, {"unsub": topic} or {"hidden": true or false}, not ${text.slice(0, shownMax)}`,
  )
}

const shownMax = 100

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no shape takes it
  }
}
