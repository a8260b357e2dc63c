// Outbox
// Brings frames into the mailbox: publishes them, matches the server's acknowledgements, publishes again what was not acknowledged, gives up in the end.
//
// O1. A frame is only ever published again as the same bytes under the same message id, so the server stores it once.
// O2. Every frame ends: stored, refused, or given up after `acceptMs`. Then its lane goes on, and its messages are settled.
// O3. An acknowledgement is matched to its frame by the subject it comes to: a second one for an earlier frame changes nothing.
import { headers, type Msg, type NatsConnection } from 'nats'
import { subjects } from '../machines/subject.ts'
import { Door } from './door.ts'
import { type ClientError, MailboxFull, SendRefused, ServerUnavailable } from './errors.ts'
import { frameText, Lane } from './lane.ts'
import type { ClientLimits } from './options.ts'
import type { Sweep } from './sweep.ts'
import type { Ticket } from './ticket.ts'

interface Frame {
  readonly lane: Lane
  readonly tickets: readonly Ticket[]
  readonly bytes: Uint8Array
  readonly messageId: string
  readonly ackSubject: string
  readonly giveUpAt: number
  dueAt: number
  attempts: number
  /** What the server last said instead of storing it. */
  lastAnswer: string
}

/** What an outbox is made from. */
export interface OutboxParts {
  readonly connection: NatsConnection
  readonly namespace: string
  /** Unique for this client, ever: frames are told apart by it. */
  readonly clientId: string
  /** Where acknowledgements come: `<ackPrefix>.<frame number>`. */
  readonly ackPrefix: string
  readonly limits: ClientLimits
}

export class Outbox {
  readonly #parts: OutboxParts
  readonly #sweep: Sweep
  /** By tenant. */
  readonly #lanes = new Map<string, { readonly door: Door; readonly byPartition: Lane[] }>()
  /** By frame number, which is the last token of the subject its acknowledgement comes to. */
  readonly #inFlight = new Map<string, Frame>()
  #frames = 0
  #due: Lane[] = []

  constructor(parts: OutboxParts, sweep: Sweep) {
    this.#parts = parts
    this.#sweep = sweep
  }

  lane(partition: number, tenant: string): Lane {
    const { connection, namespace } = this.#parts
    let lanes = this.#lanes.get(tenant)
    if (!lanes) this.#lanes.set(tenant, (lanes = { door: new Door(connection, namespace, tenant), byPartition: [] }))
    return (lanes.byPartition[partition] ??= new Lane(subjects(namespace).frame(partition, tenant), partition, lanes.door, (due) =>
      this.#soon(due),
    ))
  }

