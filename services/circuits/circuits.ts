// Circuits
// The circuits of what this process calls, shared with the fleet: one process that finds an endpoint down spares it the calls of all.
// Each process counts its own outcomes; what is shared is that a circuit has opened, whose probe is out, and that it has closed.
//
// S1. A call that is admitted costs no request while the circuit is closed.
// S2. An opening that one process stores is obeyed by every other as soon as it hears of it; its own it obeys at once, stored or not.
// S3. A half-open circuit admits one call in the whole fleet: the one whose process stored the probe. While the store is away none is.
// S4. A pass is settled once, and every probe ends: by its outcome, given back, or after `probeMs`.
// S5. At most `keysMax` circuits are kept; beyond it one that was never opened is forgotten, the oldest first. Were all opened once, a further key has none.
import {
  circuitAfter,
  circuitDefaults,
  closedCircuit,
  releaseProbe,
  retryAt,
  stateOf,
  takeProbe,
  type Circuit,
  type CircuitOptions,
} from '../../machines/circuit.ts'
import type { CircuitStore } from './store.ts'

/** How a call went, as far as it speaks about the endpoint: `answered` is a refusal that only a living endpoint gives, `stopped` says nothing. */
export type Verdict = 'ok' | 'failed' | 'answered' | 'stopped'

export interface Pass {
  readonly admitted: true
  /** Never rejects. */
  settle(verdict: Verdict, retryAfterMs?: number): Promise<void>
}

export type Admission = Pass | { readonly admitted: false; readonly retryAfterMs: number }

/** What a caller of an endpoint needs. */
export interface Circuits {
  /** May it be called now? Never rejects. */
  admit(key: string): Promise<Admission>
}

export interface CircuitsOptions {
  readonly circuit: CircuitOptions
  readonly keysMax: number
  readonly now: () => number
  /** The store did not take a change: the circuit goes on by what this process knows. */
  readonly onStoreFailure: (error: unknown) => void
}

export const circuitsDefaults: CircuitsOptions = {
  circuit: circuitDefaults,
  keysMax: 1_024,
  now: () => Date.now(),
  onStoreFailure: () => {},
}

/** When the store did not answer, or another process takes the probe at this moment. */
const retrySoonMs = 1_000

interface Entry {
  /** This process's own outcomes, or its opening that is not stored yet. */
  own: Circuit
  /** What is stored. */
  shared: Circuit
  revision: number
  /** A probe is being asked for. */
  claiming: boolean
}

export async function openCircuits(store: CircuitStore, given: Partial<CircuitsOptions> = {}): Promise<SharedCircuits> {
  const circuits = new SharedCircuits(store, { ...circuitsDefaults, ...given })
  await circuits.start()
  return circuits
}

export class SharedCircuits implements Circuits {
  readonly #store: CircuitStore
  readonly #options: CircuitsOptions
  readonly #entries = new Map<string, Entry>()
  #reader: { stop(): Promise<void> } | undefined

  constructor(store: CircuitStore, options: CircuitsOptions) {
    this.#store = store
    this.#options = options
  }

  async start(): Promise<void> {
    this.#reader = await this.#store.watch((key, circuit, revision) => this.#heard(this.#entry(key), circuit, revision))
  }

  async close(): Promise<void> {
    await this.#reader?.stop()
  }

  /** Those that are not closed, by key. */
  all(): ReadonlyMap<string, Circuit> {
    return new Map([...this.#entries].flatMap(([key, entry]) => (governing(entry).opened ? [[key, governing(entry)] as const] : [])))
  }

  async admit(key: string): Promise<Admission> {
    const now = this.#options.now()
    const entry = this.#entry(key)
    const circuit = governing(entry)
    switch (stateOf(circuit, now)) {
      case 'closed':
        return this.#pass(key, entry, { since: now }) // S1
      case 'open':
        return refusedUntil(retryAt(circuit, now), now)
      case 'half-open':
        return this.#probe(key, entry, circuit, now)
    }
  }

  /** S3 */
  async #probe(key: string, entry: Entry, circuit: Circuit, now: number): Promise<Admission> {
    const probing = entry.claiming ? undefined : takeProbe(circuit, now, this.#options.circuit)
    if (!probing) return refusedUntil(retryAt(circuit, now), now)
    entry.claiming = true
    const probe = await this.#write(key, entry, probing)
    entry.claiming = false
    return probe === undefined ? refusedUntil(retryAt(governing(entry), now), now) : this.#pass(key, entry, { since: now, probe })
  }

  #pass(key: string, entry: Entry, call: { readonly since: number; readonly probe?: number }): Pass {
    let isSettled = false
    return {
      admitted: true,
      settle: async (verdict, retryAfterMs) => {
        if (isSettled) return
        isSettled = true // S4
        const outcome = {
          ok: verdict !== 'failed',
          at: this.#options.now(),
          since: call.since,
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        }
        if (call.probe !== undefined) {
          if (entry.revision !== call.probe) return // it took so long that it was given up
          const after = verdict === 'stopped' ? releaseProbe(entry.shared) : circuitAfter(entry.shared, outcome, this.#options.circuit)
          await this.#write(key, entry, after)
        } else if (verdict === 'ok' || verdict === 'failed') {
          if (governing(entry).opened) return // it was under way when the circuit opened
          entry.own = circuitAfter(entry.own, outcome, this.#options.circuit)
          if (entry.own.opened) await this.#write(key, entry, entry.own) // S2
        }
      },
    }
  }

  /** The revision it is stored at; undefined: it is not. Another's change that came first is heard of in a moment. */
  async #write(key: string, entry: Entry, circuit: Circuit): Promise<number | undefined> {
    try {
      const revision = await this.#store.write(key, circuit, entry.revision)
      if (revision !== undefined) this.#heard(entry, circuit, revision)
      return revision
    } catch (error) {
      this.#options.onStoreFailure(error)
      return undefined
    }
  }

  #heard(entry: Entry, circuit: Circuit, revision: number): void {
    if (revision <= entry.revision) return
    entry.shared = circuit
    entry.revision = revision
    entry.own = closedCircuit // what was counted before an opening, or before its end, is over
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const { keysMax } = this.#options
    const oldest = this.#entries.size < keysMax ? undefined : [...this.#entries].find(([, one]) => one.revision === 0 && !one.own.opened)
    if (oldest) this.#entries.delete(oldest[0]) // S5
    const entry: Entry = { own: closedCircuit, shared: closedCircuit, revision: 0, claiming: false }
    if (this.#entries.size < keysMax) this.#entries.set(key, entry)
    return entry
  }
}

/** What is stored, unless this process knows better: an opening of its own that it could not store. */
const governing = ({ own, shared }: Entry): Circuit => (shared.opened || !own.opened ? shared : own)

const refusedUntil = (at: number | undefined, now: number): Admission => ({
  admitted: false,
  retryAfterMs: at === undefined ? retrySoonMs : Math.max(1, Math.ceil(at - now)),
})
