// Watchers
// Who wants to see the transitions of which actors, for as long as they keep saying so. Nobody watching costs the worker nothing.
import { subjects } from '../machines/subject.ts'
import { LatestStates } from './latest.ts'
import type { Clock, Ports, Reader } from './ports.ts'
import type { Telemetry } from './telemetry.ts'

const patternsMax = 1_000
const ttlMsMax = 60_000

export class Watchers {
  readonly telemetry: Telemetry
  readonly latest: LatestStates
  readonly #patterns = new Map<string, Wanted>()
  /** Those who follow the latest state of whole types. */
  readonly #followers = new Map<string, Wanted>()
  readonly #followed: string
  readonly #clock: Clock
  readonly #reader: Reader

  constructor(ports: Ports, telemetry: Telemetry) {
    this.telemetry = telemetry
    this.#clock = ports.clock
    this.#followed = subjects(ports.namespace).latest('', '').replace(/\.+$/, '.')
    this.latest = new LatestStates(ports, telemetry, (subject) => this.#followedUntil(subject))
    this.#reader = ports.signals.subscribe(subjects(ports.namespace).watch, (signal) => this.#hear(signal.bytes))
  }

  /** Nobody watches turns. */
  get none(): boolean {
    return this.#patterns.size === 0
  }

  /** Nobody follows the latest states of any type. */
  get nobodyFollows(): boolean {
    return this.#followers.size === 0
  }

  /** How much is wanted of a subject: undefined when nobody watches it, `detail` when somebody wants all. */
  wanted(subject: string): 'brief' | 'detail' | undefined {
    const now = this.#clock.now()
    const tokens = subject.split('.')
    let found: 'brief' | undefined
    for (const [pattern, wanted] of this.#patterns) {
      if (wanted.until < now) this.#patterns.delete(pattern)
      else if (matches(wanted.tokens, tokens)) {
        if (wanted.detailUntil >= now) return 'detail'
        found = 'brief'
      }
    }
    return found
  }

  stop(): Promise<void> {
    this.latest.stop()
    return this.#reader.stop()
  }

  #followedUntil(subject: string): number {
    const now = this.#clock.now()
    const tokens = subject.split('.')
    let until = 0
    for (const [pattern, wanted] of this.#followers) {
      if (wanted.until < now) this.#followers.delete(pattern)
      else if (matches(wanted.tokens, tokens)) until = Math.max(until, wanted.until)
    }
    return until
  }

  #hear(bytes: Uint8Array): void {
    const wanted = parse(bytes)
    if (!wanted) return
    const patterns = wanted.pattern.startsWith(this.#followed) ? this.#followers : this.#patterns
    if (!patterns.has(wanted.pattern) && patterns.size >= patternsMax)
      return this.telemetry.log.warn({ pattern: wanted.pattern }, `${patternsMax} patterns are watched already; this one is not`)
    const until = this.#clock.now() + Math.min(ttlMsMax, wanted.ttlMs)
    const before = patterns.get(wanted.pattern)
    const detailUntil = wanted.detail ? until : (before?.detailUntil ?? 0) // several may watch one pattern, one of them in detail
    patterns.set(wanted.pattern, { tokens: wanted.pattern.split('.'), until, detailUntil })
    this.latest.followed()
  }
}

interface Wanted {
  readonly tokens: readonly string[]
  readonly until: number
  readonly detailUntil: number
}

function parse(bytes: Uint8Array): { readonly pattern: string; readonly ttlMs: number; readonly detail: boolean } | undefined {
  try {
    const { pattern, ttlMs, detail } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Record<string, unknown>>
    return typeof pattern === 'string' && typeof ttlMs === 'number' ? { pattern, ttlMs, detail: detail === true } : undefined
  } catch {
    return undefined // not a watcher's message: nobody is there to be told
  }
}

/** NATS subject matching: `*` is one token, `>` the rest. */
function matches(pattern: readonly string[], tokens: readonly string[]): boolean {
  for (const [at, token] of pattern.entries()) {
    if (token === '>') return tokens.length > at
    if (token !== '*' && token !== tokens[at]) return false
  }
  return pattern.length === tokens.length
}
