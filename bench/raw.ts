// The raw limit: what JetStream itself does here and now, with nothing of ours in between. The bar that the other figures are ratios to.
import { DeliverPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect, type NatsConnection } from 'nats'
import type { BenchFleet } from './fleet.ts'
import { measure, type Figure, type Speed } from './measure.ts'

const stream = 'BENCH_RAW'
const payload = new Uint8Array(256).fill(120)

export interface Raw {
  /** Bare publish, 1 in flight: the median, ms. */
  readonly publishMs: number
  /** Bare publishes a second, 64 in flight. */
  readonly publishPerSecond: number
  readonly figures: readonly Figure[]
}

/** The limit is the client as anyone connects with it; without its stack trace for every request it publishes faster, which is shown beside. */
export async function measureRaw({ urls, profile, replicas }: BenchFleet, scale: number): Promise<Raw> {
  const plain = await connect({ servers: [...urls] })
  const tuned = await connect({ servers: [...urls], noAsyncTraces: true })
  const jsm = await jetstreamManager(plain)
  await jsm.streams.add({ name: stream, subjects: ['bench.raw.*'], storage: StorageType.File, num_replicas: replicas })
  try {
    const [one, many] = await measurePublish(plain, scale)
    const [oneTuned, manyTuned] = await measurePublish(tuned, scale)
    const consumed = await consume(plain)
    return {
      publishMs: one.p50Ms,
      publishPerSecond: many.perSecond,
      figures: [
        { bench: 'raw publish', profile, inFlight: 1, ...one },
        { bench: 'raw publish', profile, inFlight: 64, ...many },
        { bench: 'raw publish, no traces', profile, inFlight: 1, ...oneTuned },
        { bench: 'raw publish, no traces', profile, inFlight: 64, ...manyTuned },
        { bench: 'raw ordered consume', profile, inFlight: 1, ...consumed, p50Ms: 0, p99Ms: 0 },
      ],
    }
  } finally {
    await jsm.streams.delete(stream)
    await Promise.all([plain.close(), tuned.close()])
  }
}

async function measurePublish(connection: NatsConnection, scale: number): Promise<readonly [one: Speed, many: Speed]> {
  const js = jetstream(connection)
  const call = (index: number) => js.publish(`bench.raw.${index % 64}`, payload)
  await measure({ count: Math.round(3_000 * scale), inFlight: 64, call }) // warm
  return [
    await measure({ count: Math.round(3_000 * scale), inFlight: 1, call }),
    await measure({ count: Math.round(40_000 * scale), inFlight: 64, call }),
  ]
}

async function consume(connection: NatsConnection): Promise<{ perSecond: number }> {
  const js = jetstream(connection)
  const { state } = await (await js.jetstreamManager()).streams.info(stream)
  const consumer = await js.consumers.get(stream, { deliver_policy: DeliverPolicy.All })
  const started = performance.now()
  const messages = await consumer.consume({ max_messages: 2_000 })
  let count = 0
  for await (const _message of messages) if (++count >= state.messages) break
  return { perSecond: Math.round(count / ((performance.now() - started) / 1000)) }
}
