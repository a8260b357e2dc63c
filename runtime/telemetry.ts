// Telemetry
// The names of everything the runtime counts, traces and logs, and the seams where it does. docs/observability.md lists them.
// A worker without an SDK pays for no-op calls only; spans are made for messages that carry a trace.
import {
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
} from '@opentelemetry/api'
import type { EffectOrder } from './group.ts'
import { Tally } from './tally.ts'

export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Whether a line of this level would be written; absent: it is. */
  isLevelEnabled?(level: string): boolean
}

export interface Telemetry {
  readonly log: Logger
  /** What the worker tells once a second, without an SDK (rollup.ts). */
  readonly tally: Tally
  readonly turns: Counter
  readonly messages: Counter
  readonly deadLetters: Counter
  readonly messagesRefused: Counter
  readonly outOfDate: Counter
  readonly commits: Counter
  readonly commitMs: Histogram
  readonly groupTurns: Histogram
  readonly recordBytes: Counter
  readonly effects: Counter
  readonly effectMs: Histogram
  readonly effectsRefused: Counter
  readonly claims: Counter
  readonly losses: Counter
  readonly departures: Counter
  readonly recoveryMs: Histogram
  readonly flushed: Counter
  readonly passivated: Counter
  readonly checkpoints: Counter
  readonly resends: Counter
  readonly tailsLost: Counter
  readonly unfit: Counter
  /** Observed when the metrics are read: one figure, or one for each set of attributes. */
  gauge(name: string, description: string, read: () => number | readonly Figure[]): void
}

export interface Figure {
  readonly value: number
  readonly attributes: Attributes
}

export const instrumentation = 'troupe'
export const quietLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false }

export function openTelemetry(log: Logger): Telemetry {
  const meter = metrics.getMeter(instrumentation)
  const counter = (name: string, description: string): Counter => meter.createCounter(`troupe_${name}`, { description })
  const histogram = (name: string, description: string): Histogram => meter.createHistogram(`troupe_${name}`, { description })
  return {
    log,
    tally: new Tally(),
    turns: counter('turns', 'turns committed'),
    messages: counter('messages', 'messages, timers and results taken'),
    deadLetters: counter('dead_letters', 'messages that became no turn, by code'),
    messagesRefused: counter('messages_refused', 'messages refused before their turn, by code, tenant and type'),
    outOfDate: counter('out_of_date', 'late timers, results of former effects, events of former children'),
    commits: counter('commits', 'log records appended'),
    commitMs: histogram('commit_ms', 'time of one append, milliseconds'),
    groupTurns: histogram('group_turns', 'turns in one log record'),
    recordBytes: counter('record_bytes', 'bytes of log records'),
    effects: counter('effects', 'effect runs, by source and outcome'),
    effectMs: histogram('effect_ms', 'time of one effect run, milliseconds'),
    effectsRefused: counter('effects_refused', 'effects that their pool had no room for, by pool'),
    claims: counter('claims', 'partitions claimed'),
    losses: counter('losses', 'partitions that ended other than by a release'),
    departures: counter('departures', 'other workers that have gone, by why'),
    recoveryMs: histogram('recovery_ms', 'time from claim to first turn, milliseconds'),
    flushed: counter('flushed', 'snapshots written to the state store'),
    passivated: counter('passivated', 'actors that left the memory'),
    checkpoints: counter('checkpoints', 'checkpoints written'),
    resends: counter('resends', 'channel posts that failed and are sent again'),
    tailsLost: counter('tails_lost', 'mailboxes found shorter than the log says: the server lost its last messages'),
    unfit: counter('unfit', 'actors loaded whose stored state fits no version hosted here'),
    gauge: (name, description, read) =>
      meter.createObservableGauge(`troupe_${name}`, { description }).addCallback((result) => {
        const found = read()
        for (const { value, attributes } of typeof found === 'number' ? [{ value: found, attributes: {} }] : found)
          result.observe(value, attributes)
      }),
  }
}

/** A span for one turn of a traced message: `end` it after the commit; what the turn sends carries `traceparent`. */
export function startTurnSpan(parent: string, name: string, attributes: Attributes): { readonly traceparent: string; end(): void } {
  const span = trace.getTracer(instrumentation).startSpan(name, { kind: SpanKind.CONSUMER, attributes }, contextOf(parent))
  return { traceparent: traceparentOf(trace.setSpan(ROOT_CONTEXT, span)) ?? parent, end: () => span.end() }
}

/** Runs an effect inside its span and counts it. */
export async function inEffectSpan<Output>(
  telemetry: Telemetry,
  order: EffectOrder,
  attempt: number,
  run: () => Promise<Output>,
): Promise<Output> {
  const started = performance.now()
  const { src, key, activation, trace: parent } = order
  const tracer = trace.getTracer(instrumentation)
  const attributes = { 'troupe.actor': activation.actor, 'troupe.effect.key': key, 'troupe.effect.attempt': attempt }
  const span = tracer.startSpan(
    `effect ${src}`,
    { kind: SpanKind.INTERNAL, attributes },
    parent === undefined ? ROOT_CONTEXT : contextOf(parent),
  )
  let outcome = 'ok'
  try {
    return await context.with(trace.setSpan(context.active(), span), run)
  } catch (error) {
    outcome = 'failed'
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
    throw error
  } finally {
    span.end()
    telemetry.effects.add(1, { src, outcome })
    telemetry.effectMs.record(performance.now() - started, { src })
    const fields = { actor: activation.actor, effect: key, src, attempt, correlation: order.correlation }
    if (outcome === 'failed') telemetry.log.warn(fields, 'effect run failed')
    else telemetry.log.debug(fields, 'effect run done')
  }
}

function contextOf(traceparent: string): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent })
}

function traceparentOf(from: Context): string | undefined {
  const carrier: { traceparent?: string } = {}
  propagation.inject(from, carrier)
  return carrier.traceparent
}
