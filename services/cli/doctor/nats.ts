// The doctor's look at NATS: the server, the streams of the namespace, when writes reach the disk, who works there.
import { parseActorId } from '../../../machines/address.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import { readNewestStates } from '../../../runtime/nats/read-states.ts'
import { readServer, readStreams, type StreamSettings } from '../../../runtime/nats/read-settings.ts'
import type { Connection } from '../connect.ts'
import { membersOf, unownedOf } from '../commands/workers.ts'
import { bytesText, durationText } from '../output.ts'
import { parkedOf } from '../parked.ts'
import { rangesText } from '../ranges.ts'
import { durabilityOf, type Durability, type Profile } from './durability.ts'
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts'
import { readMonitor, type SyncSetting } from './monitor.ts'

/** A store this full is said before it is full: then messages are refused. */
const fullShare = 0.8
/** Stored states that are looked at for parked messages. */
const parkedRowsMax = 10_000

export interface NatsReport {
  readonly findings: readonly Finding[]
  readonly durability: Durability
  readonly streams: readonly StreamSettings[]
  /** Whether workers can run in the namespace. */
  readonly isComplete: boolean
}

/** `monitorUrls`: of the servers of the cluster, as far as they are known. */
export async function examineNats(connection: Connection, namespace: string, monitorUrls: readonly string[]): Promise<NatsReport> {
  const server = readServer(connection)
  const where = server.cluster === undefined ? '' : `, cluster ${server.cluster}`
  const findings: Finding[] = [ok('nats server', `version ${server.version}${where}`)]
  if (!server.jetstream) {
    findings.push(fail('jetstream', 'not enabled', 'start nats-server with nats.conf, or with -js'))
    return { findings, durability: durabilityOf({ streams: [], syncs: [], servers: undefined }), streams: [], isComplete: false }
  }
  const { found, missing } = await readStreams(connection, namespace)
  const monitored = await monitor(monitorUrls, server.id)
  findings.push(ok('jetstream', 'enabled'), ...found.map(streamFinding))
  if (found.length === 0) findings.push(fail('namespace', `${namespace} is not on this server`, 'run `npm start`, or check --namespace'))
  else if (missing.length > 0)
    findings.push(fail('namespace', `${namespace} lacks ${missing.join(', ')}`, 'create the namespace again: what is there stays as it is'))
  findings.push(...monitored.findings)
  const isComplete = missing.length === 0
  if (isComplete) findings.push(await workersFinding(connection, namespace), await parkedFinding(connection, namespace))
  return { findings, durability: durabilityOf({ streams: isComplete ? found : [], ...monitored }), streams: found, isComplete }
}

function streamFinding(stream: StreamSettings): Finding {
  const { name, replicas, replicasCurrent, storage, retention, messages, bytes } = stream
  const found = `R${replicas} ${storage}; ${keptText(stream)} (retention ${retention}); holds ${messages} messages, ${bytesText(bytes)}`
  const what = `stream ${name}`
  if (replicasCurrent < replicas)
    return warn(
      what,
      `${found}; ${replicas - replicasCurrent} of ${replicas} replicas behind or away`,
      'look after the servers of the cluster that are away',
    )
  const share = Math.max(messages / (stream.messagesMax ?? Infinity), bytes / (stream.bytesMax ?? Infinity))
  if (stream.discard === 'new' && share >= fullShare)
    return warn(
      what,
      `${found}; ${Math.round(share * 100)} % full`,
      'add workers, or raise its limit: when it is full, messages are refused',
    )
  return ok(what, found)
}

/** The limit of a subject drops its oldest, whatever the stream does at its own limit. */
function keptText({ messagesMax, bytesMax, perSubjectMax, ageMsMax, discard }: StreamSettings): string {
  const total = [messagesMax !== undefined && `${messagesMax} messages`, bytesMax !== undefined && bytesText(bytesMax)].filter(Boolean)
  const kept = [
    perSubjectMax !== undefined && `the newest ${perSubjectMax} of each subject`,
    ageMsMax !== undefined && `for ${durationText(ageMsMax)}`,
    total.length > 0 && `at most ${total.join(', ')}, then ${discard === 'new' ? 'new ones are refused' : 'the oldest go'}`,
  ]
  return `keeps ${kept.filter(Boolean).join(', ') || 'all'}`
}

