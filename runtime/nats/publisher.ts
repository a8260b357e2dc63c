// Publisher
// Everything a worker publishes: gathered for one round of the event loop, so that it leaves in one write; JetStream's acknowledgements come back to one subscription.
// The client's own publish and request cost a promise chain, a timer, a stack trace and often a write of its own for each message:
// half of what a small commit costs.
//
// Alone, a message leaves at once: waiting for company would only cost time.
// U1. What is published leaves in the order in which it was given.
// U2. Every publish with an acknowledgement ends: with it, with the server's refusal, or unknown: after `timeoutMs`, or when the connection breaks.
import { createInbox, headers, type Msg, type MsgHdrs, type NatsConnection } from 'nats'
import { ServerUnavailable } from '../errors.ts'
import { RequestRefused } from './failure.ts'
import type { Link } from './link.ts'

export interface PublishOptions {
  /** Stored only if the last message of the subject is here (0: there is none). */
  readonly expected?: number
  /** The same id again is not stored again. */
  readonly messageId?: string
}

interface Waiting {
  readonly subject: string
  readonly dueAt: number
  readonly resolve: (answer: Msg) => void
  readonly reject: (error: Error) => void
}

const sweepMs = 500

export class Publisher {
  readonly #connection: NatsConnection
  readonly #timeoutMs: number
  readonly #inbox = createInbox()
  readonly #waiting = new Map<string, Waiting>()
  #outgoing: (() => void)[] = []
  #published = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(connection: NatsConnection, link: Link, timeoutMs: number) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    connection.subscribe(`${this.#inbox}.*`, { callback: (_error, answer) => this.#answered(answer) })
    link.onBreak(() => this.#break())
  }

  /** Core NATS: nobody says whether anybody heard it. */
  publish(subject: string, bytes: Uint8Array): void {
    this.#soon(() => this.#connection.publish(subject, bytes))
  }

  /** The sequence at which the server stored it. Rejects RequestRefused, ServerUnavailable (unknown whether it is stored). */
  async store(subject: string, bytes: Uint8Array, options: PublishOptions = {}): Promise<number> {
    const { seq, error } = readAck(await this.request(subject, bytes, options))
    if (error) throw new RequestRefused(`${subject}: ${error.description}`, error.code)
    if (seq === undefined) throw new ServerUnavailable(`publishing to ${subject}: no stream takes it now`)
    return seq
  }

  /** The answer to one message; empty when nobody listens. Rejects ServerUnavailable. */
  request(subject: string, bytes: Uint8Array | string, options: PublishOptions = {}): Promise<Msg> {
    const number = String(++this.#published)
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { subject, dueAt: performance.now() + this.#timeoutMs, resolve, reject })
      this.#sweep ??= setInterval(() => this.#expire(), sweepMs).unref()
      this.#soon(() => {
        try {
          this.#connection.publish(subject, bytes, { reply: `${this.#inbox}.${number}`, ...headersOf(options) })
        } catch (cause) {
          this.#settle(number)?.reject(new ServerUnavailable(`publishing to ${subject}: the connection is closed`, { cause }))
        }
      })
    })
  }

  #soon(publish: () => void): void {
    if (this.#outgoing.length === 0 && this.#waiting.size <= 1) return publish()
    this.#outgoing.push(publish)
    if (this.#outgoing.length === 1) setImmediate(() => this.#leave())
  }

  #leave(): void {
    const outgoing = this.#outgoing
    this.#outgoing = []
    for (const publish of outgoing) publish() // U1
  }

  #answered(answer: Msg): void {
    this.#settle(answer.subject.slice(this.#inbox.length + 1))?.resolve(answer)
  }

  #settle(number: string): Waiting | undefined {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    return waiting
  }

  #expire(): void {
    const now = performance.now() // a clock that is put back must not make a lost answer wait
    for (const [number, { subject, dueAt, reject }] of this.#waiting) {
      if (dueAt > now) break // in the order they were published
      this.#waiting.delete(number)
      reject(new ServerUnavailable(`publishing to ${subject}: no answer in ${this.#timeoutMs} ms`))
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  #break(): void {
    for (const { subject, reject } of this.#waiting.values())
      reject(new ServerUnavailable(`publishing to ${subject}: the connection broke before the answer came`))
    this.#waiting.clear()
  }
}

function headersOf({ expected, messageId }: PublishOptions): { headers?: MsgHdrs } {
  if (expected === undefined && messageId === undefined) return {}
  const given = headers()
  if (expected !== undefined) given.set('Nats-Expected-Last-Subject-Sequence', String(expected))
  if (messageId !== undefined) given.set('Nats-Msg-Id', messageId)
  return { headers: given }
}

interface Ack {
  readonly seq?: number
  readonly error?: { readonly code: number; readonly description: string }
}

/** An empty answer is the server's "no responders": no stream listens to the subject. */
function readAck(answer: Msg): Ack {
  if (answer.data.length === 0) return {}
  const { seq, error } = answer.json<{ seq?: number; error?: { err_code?: number; code?: number; description?: string } }>()
  if (error) return { error: { code: error.err_code ?? error.code ?? 0, description: error.description ?? 'refused' } }
  return seq === undefined ? {} : { seq }
}
