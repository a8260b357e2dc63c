// Dev
// The whole system on one machine, doing the main job on a folder, with one worker killed in the middle; then it stays up until it is told to stop.
//
// V1. Whatever happens, everything that was started is stopped before this returns.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitCodes, stopped } from '../../process.ts'
import { settingsOf } from '../../settings.ts'
import type { SharedOptions, Shell } from '../command.ts'
import { placeOf } from '../connect.ts'
import { prepareFolder, runSession } from '../job/session.ts'
import type { Summary } from '../job/report.ts'
import type { Strike } from '../job/job.ts'
import { secondsText } from '../job/text.ts'
import { JobTerminal } from '../job/terminal.ts'
import { checkModel } from './check-model.ts'
import { workerPost } from './posts.ts'
import { setUp, type Scene } from './set-up.ts'

export interface DevOptions extends SharedOptions {
  readonly once: boolean
  readonly workers: number
  readonly tasksMax: number
  readonly kill: boolean
  /** For tests: the share of the tasks that have ended when a worker is killed. */
  readonly killAt: number
  readonly profile?: 'fast' | 'strict'
}

/** The project's own documents. */
const folderDefault = fileURLToPath(new URL('../../../docs', import.meta.url))

/** Resolves with the exit code. */
export async function dev(given: string | undefined, options: DevOptions, shell: Shell): Promise<number> {
  await using ending = new AsyncDisposableStack() // V1
  const failure = new AbortController()
  const stop = AbortSignal.any([shell.stop, failure.signal])
  const terminal = new JobTerminal(options.json ? process.stderr : process.stdout, {
    plain: options.json === true,
    startedAt: performance.timeOrigin,
  })
  ending.defer(() => terminal.note(`Stopped after ${secondsText(Date.now() - terminal.board.startedAt)}`))
  const { settings, namespace, tenant, data } = placeOf(options, shell.environment)
  const folder = prepareFolder(path.resolve(given ?? folderDefault), options.tasksMax, stop)
  folder.catch(() => {}) // awaited below, at the same time as the servers start
  const parts = {
    settings,
    environment: shell.environment,
    namespace,
    tenant,
    data: path.resolve(data),
    profile: options.profile ?? settings.TROUPE_PROFILE,
    workers: options.workers,
    verbose: options.verbose === true,
    note: (line: string) => terminal.note(line),
    ending,
  }
  await folder // a folder that cannot be read is said before anything starts
  const scene = await setUp(parts)
  const { embeddingModel, check } = checkModel(settings, scene.world.offlineModelUrl, stop)
  const job = runSession({
    link: scene.link,
    folder: await folder,
    embeddingModel: await embeddingModel,
    terminal,
    workersWanted: options.workers,
    strike: strikeOf(options, scene, terminal),
    databaseUrl: async () => (await scene.projector, (await scene.stack).databaseUrl),
    stop,
  })
  job.catch(() => {})
  const lost = firstFailure(scene, check)
  const summary = await orFailure(job, lost, failure)
  if (options.json) shell.print(JSON.stringify(summary))
  if (!options.once && !shell.stop.aborted) {
    terminal.lines(await whereToLook(scene, parts))
    await orFailure(stopped(shell.stop), lost, failure)
  }
  return shell.stop.aborted && !options.once ? exitCodes.ok : codeOf(summary)
}
