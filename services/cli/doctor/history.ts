// The doctor's look at the history: Postgres, its tables, and how far the projector is behind the log.
import type { Log, Stamped } from '../../../runtime/ports.ts'
import { inspectDatabase, type DatabaseFacts } from '../../history/inspect-database.ts'
import { durationText } from '../output.ts'
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts'

const connectMs = 3_000
/** A projector that works is behind by a fraction of a second. */
const lagMsMax = 10_000

export interface Lag {
  readonly partition: number
  /** For how long its oldest record that is not projected has waited; 0 when there is none. */
  readonly lagMs: number
}

/** Without a log (no NATS, no namespace) only the database itself is looked at. */
export async function examineHistory(
  url: string | undefined,
  namespace: string,
  log: { readonly log: Log; readonly partitions: number } | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly lags: readonly Lag[] }> {
  if (url === undefined) {
    const unknown = warn('postgres', 'not known', 'run `npm start`, or set DATABASE_URL: without it there is no history')
    return { findings: [unknown], lags: [] }
  }
  let facts: DatabaseFacts
  try {
    facts = await inspectDatabase(url, namespace, connectMs)
  } catch (error) {
    return { findings: [fail('postgres', `cannot be read: ${reasonOf(error)}`, 'start Postgres, or correct DATABASE_URL')], lags: [] }
  }
  const lags = log === undefined ? [] : await lagsOf(log, facts, Date.now())
  const findings = [ok('postgres', `version ${facts.version}`), migrationsFinding(facts), ...(log === undefined ? [] : [lagFinding(lags)])]
  return { findings, lags }
}

function migrationsFinding({ pending }: DatabaseFacts): Finding {
  if (pending.length === 0) return ok('migrations', 'up to date')
  return warn('migrations', `not run yet: ${pending.join(', ')}`, 'start a projector of this version: it runs them')
}

async function lagsOf(source: { readonly log: Log; readonly partitions: number }, { places }: DatabaseFacts, now: number): Promise<Lag[]> {
  const projected = new Map(places.map(({ partition, seq }) => [partition, seq]))
  const lags: Lag[] = []
  for (let partition = 0; partition < source.partitions; partition++) {
    const waiting = await firstAfter(source.log, partition, projected.get(partition) ?? 0)
    lags.push({ partition, lagMs: waiting === undefined ? 0 : Math.max(0, now - waiting.at) })
  }
  return lags
}

async function firstAfter(log: Log, partition: number, seq: number): Promise<Stamped | undefined> {
  const last = await log.last(partition)
  if (last === undefined || last.seq <= seq) return undefined
  for await (const record of log.read(partition, seq + 1, last.seq)) return record
  return undefined
}

export function lagFinding(lags: readonly Lag[]): Finding {
  const behind = lags.filter(({ lagMs }) => lagMs > 0)
  if (behind.length === 0) return ok('projection', `nothing waits in any of ${lags.length} partitions`)
  const list = behind.map(({ partition, lagMs }) => `${partition}: ${durationText(lagMs)}`).join(', ')
  const found = `behind the log in ${behind.length} of ${lags.length} partitions (${list})`
  if (behind.every(({ lagMs }) => lagMs <= lagMsMax)) return ok('projection', found)
  return warn('projection', found, 'see that a projector runs, and read its log: nothing is lost, the history is late')
}
