// Projector process: the log of one namespace into one Postgres, until it is told to stop.
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { openDatabase } from '../history/database.ts'
import { exitCodes, runProcess, stopped } from '../process.ts'
import { required, settingsOf, type Settings } from '../settings.ts'
import { startTelemetry, type ProcessTelemetry } from '../telemetry/index.ts'
import { version } from '../version.ts'
import { followLog } from './follow-log.ts'
import { startProjector, type ProjectorReport } from './projector.ts'

await runProcess(
  async (stop) => {
    const settings = settingsOf(process.env)
    const telemetry = await startTelemetry({
      service: 'troupe-projector',
      version,
      logLevel: settings.TROUPE_LOG_LEVEL,
      metricsPort: settings.TROUPE_METRICS_PORT,
    })
    try {
      await project(settings, telemetry, stop)
    } finally {
      await telemetry.stop()
    }
    return exitCodes.ok
  },
  { verbose: process.env['TROUPE_LOG_LEVEL'] === 'debug' },
)

async function project(settings: Settings, { log, metricsUrl }: ProcessTelemetry, stop: AbortSignal): Promise<void> {
  const namespace = settings.TROUPE_NAMESPACE
  const connection = await connectNats({ servers: required(settings, 'NATS_URL'), name: 'troupe projector' })
  try {
    const orm = await openDatabase(required(settings, 'DATABASE_URL'), { signal: stop })
    try {
      const ports = await natsPorts(connection, namespace)
      const { log: records, partitions } = ports
      const projector = await startProjector({ namespace, partitions, log: records, orm, follow: followLog(ports), report: reportTo(log) })
      log.info({ namespace, partitions }, 'projecting')
      process.stdout.write(`${JSON.stringify({ projector: namespace, pid: process.pid, metrics: metricsUrl })}\n`)
      await stopped(stop)
      await projector.drain()
      log.info({ namespace }, 'drained')
    } finally {
      await orm.close()
    }
  } finally {
    await connection.close()
  }
}

function reportTo(log: ProcessTelemetry['log']): ProjectorReport {
  return {
    advanced: (partition, { records, rows, place }) => log.debug({ partition, records, rows, seq: place.seq }, 'projected'),
    retrying: (partition, error, waitMs) => log.warn({ partition, error, waitMs }, 'cannot project now, trying again'),
    stopped: (partition, error) => log.error({ partition, error }, 'cannot project this partition any further'),
  }
}