/** Settings by server: the monitoring ports of one server may be named twice. */
async function monitor(
  urls: readonly string[],
  serverId: string,
): Promise<{ syncs: readonly SyncSetting[]; servers: number | undefined; findings: readonly Finding[] }> {
  const syncs = new Map<string, SyncSetting>()
  const findings: Finding[] = []
  let servers: number | undefined
  for (const url of urls) {
    try {
      const { sync, servers: seen } = await readMonitor(url)
      if (sync) syncs.set(sync.server, sync)
      servers = Math.max(servers ?? 1, seen)
    } catch (error) {
      findings.push(
        warn(
          'monitoring',
          `nothing readable at ${url}: ${reasonOf(error)}`,
          'name the monitoring address of the NATS server with --monitor',
        ),
      )
    }
  }
  if (syncs.size > 0 && !syncs.has(serverId)) {
    findings.push(
      warn(
        'monitoring',
        'the server connected to is not among those monitored',
        'name the monitoring address of every server with --monitor',
      ),
    )
    return { syncs: [], servers: undefined, findings }
  }
  const list = [...syncs.values()]
  findings.push(syncFinding(list, servers), clusterFinding(servers))
  return { syncs: list, servers, findings }
}

function syncFinding(syncs: readonly SyncSetting[], servers: number | undefined): Finding {
  const texts = [...new Set(syncs.map(({ always, intervalMs }) => (always ? 'always' : durationText(intervalMs))))]
  const isComplete = servers !== undefined && syncs.length >= servers
  if (isComplete) return ok('sync interval', texts.join(', '))
  const known =
    texts.length === 0 ? 'unknown' : `${texts.join(', ')} on ${syncs.length} of ${servers ?? '?'} servers, unknown on the others`
  return warn('sync interval', known, 'name the monitoring address of every server with --monitor http://host:8222,…')
}

function clusterFinding(servers: number | undefined): Finding {
  if (servers === undefined) return warn('cluster', 'size unknown', 'name a monitoring address with --monitor')
  return ok('cluster', servers === 1 ? 'one server' : `${servers} servers`)
}

async function workersFinding(connection: Connection, namespace: string): Promise<Finding> {
  const { membership, partitions } = await natsPorts(connection, namespace)
  const members = await membersOf(membership)
  const unowned = unownedOf(members, partitions)
  const found = `${members.length} alive, ${partitions - unowned.length} of ${partitions} partitions owned`
  if (members.length === 0) return warn('workers', found, 'run `npm start` or start workers: until then messages wait in their mailboxes')
  if (unowned.length > 0) return warn('workers', `${found}; nobody owns ${rangesText(unowned)}`, 'wait some seconds and look again')
  return ok('workers', found)
}

/** Among the states written last: to look at all of them is for `troupe actors --parked`. */
async function parkedFinding(connection: Connection, namespace: string): Promise<Finding> {
  const groups = new Map<string, number>()
  let messages = 0
  for await (const stored of readNewestStates(connection, namespace, parkedRowsMax)) {
    const parked = parkedOf(stored)
    if (!parked) continue
    const group = `${parseActorId(parked.actor)?.type} ${parked.version}${parked.restarting ? ' restarting' : ''}`
    groups.set(group, (groups.get(group) ?? 0) + 1)
    messages += parked.messages
  }
  if (groups.size === 0) return ok('parked messages', `none among the last ${parkedRowsMax} stored states`)
  const actors = [...groups].map(([group, count]) => `${count} of ${group}`).join(', ')
  return warn('parked messages', `${messages} wait for actors: ${actors}`, 'see `troupe actors --parked`; deploy a version that fits them')
}

/** The verdict as a line; below what was expected it is a failure. */
export function durabilityFinding({ profile, gives, reason }: Durability, expected: Profile | undefined): Finding {
  const found = `${profile}: ${reason}`
  if (expected !== undefined && !gives.includes(expected)) return fail('durability', `${found}; expected ${expected}`, adviceFor[expected])
  return gives.length > 0 ? ok('durability', found) : warn('durability', found, adviceFor.fast)
}

const adviceFor: Readonly<Record<Profile, string>> = {
  fast: 'start every server with nats.conf (sync_interval 1s) and let the doctor see its monitoring port',
  replicated: 'run three servers with nats.conf and create the namespace with 3 replicas',
  strict: 'start every server with deploy/nats-strict.conf (sync_interval always)',
}
