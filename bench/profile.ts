// npm run bench:profile: where each microsecond of one ask goes. The steps of an ask, then the self time of worker and client by file, per turn.
// Options: --in-flight <n> (default 64), --count <n> (default 60,000), --partitions <n> (default 8), --profile fast|strict|r3 (default fast), --top <n> files (default 25).
//
// Times are processor time of the process, shared out as its samples were: time in which the machine did something else counts for nobody.
// The samples themselves cost a few percent, so compare rows, and take speed from npm run bench.
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { parseArgs } from 'node:util'
import { streams } from '../machines/subject.ts'
import { costOf, each } from './cost.ts'
import { openProfiler } from './cpu-profile.ts'
import { isProfile, startFleet, type BenchFleet } from './fleet.ts'
import { measure } from './measure.ts'
import { selfTime, type Area } from './self-time.ts'
import { clientSteps, sharesOf, workerSteps } from './steps.ts'
import { columns } from './table.ts'

const { values } = parseArgs({
  options: {
    'in-flight': { type: 'string', default: '64' },
    count: { type: 'string', default: '60000' },
    partitions: { type: 'string', default: '8' },
    profile: { type: 'string', default: 'fast' },
    top: { type: 'string', default: '25' },
  },
})
const folder = new URL('../', import.meta.url).href
const keys = 64
const rawStream = 'BENCH_STORE'
const { profile } = values
if (!isProfile(profile)) throw new Error(`--profile ${profile}: it is fast, strict or r3`)
const fleet = await startFleet(profile, { partitions: Number(values.partitions) })
try {
  const measured = await measureAsks(fleet, Number(values.count), Number(values['in-flight']))
  const storeUs = await serverUsOfStore(fleet, measured.frameBytes)
  process.stdout.write(`${report(measured, storeUs)}\n`)
} finally {
  await fleet.stop()
}

type Measured = Awaited<ReturnType<typeof measureAsks>>

async function measureAsks(on: BenchFleet, count: number, inFlight: number) {
  const { client, connection, namespace, workers } = on
  const [worker] = workers
  if (!worker) throw new Error('a fleet without a worker cannot be profiled')
  const call = (index: number) => client.ask(`bench/counter/k${index % keys}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })
  await measure({ count: Math.ceil(count / 3), inFlight, call }) // warm
  const profiler = openProfiler()
  await worker.profile()
  await profiler.start()
  const { result, cost, frames, records } = await costOf(on, () => measure({ count, inFlight, call }))
  const areas = { client: selfTime(await profiler.stop(), folder), worker: selfTime(await worker.profiled(), folder) }
  const { bytes, messages } = (await (await jetstreamManager(connection)).streams.info(streams(namespace).mailbox)).state
  return {
    ...result,
    count,
    inFlight,
    areas,
    cost: each(cost, count),
    frames: frames / count,
    records: records / count,
    frameBytes: Math.round(bytes / Math.max(1, messages)),
  }
}

/** Processor time of the server for one stored message of this size, published as frames and records are: many at a time. */
async function serverUsOfStore(on: BenchFleet, bytes: number): Promise<number> {
  const js = jetstream(on.connection)
  const jsm = await js.jetstreamManager()
  await jsm.streams.add({ name: rawStream, subjects: [rawStream], storage: StorageType.File, num_replicas: on.replicas })
  try {
    const count = on.profile === 'fast' ? 10_000 : 1_000
    const payload = new Uint8Array(bytes).fill(120)
    const { cost } = await costOf(on, () => measure({ count, inFlight: 8, call: () => js.publish(rawStream, payload) }))
    return each(cost, count).serversUs
  } finally {
    await jsm.streams.delete(rawStream)
  }
}

function report(measured: Measured, storeUs: number): string {
  const { cost, areas, perSecond, p50Ms, count, inFlight, frames, records, frameBytes } = measured
  const total = cost.clientUs + cost.workersUs + cost.serversUs
  const row = (name: string, us: number): readonly string[] => [name, us.toFixed(1), `${((us / total) * 100).toFixed(1)} %`]
  const steps = [
    ...sharesOf(areas.client, clientSteps).map(({ name, share }) => row(name, share * cost.clientUs)),
    row(`server: store ${frames.toFixed(3)} frames of ${frameBytes} bytes`, storeUs * frames),
    row(`server: store ${records.toFixed(3)} records of the log`, storeUs * records),
    row('server: deliver frames, carry acknowledgements and replies', cost.serversUs - storeUs * (frames + records)),
    ...sharesOf(areas.worker, workerSteps).map(({ name, share }) => row(name, share * cost.workersUs)),
    row('all', total),
  ]
  return [
    `${count} asks, ${inFlight} in flight, profile ${profile}, ${values.partitions} partitions: ${perSecond} a second, median ${p50Ms} ms`,
    `${(1 / frames).toFixed(1)} messages a frame, ${(1 / records).toFixed(1)} turns a record; one stored message costs the server ${storeUs.toFixed(1)} us of processor time`,
    columns([['step', 'us an ask', 'share'], ...steps], (column) => column > 0),
    fileTable('worker', areas.worker, cost.workersUs),
    fileTable('client', areas.client, cost.clientUs),
  ].join('\n\n')
}

/** The largest areas of one process: what their own code takes of an ask, and what it called outside the project. */
function fileTable(who: string, areas: readonly Area[], us: number): string {
  const rows = areas
    .slice(0, Number(values.top))
    .map(({ name, own, called }) => [name, (own * us).toFixed(2), (called * us).toFixed(2), ((own + called) * us).toFixed(2)])
  return columns([[`${who}, us an ask`, 'own', 'called', 'both'], ...rows], (column) => column > 0)
}
