// One trace from a client's ask to the model's answer, over a real server: client, turn, effect, model call.
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { assign, setup } from 'xstate'
import { afterEach, expect, test } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { effect } from '../../machines/authoring.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { chooseModel } from '../../services/llm/index.ts'
import { startOfflineModel } from '../../services/llm/offline/server.ts'
import { tracedLlm } from '../../services/llm/traced.ts'
import { startTelemetry } from '../../services/telemetry/index.ts'
import { startNatsServer } from '../support/nats-server.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const thinkerMachine = setup({
  types: { context: {} as { answer: string }, events: {} as { type: 'think' } },
  actors: { think: effect<{ prompt: string }, string>() },
  actions: { keep: assign({ answer: (_, answer: string) => answer }) },
}).createMachine({
  id: 'thinker',
  context: { answer: '' },
  output: ({ context }) => context.answer,
  initial: 'idle',
  states: {
    idle: { on: { think: 'thinking' } },
    thinking: {
      invoke: {
        id: 'think',
        src: 'think',
        input: { prompt: 'why?' },
        onDone: { target: 'done', actions: { type: 'keep', params: ({ event }) => event.output } },
      },
    },
    done: { type: 'final' },
  },
})

test('one trace holds the ask, the turn, the effect and the model call, and the metrics can be scraped', async () => {
  const spans = new InMemorySpanExporter()
  const telemetry = await startTelemetry({
    service: 'test',
    version: '0',
    logLevel: 'silent',
    metricsPort: 0,
    spanProcessor: new SimpleSpanProcessor({ exporter: spans }),
  })
  ends.push(() => telemetry.stop())
  const [nats, model] = await Promise.all([startNatsServer(), startOfflineModel({})])
  ends.push(
    () => nats.stop(),
    () => model.close(),
  )
  const connection = await connectNats({ servers: nats.url, name: 'trace' })
  ends.push(() => connection.close())
  await createNamespace(connection, { namespace: 'trace', partitions: 2 })
  const llm = tracedLlm(chooseModel({ offlineUrl: model.url }).llm)
  const think = async ({
    input,
    signal,
    idempotencyKey,
  }: {
    input: { prompt: string }
    signal: AbortSignal
    idempotencyKey: string
  }): Promise<string> => (await llm.complete({ messages: [{ role: 'user', content: input.prompt }] }, { signal, idempotencyKey })).text
  const thinker = defineActor({ name: 'thinker', version: '1', machine: thinkerMachine, effects: { think } })
  const worker = await startWorker({ ports: await natsPorts(connection, 'trace'), definitions: [thinker] })
  ends.push(() => worker.drain())
  const client = await connectTroupe({ servers: nats.url, namespace: 'trace', tenant: 'main' })
  ends.push(() => client.close())

  await client.ask({ type: 'thinker', key: 'a' }, { type: 'think' }, { deadlineMs: 15_000 })

  const finished = spans.getFinishedSpans()
  const ask = finished.find((span) => span.name.startsWith('ask') || span.name.includes('ask'))
  const turn = finished.find((span) => span.name === 'turn thinker think')
  const run = finished.find((span) => span.name === 'effect think')
  const call = finished.find((span) => span.name.startsWith('chat '))
  expect(turn?.parentSpanContext?.spanId).toBe(ask?.spanContext().spanId)
  expect(run?.parentSpanContext?.spanId).toBe(turn?.spanContext().spanId)
  expect(call?.parentSpanContext?.spanId).toBe(run?.spanContext().spanId)
  expect(new Set([ask, turn, run, call].map((span) => span?.spanContext().traceId)).size).toBe(1)
  expect(call?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'offline-extractive',
    'gen_ai.response.finish_reasons': ['stop'],
  })
  expect(call?.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0)

  const scraped = await (await fetch(telemetry.metricsUrl ?? '')).text()
  expect(scraped).toMatch(/^troupe_turns(_total)?\{?.* [1-9]/m)
  expect(scraped).toContain('troupe_effects')
})
