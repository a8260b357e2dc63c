// Telemetry
// The eyes of a process: pino for lines, the OpenTelemetry SDK for spans and metrics, a Prometheus endpoint to read the metrics from.
// Started once by a main.ts, before anything asks the OpenTelemetry API for a tracer or a meter.
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace'
import pino, { type DestinationStream, type Logger } from 'pino'

export interface TelemetrySpec {
  readonly service: string
  readonly version: string
  readonly logLevel: string
  /** Where spans go (OTLP over HTTP, the `/v1/traces` address); without it none are made. */
  readonly tracesUrl?: string | undefined
  /** Undefined: no endpoint; 0: a free port. */
  readonly metricsPort?: number | undefined
  /** Default standard error, so that standard output stays free for results. */
  readonly destination?: DestinationStream
  /** Instead of the exporter behind `tracesUrl`. */
  readonly spanProcessor?: SpanProcessor
}

export interface ProcessTelemetry {
  readonly log: Logger
  /** Where Prometheus reads. */
  readonly metricsUrl: string | undefined
  /** Sends what is buffered and closes. */
  stop(): Promise<void>
}

export async function startTelemetry(spec: TelemetrySpec): Promise<ProcessTelemetry> {
  const log = logger(spec)
  const resource = resourceFromAttributes({
    'service.name': spec.service,
    'service.version': spec.version,
    'service.instance.id': String(process.pid),
  })
  const tracer = startTracing(spec, resource)
  const endpoint = spec.metricsPort === undefined ? undefined : await startMetrics(spec.metricsPort, resource)
  return {
    log,
    metricsUrl: endpoint?.url,
    stop: async () => {
      await Promise.allSettled([tracer?.shutdown(), endpoint?.stop()])
    },
  }
}

/** Lines carry the ids of the span they were written in. Keys and prompts are never logged. */
function logger({ service, logLevel, destination }: TelemetrySpec): Logger {
  const options = {
    name: service,
    level: logLevel,
    redact: ['apiKey', '*.apiKey', 'headers.authorization'],
    serializers: { error: pino.stdSerializers.errWithCause },
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext()
      return span ? { trace_id: span.traceId, span_id: span.spanId } : {}
    },
  }
  return pino(options, destination ?? pino.destination({ dest: 2, sync: false }))
}

function startTracing({ tracesUrl, spanProcessor }: TelemetrySpec, resource: Resource): TracerProvider | undefined {
  if (tracesUrl === undefined && spanProcessor === undefined) return undefined
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const processor = spanProcessor ?? new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesUrl ?? '' }) })
  const provider = new TracerProvider({ resource, spanProcessors: [processor] })
  trace.setGlobalTracerProvider(provider)
  return provider
}

async function startMetrics(port: number, resource: Resource): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ resource, readers: [exporter] })
  metrics.setGlobalMeterProvider(provider)
  const server = createServer((request, response) => {
    if (request.url === '/metrics') exporter.getMetricsRequestHandler(request, response)
    else response.writeHead(404).end('metrics are at /metrics\n')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`, stop: () => stopMetrics(server, provider) }
}

async function stopMetrics(server: Server, provider: MeterProvider): Promise<void> {
  server.closeAllConnections()
  server.close()
  await provider.shutdown()
}
