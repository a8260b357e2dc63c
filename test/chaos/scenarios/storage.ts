// Scenarios of storage: a history database that is away for a while, and a disk that is full.
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openDatabase } from '../../../services/history/database.ts'
import { startPostgres } from '../../../services/stack/postgres.ts'
import { startProcess } from '../../../services/stack/processes.ts'
import { factsOf } from '../check.ts'
import { startMixedLoad } from '../load.ts'
import { spread } from '../measure.ts'
import { startProxy } from '../proxy.ts'
import { Skipped, type Scenario } from '../scenario.ts'
import { namespace, type World } from '../world.ts'

const projectorEntry = fileURLToPath(new URL('../../../services/projector/main.ts', import.meta.url))
const stopLimitMs = 15_000
const catchUpMsMax = 60_000

export const postgres: Scenario = {
  name: 'postgres',
  about: 'the history database is away while actors go on; afterwards the projector catches up and no turn is missing',
  plan: { workers: 2 },
  async run(world, { dice, long }) {
    const server = { dataDir: world.folder, log: () => {} }
    let running = await startPostgres(server)
    world.defer(() => running.close())
    const line = await startProxy(() => running.url) // the database may come back on another port
    world.defer(() => line.close())
    await startProjector(world, line.url)

    const load = await startMixedLoad(world, dice)
    await wait(2_000)
    world.fault('the database is stopped')
    await running.close()
    const from = Date.now()
    await wait(long ? 60_000 : 6_000)
    const to = Date.now()
    running = await startPostgres(server)
    await wait(2_000)
    await load.stop()
    await world.settle()
    const caughtUpMs = await catchUp(world, line.url)
    const away = load.ended.filter(({ startedAt, call, outcome }) => call.asks && startedAt >= from && outcome.at <= to)
    const failed = load.ended.filter(({ outcome }) => outcome.outcome !== 'acknowledged')
    for (const { outcome } of failed) world.expect(false, `message ${outcome.id} failed while only the database was away: ${outcome.code}`)
    world.expect(away.length > 0, 'no ask was answered while the database was away')
    return {
      awayMs: to - from,
      caughtUpMs: Math.round(caughtUpMs),
      ...spread(
        'askWhileAway',
        away.map(({ ms }) => ms),
      ),
    }
  },
}

async function startProjector(world: World, databaseUrl: string): Promise<void> {
  const ready = Promise.withResolvers<void>()
  const child = await startProcess({
    name: 'projector',
    entry: projectorEntry,
    env: { ...process.env, NATS_URL: world.server.url, DATABASE_URL: databaseUrl, TROUPE_NAMESPACE: namespace },
    onLine: (text) => text.includes('"projector"') && ready.resolve(),
  })
  world.defer(async () => void (await child.stop(stopLimitMs)))
  void child.exited.then(({ text }) => ready.reject(new Error(text)))
  await ready.promise
}

/** Waits until the rows are the turns of the log, no more and no fewer; says in the history which are not. */
async function catchUp(world: World, url: string): Promise<number> {
  const orm = await openDatabase(url)
  try {
    const { places } = factsOf(world.history.lines)
    const turns = places.filter(({ entry }) => entry.turn > 0 && (entry.dead === undefined || entry.snapshot || entry.patch))
    const inLog = new Set(turns.map(({ entry }) => `${entry.actor}#${entry.turn}`))
    let inDatabase = new Set<string>()
    const read = async (): Promise<boolean> => {
      const rows = await orm.em.fork().execute<{ actor: string; turn: string }[]>('select actor, turn from turns')
      inDatabase = new Set(rows.map(({ actor, turn }) => `${actor}#${turn}`))
      return inDatabase.size >= inLog.size
    }
    const tookMs = await world.until('every turn is a row', read, catchUpMsMax).catch(() => catchUpMsMax)
    for (const turn of inLog.difference(inDatabase)) world.expect(false, `turn ${turn} is in the log and not in the database`)
    for (const turn of inDatabase.difference(inLog)) world.expect(false, `turn ${turn} is in the database and not in the log`)
    return tookMs
  } finally {
    await orm.close()
  }
}

const diskMb = 64
const backMsMax = 15_000

export const disk: Scenario = {
  name: 'disk-full',
  about: 'the disk of the server is full for a while: calls are refused with a code, and go on when there is room',
  plan: { workers: 2 },
  store: smallDisk,
  async run(world, { dice, seconds, store }) {
    const load = await startMixedLoad(world, dice)
    await wait(2_000)
    world.fault('the disk is full')
    const filler = join(store, 'filler')
    await fill(filler)
    const from = Date.now()
    await wait(Math.max(8_000, seconds * 500))
    world.fault('there is room on the disk')
    await rm(filler)
    const to = Date.now()
    const goesOn = (): boolean => load.ended.some(({ startedAt, outcome }) => startedAt >= to && outcome.outcome === 'acknowledged')
    const backMs = await world.until('calls are acknowledged again', goesOn, backMsMax).catch(() => undefined)
    if (backMs === undefined) {
      world.fault('the server is restarted') // a nats-server that met a full disk has turned JetStream off
      await world.server.stop()
      await world.server.start()
      await world.until('calls are acknowledged after a restart', goesOn)
    }
    await wait(2_000)
    await load.stop()
    const during = load.ended.filter(({ startedAt }) => startedAt >= from && startedAt < to)
    const refused = during.filter(({ outcome }) => outcome.outcome !== 'acknowledged')
    for (const { outcome } of refused)
      world.expect(outcome.code?.startsWith('TR_') === true, `message ${outcome.id} failed without a code: ${outcome.code}`)
    world.expect(refused.length > 0, 'no call was refused: the disk was never full')
    const codes = Map.groupBy(refused, ({ outcome }) => outcome.code ?? '')
    return {
      callsWhileFull: during.length,
      ...Object.fromEntries([...codes].map(([code, some]) => [code, some.length])),
      serverRestarts: backMs === undefined ? 1 : 0,
      backMs: Math.round(backMs ?? Date.now() - to),
    }
  },
}

/** A file system of its own in memory, small enough to be filled at once. */
async function smallDisk(): Promise<{ readonly folder: string; free(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-chaos-disk-'))
  const run = promisify(execFile)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'tmpfs', folder])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new Skipped(
      `a small disk cannot be mounted here, it takes root: ${error instanceof Error ? error.message.trim() : String(error)}`,
    )
  }
  const free = async (): Promise<void> => {
    await run('umount', [folder])
    await rm(folder, { recursive: true, force: true })
  }
  return { folder, free }
}

/** Leaves no room at all, though the server writes at the same time. */
async function fill(name: string): Promise<void> {
  const file = await open(name, 'w')
  try {
    for (const bytes of [1 << 20, 1 << 12]) await writeUntilFull(file, Buffer.alloc(bytes))
  } finally {
    await file.close()
  }
}

async function writeUntilFull(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    for (;;) await file.write(bytes)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
