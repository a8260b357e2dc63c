import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { connect } from 'nats'
import { afterAll, expect, test } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { startNatsServer } from '../support/nats-server.ts'
import { createMailbox, StandInOwner } from './stand-in.ts'

const server = await startNatsServer()
const connection = await connect({ servers: server.url })
await createMailbox(server.url, { namespace: 'troupe' })
const owner = new StandInOwner(connection, 'troupe')
const client = await connectTroupe({ servers: server.url, namespace: 'troupe', tenant: 'acme' })

afterAll(async () => {
  trace.disable()
  context.disable()
  await client.close()
  await connection.close()
  await server.stop()
})

test('without a tracer messages carry no trace; with one each call is a span and its traceparent travels', async () => {
  await client.ask('acme/ledger/main', { type: 'add' })
  expect(owner.messages[0]).not.toHaveProperty('trace')

  const exporter = new InMemorySpanExporter()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  await trace.getTracer('test').startActiveSpan('outer', async (outer) => {
    await client.ask('acme/ledger/main', { type: 'add' })
    await client.send('acme/ledger/main', { type: 'add' })
    owner.answer = () => ({ ok: false, error: { code: 'TR_ACTOR_FAILED', message: 'it failed' } })
    await client.ask('acme/ledger/main', { type: 'add' }).catch(() => undefined)
    outer.end()
  })

  const spans = exporter.getFinishedSpans()
  const outer = spans.find(({ name }) => name === 'outer')?.spanContext()
  expect(spans.map(({ name }) => name)).toEqual(['ask ledger', 'send ledger', 'ask ledger', 'outer'])
  expect(spans[2]?.attributes).toMatchObject({ 'error.type': 'TR_ACTOR_FAILED', 'troupe.actor': 'acme/ledger/main', 'troupe.event': 'add' })
  await owner.heard(4)
  for (const [at, span] of spans.slice(0, 3).entries()) {
    expect(span.parentSpanContext?.spanId).toBe(outer?.spanId)
    expect(owner.messages[at + 1]?.trace).toBe(`00-${outer?.traceId}-${span.spanContext().spanId}-01`)
  }
})
