// Fleet sources
// Topics about the fleet: what its workers tell of themselves, the heat of a machine's chart, dead letters, alerts.
//
// F1. A worker that says nothing for `goneMs` is shown as gone, once, and forgotten.
import { parseActorId } from '../../../machines/address.ts'
import { subjects } from '../../../machines/subject.ts'
import type { Ports } from '../../../runtime/ports.ts'
import { restMs, type Rollup } from '../../../runtime/rollup.ts'
import type { MachineCounts } from '../../../runtime/tally.ts'
import type { Logger } from '../../../runtime/telemetry.ts'
import { lineOf } from './fleet-rollup.ts'
import type { SourceKind } from './hub.ts'
import type { LiveLimits } from './limits.ts'
import type { Topic } from './topic.ts'
import { passes, type TopicSpec } from './topic-name.ts'

interface Around {
  readonly ports: Pick<Ports, 'namespace' | 'signals'>
  readonly log: Logger
}

const rollupEveryMs = 1_000
const goneMs = 2.5 * restMs
/** A rollup older than this says nothing of now: its worker rests. */
const freshMs = 1_900
const workersMax = 1_000
const machinesMax = 200

interface Heard {
  readonly rollup: Rollup
  /** By the gateway's clock. */
  readonly at: number
  told: boolean
}

/** A row for each worker that spoke, and one for all of them, `*`. */
export const fleetSource = ({ ports, log }: Around): SourceKind => ({
  marks: 'times',
  everyMs: rollupEveryMs,
  start: (topic) => {
    const heard = new Map<string, Heard>()
    const reader = hearRollups({ ports, log }, (rollup) => {
      if (heard.has(rollup.worker) || heard.size < workersMax) heard.set(rollup.worker, { rollup, at: Date.now(), told: false })
    })
    return { stop: () => reader.stop(), collect: (now) => tellFleet(topic, heard, now) }
  },
})

function hearRollups({ ports, log }: Around, heard: (rollup: Rollup) => void) {
  return ports.signals.subscribe(subjects(ports.namespace).rollups, ({ subject, bytes }) => {
    const rollup = parse(bytes) as Rollup | undefined
    if (rollup) heard(rollup)
    else log.warn({ subject }, 'a rollup could not be read')
  })
}

function tellFleet(topic: Topic, heard: Map<string, Heard>, now: number): void {
  for (const [worker, one] of heard) {
    const { rollup, at } = one
    if (rollup.ended || now - at > goneMs) {
      heard.delete(worker) // F1
      topic.row(worker, { worker, at: rollup.at, gone: true })
    } else if (!one.told) {
      one.told = true
      topic.row(worker, { worker, at: rollup.at, ...lineOf([rollup]), ...rollup.pulse })
    }
  }
  const fresh = [...heard.values()].filter(({ at }) => now - at <= freshMs).map(({ rollup }) => rollup)
  const rssBytes = [...heard.values()].reduce((sum, { rollup }) => sum + rollup.pulse.rssBytes, 0)
  topic.row('*', { worker: '*', at: now, workers: heard.size, ...lineOf(fresh), rssBytes })
}

/** Which edges were taken and which states entered since somebody listens, by structure hash. */
export const machineSource = ({ ports, log }: Around): SourceKind => ({
  marks: 'times',
  everyMs: rollupEveryMs,
  start: (topic, spec) => {
    const since = Date.now()
    const sums = new Map<string, Sum>()
    const reader = hearRollups({ ports, log }, ({ machines }) => {
      for (const counts of machines) {
        const { type, version, hash } = counts
        if (!passes(spec, 'type', type) || (!sums.has(hash) && sums.size >= machinesMax)) continue
        const { births, edges, entered } = sumWith(sums.get(hash), counts)
        sums.set(hash, { births, edges, entered })
        const known = { births, edges: Object.fromEntries(edges), entered: Object.fromEntries(entered) }
        topic.row(hash, { hash, type, version, since, ...known })
      }
    })
    return { stop: () => reader.stop() }
  },
})

interface Sum {
  readonly births: number
  readonly edges: Map<string, number>
  readonly entered: Map<string, number>
}

function sumWith(known: Sum = { births: 0, edges: new Map(), entered: new Map() }, { births, edges, entered }: MachineCounts): Sum {
  for (const [edge, count] of Object.entries(edges)) known.edges.set(edge, (known.edges.get(edge) ?? 0) + count)
  for (const [state, count] of Object.entries(entered)) known.entered.set(state, (known.entered.get(state) ?? 0) + count)
  return { ...known, births: known.births + births }
}

const causeCharactersMax = 500

/** Dead letters as they are stored, and notes of their redrives: who, why and what, not what was in them. */
export const deadLettersSource = ({ ports, log }: Around): SourceKind => ({
  marks: 'times',
  start: (topic, spec) => {
    const reader = ports.signals.subscribe(subjects(ports.namespace).deadAll, ({ subject, bytes }) => {
      const letter = parse(bytes) as Letter | undefined
      if (!letter) return log.warn({ subject }, 'a dead letter could not be read')
      const found = letterEvent(letter, spec)
      if (found) topic.event(found, letter.at ?? Date.now())
    })
    return { stop: () => reader.stop() }
  },
})

/** Of a letter or a note, what is shown. */
interface Letter {
  readonly id: string
  readonly kind?: string
  readonly at?: number
  readonly actor?: string
  readonly code?: string
  readonly cause?: string
  readonly turn?: number
  readonly event?: { readonly type?: string }
  readonly redriven?: string
  readonly by?: string
}

function letterEvent({ id, kind, at, actor = '', code, cause, turn, event, redriven, by }: Letter, spec: TopicSpec): object | undefined {
  const address = parseActorId(actor)
  if (kind === 'redriven') return spec.tenant === undefined ? { id, kind, redriven, by, at } : undefined // a note does not say whose it is
  const isWanted = passes(spec, 'type', address?.type) && passes(spec, 'code', code)
  if (!isWanted || (spec.tenant !== undefined && address?.tenant !== spec.tenant)) return undefined
  return { id, kind, actor, code, cause: cause?.slice(0, causeCharactersMax), at, turn, type: event?.type }
}

/** What GET /alerts answers, asked for again and again while somebody listens; told when it changes. */
export const alertsSource = (
  read: (tenant: string | undefined) => Promise<readonly Alert[]>,
  { log, limits }: { readonly log: Logger; readonly limits: Pick<LiveLimits, 'alertsEveryMs'> },
): SourceKind => ({
  marks: 'times',
  start: async (topic, { tenant }) => {
    const told = new Map<string, string>()
    const look = async (): Promise<void> => tellAlerts(topic, told, await read(tenant))
    await look()
    let looking: Promise<void> | undefined
    const timer = setInterval(() => {
      looking ??= look()
        .catch((error: unknown) => log.warn({ error }, 'alerts could not be read for those who listen'))
        .finally(() => (looking = undefined))
    }, limits.alertsEveryMs)
    return { stop: () => clearInterval(timer) }
  },
})

export interface Alert {
  readonly id: string
}

function tellAlerts(topic: Topic, told: Map<string, string>, alerts: readonly Alert[]): void {
  const here = new Set(alerts.map(({ id }) => id))
  for (const alert of alerts) {
    const text = JSON.stringify(alert)
    if (told.get(alert.id) === text) continue
    told.set(alert.id, text)
    topic.row(alert.id, alert)
  }
  for (const id of told.keys()) {
    if (here.has(id)) continue
    told.delete(id)
    topic.row(id, { id, gone: true })
  }
}

/** What workers say is believed: nobody else may publish there. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined // the caller says so
  }
}
