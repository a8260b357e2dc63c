// The raw limit: what JetStream itself does here and now, with nothing of ours in between. The bar that the other figures are ratios to.
import { DeliverPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import type { BenchFleet } from './fleet.ts'
import { measure, rounded, type Figure } from './measure.ts'

const stream = 'BENCH_RAW'
const payload = new Uint8Array(256).fill(120)

export interface Raw {
  /** Bare publish, 1 in flight: the median, ms. */
  readonly publishMs: number
  /** Bare publishes a second, 64 in flight. */
  readonly publishPerSecond: number
  readonly figures: readonly Figure[]
}

export async function measureRaw({ connection, profile }: BenchFleet, scale: number): Promise<Raw> {
  const js = jetstream(connection)
  const jsm = await jetstreamManager(connection)
  await jsm.streams.add({ name: stream, subjects: ['bench.raw.*'], storage: StorageType.File })
  const publish = (index: number) => js.publish(`bench.raw.${index % 64}`, payload)
  await measure({ count: Math.round(3_000 * scale), inFlight: 64, call: publish }) // warm
  const one = await measure({ count: Math.round(3_000 * scale), inFlight: 1, call: publish })
  const many = await measure({ count: Math.round(40_000 * scale), inFlight: 64, call: publish })
  const consumed = await consume(connection)
  await jsm.streams.delete(stream)
  return {
    publishMs: one.p50Ms,
    publishPerSecond: many.perSecond,
    figures: [
      { bench: 'raw publish', profile, inFlight: 1, ...one },
      { bench: 'raw publish', profile, inFlight: 64, ...many },
      { bench: 'raw ordered consume', profile, inFlight: 1, ...consumed, p50Ms: 0, p99Ms: 0 },
    ],
  }
}

async function consume(connection: BenchFleet['connection']): Promise<{ perSecond: number }> {
  const js = jetstream(connection)
  const { state } = await (await js.jetstreamManager()).streams.info(stream)
  const consumer = await js.consumers.get(stream, { deliver_policy: DeliverPolicy.All })
  const started = performance.now()
  const messages = await consumer.consume({ max_messages: 2_000 })
  let count = 0
  for await (const _message of messages) if (++count >= state.messages) break
  return { perSecond: Math.round(rounded(count / ((performance.now() - started) / 1000))) }
}
