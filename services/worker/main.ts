// Worker process: hosts the main job's actors for one namespace until it is told to stop; then it hands its partitions over and leaves.
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { exitCodes, runProcess, stopped } from '../process.ts'
import { required, settingsOf } from '../settings.ts'
import { startTelemetry } from '../telemetry/index.ts'
import { version } from '../version.ts'
import { composeActors } from './compose.ts'

await runProcess(
  async (stop) => {
    const settings = settingsOf(process.env)
    const telemetry = await startTelemetry({
      service: 'troupe-worker',
      version,
      logLevel: settings.TROUPE_LOG_LEVEL,
      tracesUrl: settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
      metricsPort: settings.TROUPE_METRICS_PORT,
    })
    const connection = await connectNats({ servers: required(settings, 'NATS_URL'), name: 'troupe worker' })
    const actors = await composeActors(settings)
    const ports = await natsPorts(connection, settings.TROUPE_NAMESPACE)
    const { log } = telemetry
    const worker = await startWorker({
      ports,
      definitions: actors.definitions,
      log,
      version,
      ...(settings.TROUPE_WORKER_ID !== undefined && { id: settings.TROUPE_WORKER_ID }),
    })
    process.stdout.write(
      `${JSON.stringify({ worker: worker.id, pid: process.pid, metrics: telemetry.metricsUrl, model: actors.describe })}\n`,
    )
    await stopped(stop)
    await worker.drain()
    await actors.close()
    await connection.drain()
    await telemetry.stop()
    return exitCodes.ok
  },
  { verbose: process.env['TROUPE_LOG_LEVEL'] === 'debug' },
)
