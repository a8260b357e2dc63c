// Signal bus
// Core NATS in memory: what is published reaches those subscribed at that moment, by the clock, and is kept nowhere.
import type { Clock, Reader, Signal } from '../ports.ts'

interface Subscription {
  readonly pattern: string
  readonly wanted: readonly string[]
  readonly deliver: (signal: Signal) => void
}

export class SignalBus {
  readonly #clock: Clock
  readonly #subscriptions = new Set<Subscription>()
  #inboxes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  publish(subject: string, bytes: Uint8Array, replyTo?: string): void {
    const signal: Signal = {
      subject,
      bytes: bytes.slice(),
      respond: (answer) => {
        if (replyTo !== undefined) this.publish(replyTo, answer)
      },
    }
    const tokens = subject.split('.')
    for (const subscription of this.#subscriptions) {
      if (subscription.pattern !== subject && !matches(subscription.wanted, tokens)) continue
      this.#clock.after(0, () => {
        if (this.#subscriptions.has(subscription)) subscription.deliver(signal)
      })
    }
  }

  subscribe(pattern: string, deliver: (signal: Signal) => void): Reader {
    const subscription = { pattern, wanted: pattern.split('.'), deliver }
    this.#subscriptions.add(subscription)
    return {
      stop: async () => {
        this.#subscriptions.delete(subscription)
      },
    }
  }

  /** The first answer; undefined when none comes within the time. */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    const inbox = `_INBOX.${++this.#inboxes}`
    return new Promise((resolve) => {
      const answered = (answer: Uint8Array | undefined): void => {
        cancelTimeout()
        void waiting.stop()
        resolve(answer)
      }
      const waiting = this.subscribe(inbox, (signal) => answered(signal.bytes))
      const cancelTimeout = this.#clock.after(timeoutMs, () => answered(undefined))
      this.publish(subject, bytes, inbox)
    })
  }
}

/** NATS wildcards: `*` is any one token, a last `>` is one token or more. */
function matches(wanted: readonly string[], tokens: readonly string[]): boolean {
  if (wanted.at(-1) === '>' ? tokens.length < wanted.length : tokens.length !== wanted.length) return false
  return wanted.every((token, at) => token === '>' || token === '*' || token === tokens[at])
}
