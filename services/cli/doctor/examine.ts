// Examine
// All looks of the doctor, in the order they are told. What cannot be reached is a finding, and the rest is looked at all the same.
import { TroupeError } from '../../../runtime/errors.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import { findServers, withConnection, type Place } from '../connect.ts'
import type { Profile } from './durability.ts'
import { fail, type Finding } from './finding.ts'
import { circuitsFinding } from './circuits.ts'
import { examineHistory, type Lag } from './history.ts'
import { durabilityFinding, examineNats, type NatsReport } from './nats.ts'
import { examineTakeOver } from './take-over.ts'
import { examineSurroundings } from './surroundings.ts'

export interface Examination {
  readonly findings: readonly Finding[]
  /** Undefined: NATS was not reached. */
  readonly nats: NatsReport | undefined
  readonly lags: readonly Lag[]
}

export interface ExamineOptions {
  readonly expect?: Profile
  /** Monitoring addresses, a comma between; default that of the embedded server. */
  readonly monitor?: string
}

export async function examine(place: Place, options: ExamineOptions): Promise<Examination> {
  const { databaseUrl, monitorUrl } = await findServers(place)
  const monitorUrls = options.monitor?.split(',') ?? (monitorUrl === undefined ? [] : [monitorUrl])
  const { namespace } = place
  const surroundings = examineSurroundings(place)
  const servers = await reached(() =>
    withConnection(place, async (connection) => {
      const nats = await examineNats(connection, namespace, monitorUrls)
      const log = nats.isComplete ? await natsPorts(connection, namespace) : undefined
      const circuits = nats.isComplete ? [await circuitsFinding(connection, namespace)] : []
      return {
        nats,
        circuits,
        takeOver: await examineTakeOver(connection, place),
        history: await examineHistory(databaseUrl, namespace, log),
      }
    }),
  )
  if ('unreached' in servers) {
    const history = await examineHistory(databaseUrl, namespace, undefined)
    return { findings: [servers.unreached, ...history.findings, ...(await surroundings)], nats: undefined, lags: [] }
  }
  const { nats, circuits, takeOver, history } = servers
  const durability = durabilityFinding(nats.durability, options.expect)
  return {
    findings: [...nats.findings, ...circuits, takeOver, durability, ...history.findings, ...(await surroundings)],
    nats,
    lags: history.lags,
  }
}

async function reached<Result>(work: () => Promise<Result>): Promise<Result | { readonly unreached: Finding }> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error
    return { unreached: fail('nats server', `${error.code}: ${error.message}`, 'run `npm start`, or correct NATS_URL') }
  }
}