  /** Messages that were refused before they were published. */
  get refused(): number {
    let refused = 0
    for (const { door } of this.#lanes.values()) refused += door.refused
    return refused
  }

  /** Hears nothing any more. */
  close(): void {
    for (const { door } of this.#lanes.values()) door.close()
  }

  /** Takes the server's answer to frame `number` (O3). */
  acknowledge(number: string, answer: Msg): void {
    const frame = this.#inFlight.get(number)
    if (!frame) return
    const verdict = readAnswer(answer)
    switch (verdict.kind) {
      case 'stored':
        return this.#end(number, frame, undefined)
      case 'later':
        frame.lastAnswer = verdict.cause
        frame.dueAt = Date.now() + this.#parts.limits.retryMs
        return this.#sweep.by(frame.dueAt)
      case 'full':
        return this.#end(
          number,
          frame,
          new MailboxFull(`${nameOf(frame)}: ${verdict.cause}; wait until the workers have caught up, then send again`),
        )
      case 'refused':
        return this.#end(number, frame, new SendRefused(`${nameOf(frame)}: ${verdict.cause}`))
    }
  }

  /** Publishes again or gives up what is late; says when to look next. */
  expire(now: number): number {
    let nextAt = Infinity
    for (const [number, frame] of this.#inFlight) {
      if (now >= frame.giveUpAt) this.#end(number, frame, unacknowledged(frame, this.#parts.limits.acceptMs))
      else if (now >= frame.dueAt) this.#publish(number, frame)
    }
    for (const frame of this.#inFlight.values()) nextAt = Math.min(nextAt, frame.dueAt, frame.giveUpAt)
    return nextAt
  }

  /** After a reconnect: what was in flight may have been lost with the connection. */
  publishAgain(): void {
    for (const [number, frame] of this.#inFlight) this.#publish(number, frame)
  }

  /** The account may not publish to `subject`: the server answers such a frame with an error on the connection only. */
  forbid(subject: string, cause: Error): void {
    for (const [number, frame] of this.#inFlight) {
      if (frame.lane.subject !== subject) continue
      this.#end(
        number,
        frame,
        new SendRefused(`${nameOf(frame)}: this account may not publish to ${subject}; docs/protocol.md lists what it needs`, { cause }),
      )
    }
  }

  /** Frames of all lanes leave together, in one write of the connection. */
  #soon(lane: Lane): void {
    this.#due.push(lane)
    if (this.#due.length > 1) return
    const whenGathered = this.#inFlight.size === 0 ? queueMicrotask : setImmediate // alone, a frame leaves at once
    whenGathered(() => {
      const due = this.#due
      this.#due = []
      for (const ready of due) {
        const tickets = ready.leave()
        if (tickets.length > 0) this.#send(ready, tickets)
      }
    })
  }

  #send(lane: Lane, tickets: readonly Ticket[]): void {
    const { clientId, ackPrefix, limits } = this.#parts
    const number = String(++this.#frames)
    const now = Date.now()
    const frame: Frame = {
      lane,
      tickets,
      bytes: Buffer.from(frameText(tickets)),
      messageId: tickets[0]?.parts.aloneAs ?? `${clientId}.${number}`,
      ackSubject: `${ackPrefix}.${number}`,
      giveUpAt: now + limits.acceptMs,
      dueAt: now,
      attempts: 0,
      lastAnswer: 'no answer',
    }
    this.#inFlight.set(number, frame)
    this.#publish(number, frame)
  }

  #publish(number: string, frame: Frame): void {
    const carried = headers()
    carried.set('Nats-Msg-Id', frame.messageId) // O1
    frame.attempts++
    frame.dueAt = Date.now() + this.#parts.limits.republishMs
    try {
      this.#parts.connection.publish(frame.lane.subject, frame.bytes, { reply: frame.ackSubject, headers: carried })
    } catch (cause) {
      return this.#end(number, frame, new SendRefused(`${nameOf(frame)}: the connection did not take it`, { cause }))
    }
    this.#sweep.by(Math.min(frame.dueAt, frame.giveUpAt))
  }

  #end(number: string, frame: Frame, error: ClientError | undefined): void {
    this.#inFlight.delete(number)
    frame.lane.next() // first the wire, then the senders: the next frame travels while they read the outcome of this one
    for (const ticket of frame.tickets) {
      if (error) ticket.reject(error)
      else ticket.stored()
    }
  }
}

type Verdict = { readonly kind: 'stored' } | { readonly kind: 'later' | 'full' | 'refused'; readonly cause: string }

/** JetStream's error codes for "no room": store failed (a limit of the stream), and the account's or server's resources are used up. */
const fullCodes: ReadonlySet<number> = new Set([10077, 10002, 10023, 10028, 10047])
/**
 * JetStream is choosing a leader, or sheds load: worth another attempt.
 * 10158: replicas have not yet agreed on an earlier attempt with this message id, which may still be stored.
 */
const laterCodes: ReadonlySet<number> = new Set([10008, 10009, 10118, 10158, 10167])

function readAnswer(answer: Msg): Verdict {
  if (answer.headers?.code === 503) return { kind: 'later', cause: 'no stream takes this subject now' }
  let error: { err_code?: number; description?: string } | undefined
  try {
    error = answer.json<{ error?: typeof error }>().error
  } catch (cause) {
    return { kind: 'later', cause: `the acknowledgement is not JSON (${String(cause)})` }
  }
  if (!error) return { kind: 'stored' }
  const code = error.err_code ?? 0
  const cause = `the server refused it: ${error.description ?? 'no reason given'} (${code})`
  if (fullCodes.has(code)) return { kind: 'full', cause }
  return { kind: laterCodes.has(code) ? 'later' : 'refused', cause }
}

const nameOf = (frame: Frame): string =>
  `sending frame ${frame.messageId} of ${frame.tickets.length} messages, the first to ${frame.tickets[0]?.parts.actor}, on ${frame.lane.subject}`

const unacknowledged = (frame: Frame, acceptMs: number): ServerUnavailable =>
  new ServerUnavailable(
    `${nameOf(frame)}: not stored for certain after ${acceptMs} ms and ${frame.attempts} attempts (last: ${frame.lastAnswer}); it may have been stored: check the server, then send again with the same id`,
  )
