import { Option } from 'commander'
import { TroupeError } from '../../../runtime/errors.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import { exitCodes } from '../../process.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { findServers, placeOf, withConnection, type Place } from '../connect.ts'
import { profiles, type Profile } from '../doctor/durability.ts'
import { fail, type Finding } from '../doctor/finding.ts'
import { examineHistory, type Lag } from '../doctor/history.ts'
import { durabilityFinding, examineNats, type NatsReport } from '../doctor/nats.ts'
import { examineSurroundings } from '../doctor/surroundings.ts'
import { onOneLine } from '../output.ts'

interface DoctorOptions extends SharedOptions {
  readonly expect?: Profile
  readonly monitor?: string
}

interface Examination {
  readonly findings: readonly Finding[]
  /** Undefined: NATS was not reached. */
  readonly nats: NatsReport | undefined
  readonly lags: readonly Lag[]
}

export const doctorCommand: Register = (program, shell) => {
  const command = shared(program.command('doctor'), [
    'doctor',
    'doctor --expect replicated --monitor http://a:8222,http://b:8222,http://c:8222',
    'doctor --json',
  ])
    .description(
      'look at servers, settings and surroundings: which durability they really give, and what to mend; exit code 1 when a look fails',
    )
    .addOption(new Option('--expect <profile>', 'exit with code 1 when the servers give less').choices(profiles))
    .option('--monitor <urls>', 'monitoring addresses of the NATS servers, a comma between; known of the embedded one')
  command.action(async () => {
    const options = command.optsWithGlobals<DoctorOptions>()
    const examination = await examine(placeOf(options, shell.environment), options)
    const { findings, nats, lags } = examination
    if (options.json)
      shell.print(
        JSON.stringify({
          findings,
          durability: nats?.durability ?? null,
          expected: options.expect ?? null,
          streams: nats?.streams ?? [],
          lags,
        }),
      )
    else for (const line of findings.map(findingText)) shell.print(line)
    shell.exitWith(exitCodeOf(examination))
  })
}

async function examine(place: Place, options: DoctorOptions): Promise<Examination> {
  const { databaseUrl, monitorUrl } = await findServers(place)
  const monitorUrls = options.monitor?.split(',') ?? (monitorUrl === undefined ? [] : [monitorUrl])
  const { namespace } = place
  const surroundings = examineSurroundings(place)
  const servers = await reached(() =>
    withConnection(place, async (connection) => {
      const nats = await examineNats(connection, namespace, monitorUrls)
      const log = nats.isComplete ? await natsPorts(connection, namespace) : undefined
      return { nats, history: await examineHistory(databaseUrl, namespace, log) }
    }),
  )
  if ('unreached' in servers) {
    const history = await examineHistory(databaseUrl, namespace, undefined)
    return { findings: [servers.unreached, ...history.findings, ...(await surroundings)], nats: undefined, lags: [] }
  }
  const { nats, history } = servers
  const durability = durabilityFinding(nats.durability, options.expect)
  return { findings: [...nats.findings, durability, ...history.findings, ...(await surroundings)], nats, lags: history.lags }
}

/** A server that cannot be reached is a finding, and the rest is looked at all the same. */
async function reached<Result>(work: () => Promise<Result>): Promise<Result | { readonly unreached: Finding }> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error
    return { unreached: fail('nats server', `${error.code}: ${error.message}`, 'run `npm start`, or correct NATS_URL') }
  }
}

/** Unreachable servers are the caller's to mend, like a wrong option; what a look found to be bad is a result. */
function exitCodeOf({ findings, nats }: Examination): number {
  if (nats === undefined) return exitCodes.usage
  return findings.some(({ level }) => level === 'fail') ? exitCodes.failed : exitCodes.ok
}

export const findingText = ({ level, what, found, advice }: Finding): string =>
  onOneLine(`${level.padEnd(4)}  ${what}: ${found}${advice === undefined ? '' : `. To do: ${advice}.`}`)
