// Circuit
// A circuit breaker as a value: closed while calls mostly succeed, open for a while when too many failed, half-open until one call, the probe, says how it is.
// Sources: Nygard, Release It! (2007); the windows and their minimum number of calls follow Netflix Hystrix (2012) and Resilience4j (2017).
//
// U1. It is bounded plain JSON: counts in at most `buckets` buckets of time, whatever the number of calls.
// U2. While it is open nobody calls; when it is half-open at most one probe is out at a time, and a probe that is not heard of in `probeMs` is given up.
// U3. Only a call that began after the circuit had opened says anything about an open circuit: one that was under way then is old news.
// U4. Each opening in a row is longer than the one before, up to `openMsMax`; a probe that succeeds ends the row.

export interface CircuitOptions {
  /** How far back outcomes count. Default 30,000. */
  readonly windowMs: number
  /** Into how many parts the window is divided: it slides by one part at a time. Default 10. */
  readonly buckets: number
  /** Share of failures in the window that opens the circuit, above 0 to 1. Default 0.5. */
  readonly failureRate: number
  /** Outcomes in the window without which it does not open. Default 5. */
  readonly callsMin: number
  /** How long the first opening lasts. Default 5,000. */
  readonly openMs: number
  /** Each further opening in a row lasts twice as long as the last, but no longer than this. Default 300,000. */
  readonly openMsMax: number
  /** After this a probe nobody heard of is given up. Default 150,000: longer than a call of a model may take. */
  readonly probeMs: number
}

export const circuitDefaults: CircuitOptions = {
  windowMs: 30_000,
  buckets: 10,
  failureRate: 0.5,
  callsMin: 5,
  openMs: 5_000,
  openMsMax: 300_000,
  probeMs: 150_000,
}

export type CircuitState = 'closed' | 'open' | 'half-open'

/** Outcomes of one part of the window; `slot` is which part, counted from the epoch. */
export interface CircuitBucket {
  readonly slot: number
  readonly ok: number
  readonly failed: number
}

export interface Circuit {
  /** Oldest first. */
  readonly buckets: readonly CircuitBucket[]
  /** Present while it is not closed. */
  readonly opened?: CircuitOpening
}

export interface CircuitOpening {
  readonly at: number
  /** From then on it is half-open. */
  readonly until: number
  /** Which opening in a row this is, from 1. */
  readonly row: number
  /** A probe is out until then at the latest. */
  readonly probeUntil?: number
}

export interface CircuitOutcome {
  readonly ok: boolean
  /** When the outcome was known, epoch milliseconds. */
  readonly at: number
  /** When the call began; absent: not known, and then the outcome counts as that of a call that began just now. */
  readonly since?: number
  /** A failure that asks to stay away for so long, such as `retry-after`: an opening it causes lasts at least that, within `openMsMax`. */
  readonly retryAfterMs?: number
}

export const closedCircuit: Circuit = { buckets: [] }

/** The circuit after an outcome; `undefined` is one of which nothing is known yet. */
export function circuitAfter(circuit: Circuit | undefined, outcome: CircuitOutcome, options: CircuitOptions = circuitDefaults): Circuit {
  const before = circuit ?? closedCircuit
  const { opened } = before
  if (opened === undefined) return counted(before, outcome, options)
  if ((outcome.since ?? outcome.at) < opened.until) return before // U3
  return outcome.ok ? closedCircuit : openedBy(outcome, opened.row + 1, options) // U4
}

export function stateOf(circuit: Circuit | undefined, now: number): CircuitState {
  if (circuit?.opened === undefined) return 'closed'
  return now < circuit.opened.until ? 'open' : 'half-open'
}

/** The circuit with a probe out, for whoever may make the one call; undefined when it is not half-open, or a probe is out already (U2). */
export function takeProbe(circuit: Circuit | undefined, now: number, { probeMs }: CircuitOptions = circuitDefaults): Circuit | undefined {
  if (circuit?.opened === undefined || now < circuit.opened.until) return undefined
  const { probeUntil = -Infinity } = circuit.opened
  return now < probeUntil ? undefined : { ...circuit, opened: { ...circuit.opened, probeUntil: now + probeMs } }
}

/** The circuit without its probe, which ended without saying anything: the next caller may be the probe. */
export function releaseProbe(circuit: Circuit): Circuit {
  if (circuit.opened?.probeUntil === undefined) return circuit
  const { probeUntil: _, ...opened } = circuit.opened
  return { ...circuit, opened }
}

/** When it is worth another attempt, epoch milliseconds; undefined when a call may be made now. */
export function retryAt(circuit: Circuit | undefined, now: number): number | undefined {
  if (circuit?.opened === undefined) return undefined
  const { until, probeUntil = -Infinity } = circuit.opened
  const at = Math.max(until, probeUntil)
  return now < at ? at : undefined
}

function counted(circuit: Circuit, outcome: CircuitOutcome, options: CircuitOptions): Circuit {
  const slot = Math.floor((outcome.at * options.buckets) / options.windowMs)
  const newest = Math.max(slot, circuit.buckets.at(-1)?.slot ?? slot)
  const oldest = newest - options.buckets + 1
  if (slot < oldest) return circuit // it comes so late that it is out of the window
  const kept = circuit.buckets.filter((bucket) => bucket.slot >= oldest) // U1
  const had = kept.find((bucket) => bucket.slot === slot) ?? { slot, ok: 0, failed: 0 }
  const has = outcome.ok ? { ...had, ok: had.ok + 1 } : { ...had, failed: had.failed + 1 }
  const buckets = [...kept.filter((bucket) => bucket !== had), has].toSorted((one, other) => one.slot - other.slot)
  return !outcome.ok && failsTooOften(buckets, options) ? openedBy(outcome, 1, options) : { buckets }
}

function failsTooOften(buckets: readonly CircuitBucket[], { callsMin, failureRate }: CircuitOptions): boolean {
  const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0)
  const calls = buckets.reduce((sum, bucket) => sum + bucket.ok, failed)
  return calls >= callsMin && failed >= failureRate * calls
}

function openedBy({ at, retryAfterMs = 0 }: CircuitOutcome, row: number, { openMs, openMsMax }: CircuitOptions): Circuit {
  const lasts = Math.min(openMsMax, Math.max(retryAfterMs, openMs * 2 ** (row - 1))) // U4; 2 ** large is Infinity, which the maximum bounds
  return { buckets: [], opened: { at, until: at + lasts, row } }
}
