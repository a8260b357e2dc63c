// A worker that is killed under load: the server tells the others, and they take over without waiting for its silence.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { partitionOf } from '../../machines/address.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import type { Member, Membership } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { startNatsServer } from '../support/nats-server.ts'

const namespace = 'scenario'
const partitions = 16
const entry = fileURLToPath(new URL('worker.ts', import.meta.url))

interface Line {
  readonly message?: string
  readonly [field: string]: unknown
}

interface WorkerProcess {
  readonly child: ChildProcess
  readonly id: string
  readonly lines: Collector<Line>
}

async function startWorkerProcess(url: string): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [entry, url, namespace], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const lines = new Collector<Line>()
  const id = Promise.withResolvers<string>()
  child.once('exit', (code) => id.reject(new Error(`the worker ended with ${code}`)))
  createInterface({ input: child.stdout }).on('line', (line) => (line.startsWith('{') ? lines.add(JSON.parse(line)) : id.resolve(line)))
  return { child, id: await id.promise, lines }
}

async function startScenario() {
  const server = await startNatsServer()
  onTestFinished(() => server.stop())
  const connection = await connectNats({ servers: server.url, name: 'scenario' })
  onTestFinished(() => connection.close())
  await createNamespace(connection, { namespace, partitions })
  const { membership } = await natsPorts(connection, namespace)
  const workers = await Promise.all([startWorkerProcess(server.url), startWorkerProcess(server.url)])
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'bank' })
  onTestFinished(() => client.close())
  return { client, workers, members: await whenAllOwned(membership) }
}

/** The members, once two of them share all partitions. */
async function whenAllOwned(membership: Membership): Promise<readonly Member[]> {
  const calls = new Collector<readonly Member[]>()
  const watch = await membership.watch(calls.add)
  const shared = (members: readonly Member[] = []): boolean =>
    members.length === 2 && members.every(({ owned }) => owned.length === partitions / 2)
  const all = await calls.until((told) => shared(told.at(-1)))
  await watch.stop()
  return all.at(-1) ?? []
}

/** Asks one counter again and again until told to stop: the longest time between two answers, and how often it added. */
async function load(
  client: TroupeClient,
  key: string,
  stop: AbortSignal,
): Promise<{ readonly key: string; readonly gapMs: number; readonly adds: number }> {
  let gapMs = 0
  let adds = 0
  let answeredAt = performance.now()
  while (!stop.aborted) {
    await client.ask({ type: 'counter', key }, { type: 'add', n: 1 }, { deadlineMs: 20_000 })
    adds++
    gapMs = Math.max(gapMs, performance.now() - answeredAt)
    answeredAt = performance.now()
  }
  return { key, gapMs, adds }
}

test(
  'a worker killed under load is replaced on the word of the server, and its actors go on with all they had',
  { timeout: 60_000 },
  async () => {
    const { client, workers, members } = await startScenario()
    const [victim, survivor] = workers
    const orphans = members.find(({ id }) => id === victim.id)?.owned ?? []
    const stop = new AbortController()
    const loads = Promise.all(Array.from({ length: 64 }, (_, index) => load(client, `c${index}`, stop.signal)))
    await client.ask({ type: 'counter', key: 'warm' }, { type: 'add', n: 0 }, { deadlineMs: 20_000 })
    const killedAt = Date.now()
    victim.child.kill('SIGKILL')
    const after = (lines: readonly Line[]): readonly Line[] => lines.slice(lines.findIndex(({ gone }) => gone === victim.id))
    const claimed = (lines: readonly Line[]): readonly Line[] => after(lines).filter(({ message }) => message === 'partition claimed')
    const told = await survivor.lines.until(
      (lines) => claimed(lines).length === orphans.length && lines.some(({ gone }) => gone === victim.id),
    )
    const [departure] = after(told)
    expect(departure).toMatchObject({ why: 'disconnected' })
    expect(
      claimed(told)
        .map(({ partition }) => Number(partition))
        .toSorted((a, b) => a - b),
    ).toEqual(orphans)
    await Promise.all(
      orphans.map((partition) => client.ask({ type: 'counter', key: keyIn(partition) }, { type: 'add', n: 0 }, { deadlineMs: 20_000 })),
    )
    stop.abort()
    const counted = await loads
    for (const { key, adds } of counted) expect(await client.ask({ type: 'counter', key }, { type: 'add', n: 0 })).toEqual({ total: adds })
    const gaps = counted.filter(({ key }) => orphans.includes(partitionIn(key))).map(({ gapMs }) => Math.round(gapMs))
    const sinceKill = ({ at }: Line): number => Number(at) - killedAt
    const claims = claimed(told).map((line) => `${sinceKill(line)} (${String(line['ms'])})`)
    console.log(
      `ms after the kill: told ${sinceKill(departure ?? {})}; claimed (of which claim and recovery) ${claims.join(', ')}; no answers for ${gaps.toSorted((a, b) => a - b).join(', ')}`,
    )
  },
)

const partitionIn = (key: string): number => partitionOf({ tenant: 'bank', type: 'counter', key }, partitions)

/** Any key of that partition. */
function keyIn(partition: number): string {
  for (let n = 0; ; n++) if (partitionIn(`k${n}`) === partition) return `k${n}`
}
