// Dev
// The whole system on one machine, doing the main job on a folder, with one worker killed in the middle; then it stays up until it is told to stop.
//
// V1. Whatever happens, everything that was started is stopped before this returns.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { exitCodes, explain, stopped } from '../../process.ts'
import type { Stack } from '../../stack/stack.ts'
import type { SharedOptions, Shell } from '../command.ts'
import { placeOf } from '../connect.ts'
import { Interrupted } from '../errors.ts'
import type { Strike } from '../job/job.ts'
import type { Summary } from '../job/report.ts'
import { prepareFolder, runSession } from '../job/session.ts'
import { JobTerminal } from '../job/terminal.ts'
import { secondsText, type Paint } from '../job/text.ts'
import { checkModel, embeddingModelOf } from './check-model.ts'
import type { Post } from './crew.ts'
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
export const folderDefault = fileURLToPath(new URL('../../../docs', import.meta.url))

/** Resolves with the exit code. Throws what ends it, in one sentence. */
export const dev = (given: string | undefined, options: DevOptions, shell: Shell): Promise<number> =>
  orInterrupted(() => perform(given, options, shell), shell)

/** What fails because the process was told to stop is no failure. */
export async function orInterrupted(work: () => Promise<number>, shell: Shell): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!shell.stop.aborted) throw error
    if (error instanceof Interrupted) shell.note(error.message)
    return interruptedCode
  }
}

/** What shells use for a process that Ctrl-C has ended. */
const interruptedCode = 130

async function perform(given: string | undefined, options: DevOptions, shell: Shell): Promise<number> {
  await using ending = new AsyncDisposableStack() // V1
  const terminal = terminalOf(options.json)
  const { settings, namespace, tenant, data } = placeOf(options, shell.environment)
  const failure = new AbortController()
  const stop = AbortSignal.any([shell.stop, failure.signal])
  const folder = await prepareFolder(path.resolve(given ?? folderDefault), options.tasksMax, stop) // before anything starts: it may not be readable
  let isUp = false
  ending.defer(() => void (isUp && terminal.note(`Stopped after ${secondsText(Date.now() - terminal.board.startedAt)}`)))
  const checking = checkModel({ ...settings, TROUPE_OFFLINE_MODEL_URL: anyUrl }, stop)
  checking.catch(() => {}) // thrown by `orFailure`
  const scene = await setUp({
    settings,
    environment: shell.environment,
    namespace,
    tenant,
    data: path.resolve(data),
    folder: path.resolve(given ?? folderDefault),
    profile: options.profile ?? settings.TROUPE_PROFILE,
    workers: options.workers,
    verbose: options.verbose === true,
    gateway: !options.once, // nobody looks at what ends at once
    note: (line) => terminal.note(line),
    ending,
    stop,
  })
  isUp = true
  ending.defer(() => failure.abort()) // the job ends before what it works with
  ending.defer(() => terminal.close())
  const failed = firstFailure(scene, checking)
  const job = runSession({
    link: scene.link,
    folder,
    embeddingModel: await embeddingModelOf(settings),
    terminal,
    workersWanted: options.workers,
    strike: options.kill ? strikeOf(options, scene, terminal) : undefined,
    databaseUrl: async () => (await Promise.all([scene.stack, scene.projector]))[0].databaseUrl,
    stop,
  })
  const summary = await Promise.race([job, failed])
  if (options.json) shell.print(JSON.stringify(summary))
  if (!options.once) {
    await Promise.race([scene.gateway, failed])
    terminal.lines(whereToLook(await scene.stack, scene, data))
    await Promise.race([stopped(shell.stop), failed])
  }
  return isSound(summary) ? exitCodes.ok : exitCodes.failed
}

/** With --json, standard output is for the one line of JSON. */
export function terminalOf(json = false): JobTerminal {
  const stream = json ? process.stderr : process.stdout
  const paint: Paint = (format, text) => styleText(format, text, { stream }) // which knows NO_COLOR, and what is no terminal
  return new JobTerminal(stream, { plain: json, startedAt: performance.timeOrigin, paint })
}

/** Every task completed, and nothing happened twice. */
export const isSound = ({ tasks, completed, effectsTwice }: Summary): boolean => completed === tasks && effectsTwice === 0

/** Only to choose a real model: the offline one is not asked. */
const anyUrl = 'http://127.0.0.1/v1'

/** Rejects with the first thing without which it makes no sense to go on. */
function firstFailure({ stack, crew, workers, projector, gateway }: Scene, checking: Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  void crew.broken.then(reject)
  stack.then(({ lost }) => lost).then((error) => (crew.hurry(), reject(error)), reject)
  for (const needed of [workers, projector, gateway, checking]) void needed?.catch(reject)
  promise.catch(() => {}) // thrown where it is raced
  return promise
}

function strikeOf({ workers, killAt }: DevOptions, { crew, world }: Scene, terminal: JobTerminal): Strike {
  return {
    share: killAt,
    kill: (worker) => {
      const pid = crew.kill(worker)
      if (pid !== undefined) void replace(worker, workerPost(world, workers + 1))
      return pid
    },
  }

  async function replace(worker: string, post: Post): Promise<void> {
    try {
      await crew.start(post)
      terminal.note(`Worker ${post.name} has taken the place of ${worker}`)
    } catch (error) {
      if (!crew.isStopping) terminal.note(explain(error, false)) // the others go on without it
    }
  }
}

function whereToLook({ natsUrl, monitorUrl, databaseUrl, folder }: Stack, { crew }: Scene, data: string): readonly string[] {
  const metrics = [...crew.said].flatMap(([name, { metrics: url }]) => (typeof url === 'string' ? [`${name} ${url}`] : []))
  const where = data === '.data' ? '' : ` --data ${data}`
  return [
    '',
    'Everything stays up. Ctrl-C stops it.',
    `  Inspector ${inspectorOf(crew)}   (the API: /v1/docs)`,
    `  NATS      ${withoutPassword(natsUrl)}${monitorUrl === undefined ? '' : `   monitor ${monitorUrl}`}`,
    `  Postgres  ${withoutPassword(databaseUrl)}`,
    `  Metrics   ${metrics.join('   ')}`,
    `  Data      ${folder}   (logs: ${path.join(folder, '*.log')})`,
    `  Try       bin/troupe workers${where}   bin/troupe actors${where}   bin/troupe tasks${where}   bin/troupe run <folder>${where}   bin/troupe --help`,
  ]
}

function inspectorOf(crew: Scene['crew']): string {
  const { gateway } = crew.said.get('gateway') ?? {}
  return typeof gateway === 'string' ? gateway : 'is starting'
}

const withoutPassword = (url: string): string => url.replace(/(\/\/[^:/@]+):[^@/]*@/g, '$1:***@')
