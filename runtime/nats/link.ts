// Link
// Requests over a connection that breaks and comes back. The client forgets what is sent while it reconnects and lets a request that was under way
// run into its timeout; here both are known at once.
//
// Q1. A request made while the connection is broken waits for it, for a limited time, and is then sent.
// Q2. A request under way when the connection breaks rejects at once: whether it was carried out is unknown.
import type { NatsConnection } from 'nats'
import { ServerUnavailable } from '../errors.ts'

export class Link {
  readonly #connection: NatsConnection
  readonly #waitMs: number
  readonly #onBreak = new Set<() => void>()
  readonly #onReconnect = new Set<() => void>()
  #isUp = true

  constructor(connection: NatsConnection, waitMs: number) {
    this.#connection = connection
    this.#waitMs = waitMs
    void this.#follow()
  }

  /** Whether what is sent now goes out. A closed connection counts: sending on it says so at once. */
  get isUp(): boolean {
    return this.#isUp || this.#connection.isClosed()
  }

  async request<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    if (!this.isUp) await this.reconnected() // Q1
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const broken = (): void => reject(new ServerUnavailable('the connection to the server broke before the answer came')) // Q2
    this.#onBreak.add(broken)
    send().then(resolve, reject)
    return promise.finally(() => this.#onBreak.delete(broken))
  }

  /** Calls when the connection breaks or is closed; the result ends that. */
  onBreak(call: () => void): () => void {
    this.#onBreak.add(call)
    return () => this.#onBreak.delete(call)
  }

  /** Calls after every reconnect; the result ends that. */
  onReconnect(call: () => void): () => void {
    this.#onReconnect.add(call)
    return () => this.#onReconnect.delete(call)
  }

  /** Ends when the connection is closed. */
  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') {
        this.#isUp = false
        for (const call of this.#onBreak) call()
      } else if (type === 'reconnect') {
        this.#isUp = true
        for (const call of this.#onReconnect) call()
      }
    }
    for (const call of this.#onBreak) call()
  }

  /** Rejects when the connection is not back in time. */
  reconnected(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const forget = this.onReconnect(resolve)
    const timeout = setTimeout(
      () => reject(new ServerUnavailable(`the connection to the server is not back after ${this.#waitMs} ms`)),
      this.#waitMs,
    )
    return promise.finally(() => {
      forget()
      clearTimeout(timeout)
    })
  }
}
