// Monitor
// What a NATS server says on its monitoring port and nowhere else: when it syncs, and how many servers its cluster has.
import { z } from 'zod'

export interface SyncSetting {
  readonly server: string
  /** `sync_interval: always`. */
  readonly always: boolean
  /** Of no meaning when `always`: the server then still reports its default. */
  readonly intervalMs: number
}

export interface Monitored {
  readonly sync: SyncSetting | undefined
  /** Servers of the JetStream cluster; 1 for a server on its own. */
  readonly servers: number
}

const answerMsMax = 3_000
const nanosPerMs = 1_000_000

/** `/jsz` and `/varz` both report the sync interval (nats-server 2.15); only `/jsz` has the size of the cluster as well. */
const jsz = z.object({
  server_id: z.string(),
  config: z.object({ sync_interval: z.number().positive().optional(), sync_always: z.boolean().default(false) }).optional(),
  meta_cluster: z.object({ cluster_size: z.number().int().positive() }).optional(),
})

/** Rejects when nothing answers there, or something else than a NATS server. */
export async function readMonitor(url: string): Promise<Monitored> {
  const answer = await fetch(new URL('/jsz', url), { signal: AbortSignal.timeout(answerMsMax) })
  return monitoredOf(await answer.json())
}

export function monitoredOf(answer: unknown): Monitored {
  const { server_id, config, meta_cluster } = jsz.parse(answer)
  const { sync_interval, sync_always = false } = config ?? {}
  const isKnown = sync_always || sync_interval !== undefined
  return {
    sync: isKnown ? { server: server_id, always: sync_always, intervalMs: (sync_interval ?? 0) / nanosPerMs } : undefined,
    servers: meta_cluster?.cluster_size ?? 1,
  }
}
