// What is measured of Troupe itself: through client, mailbox, turn, commit and reply, on a worker in another process.
import { jetstreamManager } from '@nats-io/jetstream'
import { streams } from '../machines/subject.ts'
import type { BenchFleet } from './fleet.ts'
import { measure, ratioOf, rounded, type Figure, type Speed } from './measure.ts'
import type { Raw } from './raw.ts'

const keys = 64

const loads = [
  { inFlight: 1, count: 3_000 },
  { inFlight: 64, count: 60_000 },
  { inFlight: 512, count: 150_000 },
  { inFlight: 4_096, count: 250_000 },
]

export const counterFigures = (fleet: BenchFleet, raw: Raw, scale: number): Promise<readonly Figure[]> =>
  askFigures(
    fleet,
    raw,
    loads.map(({ inFlight, count }) => ({ inFlight, count: count * scale })),
  )

/** Three servers on one machine answer a tenth as fast: two loads say enough. */
export const replicatedFigures = (fleet: BenchFleet, raw: Raw, scale: number): Promise<readonly Figure[]> =>
  askFigures(fleet, raw, [
    { inFlight: 64, count: 60_000 * scale },
    { inFlight: 512, count: 150_000 * scale },
  ])

async function askFigures(
  { client, profile }: BenchFleet,
  raw: Raw,
  wanted: readonly { readonly inFlight: number; readonly count: number }[],
): Promise<readonly Figure[]> {
  const call = (index: number) => client.ask(`bench/counter/k${index % keys}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })
  await measure({ count: Math.round((wanted[1]?.count ?? 0) / 3), inFlight: 64, call }) // warm
  const figures: Figure[] = []
  for (const { inFlight, count } of wanted) {
    const figure = await measure({ count: Math.max(inFlight, Math.round(count)), inFlight, call })
    figures.push({ bench: 'keyed counter, ask', profile, inFlight, ...figure, ...besideRaw(raw, inFlight, figure) })
  }
  return figures
}

/** Alone it is the latency that is compared, in company the rate. */
const besideRaw = (raw: Raw, inFlight: number, { p50Ms, perSecond }: Speed): Pick<Figure, 'ratio' | 'to'> =>
  inFlight === 1
    ? { ratio: ratioOf(p50Ms, raw.publishMs), to: 'p50 of one raw publish' }
    : { ratio: ratioOf(perSecond, raw.publishPerSecond), to: 'raw publishes/s at 64 in flight' }

let chains = 0
export async function chainFigures({ client, profile }: BenchFleet, raw: Raw, scale: number): Promise<readonly Figure[]> {
  const call = () => client.ask(`bench/chain/c${++chains}`, { type: 'run' }, { deadlineMs: 60_000 })
  const figures: Figure[] = []
  for (const { inFlight, count } of [
    { inFlight: 1, count: 500 },
    { inFlight: 64, count: 6_000 },
  ]) {
    const figure = await measure({ count: Math.max(inFlight, Math.round(count * scale)), inFlight, call })
    figures.push({ bench: 'chain of 5 durable effects', profile, inFlight, ...figure, ...besideRaw(raw, inFlight, figure) })
  }
  return figures
}

/** Bytes that a turn writes to the log when 200 bytes of a 100 KB context change. */
export async function patchFigures(
  { client, connection, namespace, profile }: BenchFleet,
  _raw: Raw,
  scale: number,
): Promise<readonly Figure[]> {
  const jsm = await jetstreamManager(connection)
  const logBytes = async () => (await jsm.streams.info(streams(namespace).log)).state.bytes
  const text = 'x'.repeat(180)
  const say = () => client.ask('bench/conversation/long', { type: 'say', text }, { deadlineMs: 60_000 })
  await say()
  const before = await logBytes()
  const count = Math.round(500 * scale)
  const figure = await measure({ count, inFlight: 1, call: say })
  return [
    {
      bench: '100 KB context, 200 B change',
      profile,
      inFlight: 1,
      ...figure,
      logBytesPerTurn: Math.round(((await logBytes()) - before) / count),
    },
  ]
}

/** From the start of a second worker process until it has its half of the partitions, and to an answer. */
export async function coldStartFigures({ client, addWorker, profile }: BenchFleet): Promise<readonly Figure[]> {
  const started = performance.now()
  const worker = await addWorker(0.5)
  const readyMs = rounded(performance.now() - started)
  await client.ask('bench/counter/cold', { type: 'add', n: 1 }, { deadlineMs: 60_000 })
  const answeredMs = rounded(performance.now() - started)
  await worker.stop()
  return [
    {
      bench: 'cold start of a second worker, first answer',
      profile,
      inFlight: 1,
      perSecond: 0,
      p50Ms: answeredMs,
      p99Ms: answeredMs,
      readyMs,
    },
  ]
}

/** New actors, one message each; then the memory of the worker once it has let them go. */
export async function manyActorsFigures({ client, profile, settled }: BenchFleet, raw: Raw, scale: number): Promise<readonly Figure[]> {
  const count = Math.round(100_000 * scale)
  const call = (index: number) => client.ask(`bench/counter/many-${index}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })
  const figure = await measure({ count, inFlight: 512, call })
  const peak = await settled()
  let after = peak
  for (const until = performance.now() + 60_000; after.actors > 1_000 && performance.now() < until; after = await settled())
    await new Promise((resolve) => setTimeout(resolve, 500))
  return [
    {
      bench: `${count.toLocaleString('en')} new actors, one message each`,
      profile,
      inFlight: 512,
      ...figure,
      ratio: ratioOf(figure.perSecond, raw.publishPerSecond),
      to: 'raw publishes/s at 64 in flight',
      peakRssMb: peak.rssMb,
      afterRssMb: after.rssMb,
      actorsAfter: after.actors,
    },
  ]
}
