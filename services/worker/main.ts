// Worker process: hosts the main job's actors for one namespace until it is told to stop; then it hands its partitions over and leaves.
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { natsCircuitStore, openCircuits } from '../circuits/index.ts'
import { exitCodes, runProcess, stopped } from '../process.ts'
import { required, settingsOf } from '../settings.ts'
import { startTelemetry } from '../telemetry/index.ts'
import { version } from '../version.ts'
import { composeActors } from './compose.ts'
import { effectLimits } from './effect-limits.ts'
import { startWatchdog } from './watchdog.ts'

await runProcess(
  async (stop) => {
    await using ending = new AsyncDisposableStack() // also when the start fails half-way: an open connection would keep the process alive
    const settings = settingsOf(process.env)
    const telemetry = await startTelemetry({
      service: 'troupe-worker',
      version,
      logLevel: settings.TROUPE_LOG_LEVEL,
      tracesUrl: settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
      metricsPort: settings.TROUPE_METRICS_PORT,
    })
    ending.defer(() => telemetry.stop())
    const connection = await connectNats({ servers: required(settings, 'NATS_URL').split(','), name: 'troupe worker' })
    ending.defer(() => connection.drain())
    const { log } = telemetry
    const onStoreFailure = (error: unknown): void => log.warn({ error }, 'a circuit could not be shared with the other workers')
    const circuits = await openCircuits(await natsCircuitStore(connection, settings.TROUPE_NAMESPACE), { onStoreFailure })
    ending.defer(() => circuits.close())
    const actors = await composeActors(settings, circuits)
    ending.defer(() => actors.close())
    const ports = await natsPorts(connection, settings.TROUPE_NAMESPACE)
    const worker = await startWorker({
      ports,
      definitions: actors.definitions,
      options: effectLimits(settings.TROUPE_EFFECT_POOLS),
      log,
      version,
      ...(settings.TROUPE_WORKER_ID !== undefined && { id: settings.TROUPE_WORKER_ID }),
      ...(settings.TROUPE_DEPLOYMENT !== undefined && { deployment: settings.TROUPE_DEPLOYMENT }),
    })
    ending.defer(() => worker.drain())
    if (settings.TROUPE_BLOCKED_MS_MAX > 0) ending.use(startWatchdog({ blockedMsMax: settings.TROUPE_BLOCKED_MS_MAX }))
    process.stdout.write(
      `${JSON.stringify({ worker: worker.id, pid: process.pid, metrics: telemetry.metricsUrl, model: actors.describe })}\n`,
    )
    await stopped(stop)
    return exitCodes.ok
  },
  { verbose: process.env['TROUPE_LOG_LEVEL'] === 'debug' },
)
