// A whole system for tests of the routes about actors: nats-server, Postgres, a worker, the projector and the gateway, one a file.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import type { NamespaceOptions } from '../../runtime/namespace.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { openLogReader } from '../../runtime/nats/read-log.ts'
import type { WorkerOptions } from '../../runtime/options.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { startWorker } from '../../runtime/worker.ts'
import { localCaller, type Caller } from '../../services/gateway/caller.ts'
import type { GatewayParts } from '../../services/gateway/parts.ts'
import { actorRoutes } from '../../services/gateway/routes/actors.ts'
import { breakpointRoutes } from '../../services/gateway/routes/breakpoints.ts'
import { machineRoutes } from '../../services/gateway/routes/machines.ts'
import type { AnyRoute } from '../../services/gateway/route.ts'
import { buildServer } from '../../services/gateway/server.ts'
import { openDatabase } from '../../services/history/database.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { startProjector } from '../../services/projector/projector.ts'
import { settingsOf } from '../../services/settings.ts'
import { startPostgres } from '../../services/stack/postgres.ts'
import { startNatsServer } from '../support/nats-server.ts'

export interface StackSpec {
  /** Made once the servers run; what is added to `ending` is closed before them. */
  definitions(ending: AsyncDisposableStack): Promise<readonly ActorDefinition[]>
  readonly namespace?: Partial<NamespaceOptions>
  readonly worker?: Partial<WorkerOptions>
  readonly project?: boolean
  /** Default: those about actors and machines. */
  readonly routes?: readonly AnyRoute[]
}

export interface Stack {
  readonly parts: GatewayParts
  readonly client: TroupeClient
  readonly server: FastifyInstance
  readonly natsUrl: string
  readonly databaseUrl: string
  /** Who the gateway takes the next callers for. */
  caller: Caller
  get(path: string): Promise<Answered>
  post(path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answered>
  put(path: string, body: object): Promise<Answered>
  /** Waits until the history holds a turn of an actor. */
  projected(actor: string, turn: number): Promise<void>
  stopProjector(): Promise<void>
}

export interface Answered {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is compared, field by field
  readonly body: any
}

const readyMs = 60_000

/** Called at the top of a file; what it gives is whole once the tests run. */
export function stackForTests(spec: StackSpec): () => Stack {
  let stack: Stack | undefined
  const ending = new AsyncDisposableStack()
  beforeAll(async () => {
    stack = await startStack(spec, ending)
  }, readyMs)
  afterAll(() => ending.disposeAsync(), readyMs)
  return () => {
    if (!stack) throw new Error('the stack is not up')
    return stack
  }
}

const namespace = 'inspected'

async function startStack(spec: StackSpec, ending: AsyncDisposableStack): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'troupe-gateway-'))
  ending.defer(() => rm(dataDir, { recursive: true, force: true }))
  const [nats, postgres] = await Promise.all([startNatsServer(), startPostgres({ dataDir, log: () => {} })])
  ending.defer(() => Promise.all([nats.stop(), postgres.close()]).then(() => {}))
  const connection = await connectNats({ servers: nats.url, name: 'test' })
  ending.defer(() => connection.close())
  await createNamespace(connection, { namespace, partitions: 4, ...spec.namespace })
  const ports = await natsPorts(connection, namespace)
  const orm = await openDatabase(postgres.url)
  ending.defer(() => orm.close(true))
  const stopProjector = spec.project === false ? async () => {} : await startProjecting({ ports, orm, ending })
  const definitions = await spec.definitions(ending)
  const workerConnection = await connectNats({ servers: nats.url, name: 'worker' })
  ending.defer(() => workerConnection.close())
  const worker = await startWorker({
    ports: await natsPorts(workerConnection, namespace),
    definitions,
    log: quietLogger,
    ...(spec.worker && { options: spec.worker }),
  })
  ending.defer(() => worker.drain())
  const client = await connectTroupe({ connection, namespace, tenant: 'main' })
  ending.defer(() => client.close())
  const records = await openLogReader(connection, namespace)
  const settings = settingsOf({ NATS_URL: nats.url, DATABASE_URL: postgres.url })
  const parts: GatewayParts = {
    namespace,
    connection,
    client,
    orm,
    ports,
    records,
    definitions,
    settings,
    version: '0',
    startedAt: Date.now(),
  }
  const caller = { now: localCaller }
  const guard = { admit: () => Promise.resolve(caller.now), allow: () => {} }
  const server = await buildServer({
    parts,
    routes: spec.routes ?? [...actorRoutes, ...breakpointRoutes, ...machineRoutes],
    guard,
    log: quietLogger,
    corsOrigins: [],
  })
  ending.defer(() => server.close())
  await vi.waitUntil(() => worker.owned.length === ports.partitions, { timeout: 20_000, interval: 20 })
  return {
    parts,
    client,
    server,
    natsUrl: nats.url,
    databaseUrl: postgres.url,
    get caller() {
      return caller.now
    },
    set caller(who) {
      caller.now = who
    },
    get: (path) => ask(server, { method: 'GET', url: `/v1${path}` }),
    post: (path, body, headers) =>
      ask(server, { method: 'POST', url: `/v1${path}`, ...(body && { payload: body }), ...(headers && { headers }) }),
    put: (path, body) => ask(server, { method: 'PUT', url: `/v1${path}`, payload: body }),
    projected: (actor, turn) => projected(parts, actor, turn),
    stopProjector,
  }
}

async function startProjecting({ ports, orm, ending }: Pick<GatewayParts, 'ports' | 'orm'> & { readonly ending: AsyncDisposableStack }) {
  const report = { advanced() {}, retrying() {}, stopped: (_partition: number, error: Error) => console.error(error) }
  const { log, partitions } = ports
  const projector = await startProjector({ namespace, partitions, log, orm, follow: followLog(ports), report })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= projector.drain())
  ending.defer(stop)
  return stop
}

async function ask(server: FastifyInstance, request: InjectOptions): Promise<Answered> {
  const answer = await server.inject(request)
  return { status: answer.statusCode, body: answer.json() }
}

async function projected({ orm }: GatewayParts, actor: string, turn: number): Promise<void> {
  const known = async (): Promise<boolean> => {
    const rows = await orm.em.fork().execute<unknown[]>('select 1 from turns where actor = ? and turn = ?', [actor, turn])
    return rows.length > 0
  }
  await vi.waitUntil(known, { timeout: 20_000, interval: 20 })
  expect(await known()).toBe(true)
}
