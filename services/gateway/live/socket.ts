// Socket
// One WebSocket: admitted, heard, told, and closed for a reason that its page understands.
//
// K1. Nothing is done for a socket before its caller is known; what it says until then waits, a little of it.
// K2. It ends when its rights do: they are asked again every `admitAgainMs`.
// K3. It ends when the other side has not answered for `silentMsMax`.
import type { FastifyRequest } from 'fastify'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { Caller } from '../caller.ts'
import { NotAllowed, NotAuthenticated, RequestInvalid, TooManyRequests } from '../errors.ts'
import type { Guard } from '../server.ts'
import type { Hub } from './hub.ts'
import { closes, type LiveLimits } from './limits.ts'
import { readMessage } from './message.ts'
import { Session, type SessionSpec } from './session.ts'

/** The part of `ws` that is used: the package brings no types. */
export interface WebSocketLike {
  readonly bufferedAmount: number
  readonly readyState: number
  send(text: string, options: { readonly compress: boolean }): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'message', heard: (bytes: Uint8Array) => void): void
  on(event: 'pong' | 'close', heard: () => void): void
}

export interface SocketSpec {
  readonly hub: Hub
  readonly guard: Guard
  readonly limits: LiveLimits
  readonly log: Logger
  admit: SessionSpec['admit']
  /** Counts it among its caller's sockets until the function it gives is called. Throws TooManyRequests. */
  enter(caller: Caller): () => void
}

/** What a socket needs at least: each of its topics asks for its own. */
export const wantedOfSocket = { resource: 'agents', action: 'read' } as const

const open = 1
const unheardMax = 64
/** Short frames are sent as they are: a socket that gets no long one needs no window (`ws` has a threshold of its own, for contexts that are not kept only). */
const compressFrom = 2_048
const rateMs = 10_000
const badMessagesMax = 20

export function serveSocket(socket: WebSocketLike, request: FastifyRequest, spec: SocketSpec): void {
  const { guard, log } = spec
  const early: string[] = []
  let guest: Guest | undefined
  let ended = false
  const lastly: (() => void)[] = []
  const end = (error: unknown): void => {
    const [code, reason] = closeOf(error)
    if (code === closes.fault) log.error({ request: request.id, error }, 'a live socket failed')
    if (socket.readyState === open) socket.close(code, reason)
  }
  // `ws` gives messages as they come: who listens late misses them.
  socket.on('message', (bytes) => {
    const text = new TextDecoder().decode(bytes)
    if (guest) guest.hear(text)
    else if (early.push(text) > unheardMax) end(new TooManyRequests(`${unheardMax} messages before the caller is known`))
  })
  socket.on('close', () => {
    ended = true
    for (const last of lastly) last()
  })
  guard
    .admit(request, wantedOfSocket)
    .then((caller) => {
      if (ended) return
      lastly.push(spec.enter(caller))
      guest = new Guest(socket, request, { ...spec, end }, caller)
      lastly.push(() => guest?.close())
      for (const text of early) guest.hear(text) // K1
    })
    .catch(end)
}

/** Who is let in. */
class Guest {
  readonly #socket: WebSocketLike
  readonly #spec: SocketSpec & { end(error: unknown): void }
  readonly #request: FastifyRequest
  readonly #session: Session
  readonly #timers: readonly NodeJS.Timeout[]
  #answeredAt = Date.now()
  #heard = { since: 0, messages: 0 }
  #bad = 0

  constructor(socket: WebSocketLike, request: FastifyRequest, spec: SocketSpec & { end(error: unknown): void }, caller: Caller) {
    this.#socket = socket
    this.#spec = spec
    this.#request = request
    const { hub, limits, admit } = spec
    const outlet = {
      send: (text: string) => {
        if (socket.readyState === open) socket.send(text, { compress: text.length >= compressFrom })
      },
      get unsent() {
        return socket.bufferedAmount
      },
    }
    this.#session = new Session({ id: request.id, hub, limits, outlet, admit }, caller, Date.now())
    socket.on('pong', () => (this.#answeredAt = Date.now()))
    this.#timers = [
      setInterval(() => this.#beat(), limits.silentMsMax / 3),
      setInterval(() => void this.#admitAgain(), limits.admitAgainMs),
    ]
  }

  hear(text: string): void {
    const now = Date.now()
    this.#answeredAt = now
    if (now - this.#heard.since > rateMs) this.#heard = { since: now, messages: 0 }
    const { messagesMax } = this.#spec.limits
    if (++this.#heard.messages > messagesMax)
      return this.#spec.end(new TooManyRequests(`more than ${messagesMax} messages within ${rateMs / 1_000} s`))
    this.#obey(text)
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#session.close()
  }

  #obey(text: string): void {
    try {
      const message = readMessage(text)
      if ('hidden' in message) return this.#session.hide(message.hidden)
      if ('unsub' in message) return this.#session.unsubscribe(message.unsub)
      const { sub, since } = message
      this.#session.subscribe(sub, since).catch((error: unknown) => this.#session.refuse(error, sub))
    } catch (error) {
      this.#session.refuse(error)
      if (++this.#bad > badMessagesMax) this.#spec.end(new RequestInvalid(`more than ${badMessagesMax} messages that make no sense`))
    }
  }

  /** K3 */
  #beat(): void {
    if (Date.now() - this.#answeredAt > this.#spec.limits.silentMsMax) this.#socket.terminate()
    else if (this.#socket.readyState === open) this.#socket.ping()
  }

  /** K2 */
  async #admitAgain(): Promise<void> {
    try {
      this.#session.admitAgain(await this.#spec.guard.admit(this.#request, wantedOfSocket))
    } catch (error) {
      if (!(error instanceof TooManyRequests)) this.#spec.end(error) // who asks too often is asked again later
    }
  }
}

const reasonCharactersMax = 100

/** The reason is what a person reads; it may have 123 bytes. */
function closeOf(error: unknown): readonly [code: number, reason: string] {
  const reason = error instanceof Error ? error.message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, reasonCharactersMax) : ''
  if (error instanceof NotAuthenticated) return [closes.notAuthenticated, reason]
  if (error instanceof NotAllowed) return [closes.notAllowed, reason]
  if (error instanceof TooManyRequests) return [closes.tooMany, reason]
  if (error instanceof RequestInvalid) return [closes.badMessages, reason]
  return [closes.fault, 'the gateway failed']
}
