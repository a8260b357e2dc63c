// Durability
// Which profile the servers really give, from what they say of themselves. What is not known counts as not given.
//
// P1. No profile is named that the servers do not give: the weakest stream and the weakest server decide.
import type { StreamSettings } from '../../../runtime/nats/read-settings.ts'
import type { SyncSetting } from './monitor.ts'

/** `fast`: a power cut loses a second at most. `replicated`: that second is on other servers. `strict`: acknowledged means on the disk. */
export const profiles = ['fast', 'replicated', 'strict'] as const
export type Profile = (typeof profiles)[number]

export interface Durability {
  readonly profile: Profile | 'weaker than fast'
  /** All that the servers give: `strict` on three replicas is `replicated` too. */
  readonly gives: readonly Profile[]
  readonly reason: string
}

export interface DurabilityFacts {
  readonly streams: readonly StreamSettings[]
  /** Of every server whose monitoring answered. */
  readonly syncs: readonly SyncSetting[]
  /** Servers of the cluster; undefined: not known. */
  readonly servers: number | undefined
}

const fastSyncMsMax = 1_000
const replicasMin = 3

export function durabilityOf({ streams, syncs, servers }: DurabilityFacts): Durability {
  const lasting = streams.filter(({ mustLast }) => mustLast)
  const weakness = weaknessOf(lasting) ?? syncWeakness(syncs, servers)
  if (weakness !== undefined) return { profile: 'weaker than fast', gives: [], reason: weakness } // P1
  const replicas = Math.min(...lasting.map((stream) => stream.replicas))
  const isStrict = syncs.every(({ always }) => always)
  const gives = profiles.filter((profile) => profile === 'fast' || (profile === 'strict' ? isStrict : replicas >= replicasMin))
  const copies = replicas === 1 ? 'one copy' : `${replicas} copies`
  const reason = isStrict
    ? `an acknowledged write is on the disk; ${copies} of every stream`
    : `an acknowledged write is on the disk within ${slowestOf(syncs)} ms; ${copies} of every stream`
  return { profile: gives.at(-1) ?? 'fast', gives, reason }
}

function weaknessOf(lasting: readonly StreamSettings[]): string | undefined {
  if (lasting.length === 0) return 'the namespace is not there, or not whole'
  for (const { name, storage, acknowledgesEarly } of lasting) {
    if (storage === 'memory') return `stream ${name} is kept in memory only`
    if (acknowledgesEarly) return `stream ${name} acknowledges writes before they are written (persist_mode async)`
  }
  return undefined
}

function syncWeakness(syncs: readonly SyncSetting[], servers: number | undefined): string | undefined {
  if (servers === undefined || syncs.length < servers) {
    const known = servers === undefined ? 'the server' : `${servers - syncs.length} of ${servers} servers`
    return `the sync interval of ${known} is unknown, and a server that is not told otherwise syncs every 2 minutes`
  }
  const slowest = slowestOf(syncs)
  if (slowest > fastSyncMsMax) return `a server syncs every ${slowest} ms: a power cut loses what it acknowledged since`
  return undefined
}

const slowestOf = (syncs: readonly SyncSetting[]): number =>
  Math.max(0, ...syncs.map(({ always, intervalMs }) => (always ? 0 : intervalMs)))
