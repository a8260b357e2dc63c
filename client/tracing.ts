// Tracing
// The client's spans, by OpenTelemetry's messaging conventions. Without a tracer of the application's this costs one call a message.
import { isSpanContextValid, SpanKind, SpanStatusCode, trace, type Span, type SpanOptions } from '@opentelemetry/api'
import { ClientError } from './errors.ts'

export type ClientSpan = Span
export type Operation = 'send' | 'ask' | 'query' | 'dry-run'

const tracer = trace.getTracer('@troupe/client')
const optionsOf: Readonly<Record<Operation, SpanOptions>> = {
  send: { kind: SpanKind.PRODUCER },
  ask: { kind: SpanKind.CLIENT },
  query: { kind: SpanKind.CLIENT },
  'dry-run': { kind: SpanKind.CLIENT },
}

/** A span below the caller's active one, or undefined when nobody records and nobody upstream is traced. */
export function startSpan(operation: Operation, actorType: string): ClientSpan | undefined {
  const span = tracer.startSpan(operation, optionsOf[operation])
  if (!span.isRecording()) return isSpanContextValid(span.spanContext()) ? span : undefined
  span.updateName(`${operation} ${actorType}`)
  return span.setAttributes({
    'messaging.system': 'troupe',
    'messaging.operation.name': operation,
    'messaging.destination.name': actorType,
  })
}

/** What the span is about, once that is known. */
export function describeMessage(
  span: ClientSpan,
  message: { readonly actor: string; readonly id?: string; readonly event?: string },
): void {
  if (!span.isRecording()) return
  span.setAttribute('troupe.actor', message.actor)
  if (message.id !== undefined) span.setAttribute('messaging.message.id', message.id)
  if (message.event !== undefined) span.setAttribute('troupe.event', message.event)
}

export function endSpan(span: ClientSpan, error: unknown): void {
  if (error instanceof Error) {
    span.setAttribute('error.type', error instanceof ClientError ? error.code : error.name)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
  }
  span.end()
}

/** The W3C header that carries a span across. */
export function traceparentOf(span: ClientSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
