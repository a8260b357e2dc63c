// Gateway process: the HTTP API and the inspector of one namespace, until it is told to stop.
import { connectTroupe } from '../../client/index.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { openLogReader } from '../../runtime/nats/read-log.ts'
import { openDatabase } from '../history/database.ts'
import { exitCodes, runProcess, stopped } from '../process.ts'
import { required, settingsOf } from '../settings.ts'
import { startTelemetry } from '../telemetry/index.ts'
import { version } from '../version.ts'
import { unwiredActors } from '../worker/unwired.ts'
import { startLooking } from './alert-look.ts'
import { fleetWatchOf } from './fleet/watch.ts'
import { alertsOf } from './live/alerts.ts'
import { listen } from './listen.ts'
import { addLive } from './live/index.ts'
import { addPage } from './page.ts'
import { routes } from './routes/index.ts'
import { openSecurity } from './security/index.ts'
import { buildServer } from './server.ts'

await runProcess(
  async (stop) => {
    await using ending = new AsyncDisposableStack() // what was opened is closed, however far the start came
    const settings = settingsOf(process.env)
    const telemetry = await startTelemetry({
      service: 'troupe-gateway',
      version,
      logLevel: settings.TROUPE_LOG_LEVEL,
      metricsPort: settings.TROUPE_METRICS_PORT,
    })
    ending.defer(() => telemetry.stop())
    const namespace = settings.TROUPE_NAMESPACE
    const connection = await connectNats({ servers: required(settings, 'NATS_URL').split(','), name: 'troupe gateway' })
    ending.defer(() => connection.drain())
    const ports = await natsPorts(connection, namespace)
    const records = await openLogReader(connection, namespace)
    const client = await connectTroupe({ connection, namespace })
    ending.defer(() => client.close())
    const orm = await openDatabase(required(settings, 'DATABASE_URL'), { signal: stop })
    ending.defer(() => orm.close())
    const { guard, origins } = await openSecurity({ settings, database: orm, log: telemetry.log }) // before anything listens
    ending.defer(() => guard.close())
    const parts = {
      namespace,
      connection,
      client,
      orm,
      ports,
      records,
      definitions: unwiredActors(),
      settings,
      version,
      startedAt: Date.now(),
    }
    const watch = await fleetWatchOf(parts, telemetry.log) // so that the first page is full
    ending.defer(() => watch.stop())
    ending.defer(startLooking(parts, telemetry.log))
    const server = await buildServer({
      parts,
      routes,
      guard,
      log: telemetry.log,
      corsOrigins: origins,
    })
    ending.defer(() => server.close())
    const alerts = (tenant: string | undefined) => alertsOf(routes, parts, tenant)
    await addLive(server, { client, ports, tenant: settings.TROUPE_TENANT, alerts, guard, log: telemetry.log })
    addPage(server, telemetry.log)
    const url = await listen(server, settings)
    process.stdout.write(`${JSON.stringify({ gateway: url, pid: process.pid, metrics: telemetry.metricsUrl })}\n`)
    await stopped(stop)
    return exitCodes.ok
  },
  { verbose: process.env['TROUPE_LOG_LEVEL'] === 'debug' },
)
