// Posts
// Which processes `troupe dev` runs, and with which settings. Pure.
import { delimiter } from 'node:path'
import { isOfflineModel } from '../../llm/offline/models.ts'
import type { Settings } from '../../settings.ts'
import { workerNodeFlags } from '../../worker/node-flags.ts'
import type { Post } from './crew.ts'

export interface PostWorld {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly namespace: string
  readonly tenant: string
  /** Absolute. */
  readonly data: string
  /** The folder of the job, absolute. */
  readonly folder: string
  readonly natsUrl: string
  readonly offlineModelUrl: string | undefined
  /** What the names of workers begin with: on a NATS of someone else's there may be a `w1` already. */
  readonly workerPrefix: string
}

/** Whether the settings lead to the built-in model, for answers or for embeddings. */
export function needsOfflineModel(settings: Settings): boolean {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: model = '', OPENAI_EMBEDDING_MODEL: embeddingModel } = settings
  if (isOfflineModel(model) || isOfflineModel(embeddingModel ?? '')) return true
  return key === undefined && (baseUrl === undefined || embeddingModel === undefined)
}

export const modelPost = (environment: PostWorld['environment']): Post => ({
  name: 'offline-model',
  entry: 'llm/offline/main.ts',
  environment,
  readyField: 'url',
})

export function workerPost(world: PostWorld, number: number): Post {
  const name = `${world.workerPrefix}${number}`
  return {
    name,
    entry: 'worker/main.ts',
    nodeFlags: workerNodeFlags,
    environment: { ...environmentOf(world), TROUPE_WORKER_ID: name, TROUPE_ROOTS: rootsOf(world) },
    readyField: 'worker',
  }
}

/** The folder of the job, and what the user allows beside it. */
const rootsOf = ({ environment, folder }: PostWorld): string => [folder, environment['TROUPE_ROOTS'] || '.'].join(delimiter)

export const projectorPost = (world: PostWorld, databaseUrl: string): Post => ({
  name: 'projector',
  entry: 'projector/main.ts',
  environment: { ...environmentOf(world), DATABASE_URL: databaseUrl },
  readyField: 'projector',
})

export const gatewayPost = (world: PostWorld, databaseUrl: string): Post => ({
  name: 'gateway',
  entry: 'gateway/main.ts',
  environment: { ...environmentOf(world), DATABASE_URL: databaseUrl },
  readyField: 'gateway',
})

/** A metrics port that is set would be one for many processes: each takes a free one and says which. */
const environmentOf = ({ environment, namespace, tenant, data, natsUrl, offlineModelUrl }: PostWorld): PostWorld['environment'] => ({
  ...environment,
  NATS_URL: natsUrl,
  TROUPE_NAMESPACE: namespace,
  TROUPE_TENANT: tenant,
  TROUPE_DATA: data,
  TROUPE_METRICS_PORT: '0',
  TROUPE_OFFLINE_MODEL_URL: offlineModelUrl,
})
