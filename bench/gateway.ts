// The gateway's reads over real HTTP, on a history of 100,000 tasks: one request at a time, then eight at once.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectNats, createNamespace } from '../runtime/nats/index.ts'
import { openDatabase } from '../services/history/database.ts'
import { startChild } from '../services/stack/child.ts'
import { startNats } from '../services/stack/nats.ts'
import { startPostgres } from '../services/stack/postgres.ts'
import { deadLettersOf, fillHistory } from './gateway-history.ts'
import { rounded, type Figure } from './measure.ts'
import type { BenchProfile } from './fleet.ts'

const tasksDefault = 100_000
const partitions = 16
const namespace = 'bench'
const callsEach = 300
const together = 8
const fillMs = 900_000

export async function gatewayFigures(profile: BenchProfile, scale: number): Promise<readonly Figure[]> {
  await using ending = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'troupe-bench-gateway-'))
  ending.defer(() => rm(folder, { recursive: true, force: true }))
  const quiet = (): void => {}
  const nats = await startNats({ dataDir: folder, profile: 'fast', log: quiet })
  ending.defer(() => nats.close())
  const postgres = await startPostgres({ dataDir: folder, log: quiet })
  ending.defer(() => postgres.close())
  const connection = await connectNats({ servers: nats.url, name: 'bench' })
  ending.defer(() => connection.close())
  await createNamespace(connection, { namespace, partitions })
  const orm = await openDatabase(postgres.url, { statementMs: fillMs })
  ending.defer(() => orm.close(true))
  const tasks = Math.round(tasksDefault * scale)
  await fillHistory(orm, tasks)
  const environment = {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    TROUPE_NAMESPACE: namespace,
    TROUPE_DATA: folder,
    TROUPE_OFFLINE_MODEL_URL: nobody,
  }
  const worker = await startPost('worker', environment)
  ending.defer(() => worker.stop())
  const gateway = await startPost('gateway', { ...environment, ...noLimits, TROUPE_GATEWAY_PORT: '0' })
  ending.defer(() => gateway.stop())
  const base = `${String(gateway.said['gateway'])}/v1`
  const figures: Figure[] = []
  for (const [name, path] of reads(tasks)) {
    const coldMs = await timed(base, path(0))
    for (const inFlight of [1, together]) figures.push({ bench: name, profile, inFlight, ...(await loop(base, path, inFlight)), coldMs })
  }
  return figures
}

/** No model is called: only the coordinator and the skills are asked. */
const nobody = 'http://127.0.0.1:9/v1'
const noLimits = { TROUPE_GATEWAY_CALLER_PER_MINUTE: '1000000', TROUPE_GATEWAY_TENANT_PER_MINUTE: '1000000' }

/** Each call another task, agent, day or page, so that no cache of the gateway's answers it twice but where pages would ask the same. */
function reads(tasks: number): readonly (readonly [name: string, path: (call: number) => string])[] {
  const n = (call: number): number => 1 + ((call * 7_919) % (tasks - 1))
  const letter = (call: number): number => 1 + ((call * 7_919) % deadLettersOf(tasks))
  const deep = (by: string, place: readonly (string | number)[]): string => Buffer.from(JSON.stringify({ by, place })).toString('base64url')
  const daysAgo = (call: number): number => Date.now() - (1 + (call % 29)) * 86_400_000
  return [
    ['GET /tasks', () => '/tasks'],
    ['GET /tasks, a page deep inside', (call) => `/tasks?tenant=main&after=${deep('submitted', [daysAgo(call), 'main/task/t5'])}`],
    ['GET /tasks?status', (call) => `/tasks?status=${['failed', 'waiting', 'completed', 'running'][call % 4]}&tenant=acme`],
    ['GET /tasks?type', (call) => `/tasks?type=${['question', 'table'][call % 2]}`],
    ['GET /tasks?q, found often', (call) => `/tasks?q=${['lake', 'winter', 'river freeze'][call % 3]}`],
    [
      'GET /tasks?q, found rarely',
      (call) => `/tasks?q=${encodeURIComponent(['t777', `region ${call % 977} chapter`, 'nowhere'][call % 3] ?? '')}`,
    ],
    ['GET /tasks/:id', (call) => `/tasks/t${n(call)}`],
    ['GET /tasks/:id/run', (call) => `/tasks/t${n(call)}/run`],
    ['GET /decisions', () => '/decisions'],
    ['GET /decisions?agent', (call) => `/decisions?agent=${['researcher', 'analyst', 'nobody'][call % 3]}&tenant=main`],
    ['GET /decisions?task', (call) => `/decisions?task=t${n(call)}`],
    ['GET /decisions, a page deep inside', (call) => `/decisions?after=${deep('made', [daysAgo(call), 'main/coordinator/s1', 's'])}`],
    ['GET /decisions/:id', (call) => `/decisions/s1-0-${n(call)}`],
    ['GET /coordinator', () => '/coordinator'],
    ['GET /agents', () => '/agents?tenant=main'],
    ['GET /agents?capability', (call) => `/agents?tenant=main&capability=search&type=${['question', 'table'][call % 2]}`],
    ['GET /agents/:name', (call) => `/agents/${['researcher', 'librarian', 'agent-77'][call % 3]}`],
    ['GET /skills', () => '/skills'],
    ['GET /approvals', () => '/approvals'],
    ['GET /dead-letters', () => '/dead-letters'],
    ['GET /dead-letters?code&open', () => '/dead-letters?code=TR_TURN_FAILED&open=true'],
    ['GET /dead-letters/groups', () => '/dead-letters/groups'],
    ['GET /dead-letters/:id', (call) => `/dead-letters/${letter(call) % 16}.${letter(call) * 10 + 5}.0`],
    ['GET /analytics?days', (call) => `/analytics?days=${[7, 14, 30][call % 3]}`],
    ['GET /alerts', () => '/alerts'],
    ['GET /health', () => '/health'],
    ['GET /fleet', () => '/fleet'],
    ['GET /metrics', () => '/metrics'],
  ]
}

async function loop(base: string, path: (call: number) => string, inFlight: number) {
  const latencies = new Float64Array(callsEach)
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < callsEach) {
      const call = next++
      latencies[call] = await timed(base, path(call))
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: inFlight }, caller))
  const perSecond = Math.round((callsEach * 1_000) / (performance.now() - started))
  latencies.sort()
  const at = (share: number): number => rounded(latencies[Math.floor(callsEach * share)])
  return { perSecond, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}

async function timed(base: string, path: string): Promise<number> {
  const started = performance.now()
  const answer = await fetch(base + path)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`)
  return rounded(performance.now() - started)
}

interface Running {
  /** What it printed when it was ready. */
  readonly said: Readonly<Record<string, unknown>>
  stop(): Promise<void>
}

const stopMsMax = 20_000

/** A process of the main job, as `troupe dev` starts it; it ends with this one. */
async function startPost(name: 'worker' | 'gateway', environment: Readonly<Record<string, string>>): Promise<Running> {
  const entry = fileURLToPath(new URL(`../services/${name}/main.ts`, import.meta.url))
  const ready = Promise.withResolvers<string>()
  const child = await startChild({
    name,
    command: [process.execPath, entry],
    stopSignal: 'SIGTERM',
    output: { onLine: (line) => ready.resolve(line) },
    env: { PATH: process.env['PATH'] ?? '', TROUPE_LOG_LEVEL: 'silent', ...environment },
  })
  void child.exited.then(({ text }) => ready.reject(new Error(text)))
  return { said: JSON.parse(await ready.promise), stop: async () => void (await child.stop(stopMsMax)) }
}
