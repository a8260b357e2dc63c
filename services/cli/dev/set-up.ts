// Set up
// Starts everything `troupe dev` needs, as much at the same time as can be: the servers, the model server, the workers, the projector.
//
// U1. What was started is given to `ending` at once, so it is stopped whatever happens next: first what uses a server, then the server.
import { startStack, type Stack } from '../../stack/stack.ts'
import type { Settings } from '../../settings.ts'
import { openLink, type Link } from '../job/link.ts'
import { secondsText } from '../job/text.ts'
import { Crew, type Said } from './crew.ts'
import { gatewayPost, modelPost, needsOfflineModel, projectorPost, workerPost, type PostWorld } from './posts.ts'

export interface SetUpParts {
  readonly settings: Settings
  readonly environment: PostWorld['environment']
  readonly namespace: string
  readonly tenant: string
  /** Absolute. */
  readonly data: string
  /** The folder of the job, absolute. */
  readonly folder: string
  readonly profile: 'fast' | 'strict'
  readonly workers: number
  readonly verbose: boolean
  /** Whether the HTTP API and the inspector are wanted. */
  readonly gateway: boolean
  readonly note: (line: string) => void
  readonly ending: AsyncDisposableStack
  readonly stop: AbortSignal
}

export interface Scene {
  readonly link: Link
  readonly crew: Crew
  readonly world: PostWorld
  /** With Postgres and the projector: not waited for by the job. */
  readonly stack: Promise<Stack>
  readonly projector: Promise<Said>
  /** Undefined: none was asked for. */
  readonly gateway: Promise<Said> | undefined
  readonly workers: Promise<readonly Said[]>
}

/** Resolves when the namespace is there and the workers are starting. Throws what hinders it, in one sentence. */
export async function setUp(parts: SetUpParts): Promise<Scene> {
  const { settings, environment, namespace, tenant, data, profile, verbose, note, ending, stop } = parts
  const nats = Promise.withResolvers<string>()
  const starting = startStack({
    folder: data,
    profile,
    natsUrl: settings.NATS_URL,
    databaseUrl: settings.DATABASE_URL,
    log: note,
    natsReady: nats.resolve,
  })
  starting.catch(nats.reject)
  ending.defer(async () => (await settled(starting))?.close()) // U1
  const crew = new Crew({ folder: data, note, verbose })
  ending.defer(() => crew.stop())

  const model = needsOfflineModel(settings) ? startModel(crew, parts, nats.promise) : undefined
  model?.catch(() => {}) // awaited below; the servers may fail before
  const natsUrl = await nats.promise
  stop.throwIfAborted()
  const link = await orOf(starting, openLink({ natsUrl, namespace, tenant, create: true }))
  ending.defer(() => link.close())
  stop.throwIfAborted()
  const offlineModelUrl = model && (await orOf(starting, model))
  const workerPrefix = settings.NATS_URL === undefined ? 'w' : `w${process.pid}-`
  const world: PostWorld = { environment, namespace, tenant, data, folder: parts.folder, natsUrl, offlineModelUrl, workerPrefix }
  const startedAt = performance.now()
  const workers = Promise.all(Array.from({ length: parts.workers }, (_, index) => crew.start(workerPost(world, index + 1))))
  workers.then(
    (said) =>
      note(
        `Workers ${said.map(({ worker, pid }) => `${String(worker)} (pid ${String(pid)})`).join(', ')} in ${secondsText(performance.now() - startedAt)}`,
      ),
    () => {}, // thrown where they are awaited
  )
  const projector = starting.then(({ databaseUrl }) => crew.start(projectorPost(world, databaseUrl)))
  projector.catch(() => {}) // thrown where it is awaited
  const gateway = parts.gateway ? starting.then(({ databaseUrl }) => crew.start(gatewayPost(world, databaseUrl))) : undefined
  gateway?.catch(() => {}) // thrown where it is awaited
  gateway?.then((said) => recordInspector(said, starting)).catch(() => {}) // only `troupe inspect` misses it
  return { link, crew, world, stack: starting, projector, gateway, workers }
}

async function recordInspector({ gateway }: Said, starting: Promise<Stack>): Promise<void> {
  if (typeof gateway === 'string') await (await starting).recordInspector(gateway)
}

/** Started once the data folder is known to be ours: NATS runs in it. */
async function startModel(crew: Crew, { settings, environment, note }: SetUpParts, owned: Promise<unknown>): Promise<string> {
  await owned
  const startedAt = performance.now()
  const { url } = await crew.start(modelPost(environment))
  const isReal = settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined
  const what = isReal ? 'as the settings ask for it' : 'no OPENAI_API_KEY is set, so answers only quote what was found'
  note(`Offline model on ${String(url)} in ${secondsText(performance.now() - startedAt)}: ${what}`)
  return String(url)
}

/** A stack that fails takes its NATS away: that failure is the reason then. */
async function orOf<Value>(stack: Promise<Stack>, work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    await stack
    throw error
  }
}

const settled = async <Value>(promise: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await promise
  } catch {
    return undefined // thrown where it is awaited
  }
}
