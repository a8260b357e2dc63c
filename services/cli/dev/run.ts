// Run
// The main job on a fleet that runs already. Starts nothing and kills nothing.
import path from 'node:path'
import { exitCodes } from '../../process.ts'
import type { SharedOptions, Shell } from '../command.ts'
import { findServers, placeOf } from '../connect.ts'
import { ServersNotFound } from '../errors.ts'
import { openLink } from '../job/link.ts'
import { prepareFolder, runSession } from '../job/session.ts'
import { embeddingModelOf } from './check-model.ts'
import { folderDefault, isSound, orInterrupted, terminalOf } from './dev.ts'

export interface RunOptions extends SharedOptions {
  readonly tasksMax: number
}

/** Resolves with the exit code. Throws what ends it, in one sentence. */
export const run = (given: string | undefined, options: RunOptions, shell: Shell): Promise<number> =>
  orInterrupted(() => perform(given, options, shell), shell)

async function perform(given: string | undefined, options: RunOptions, shell: Shell): Promise<number> {
  const terminal = terminalOf(options.json)
  const place = placeOf(options, shell.environment)
  const { settings, namespace, tenant, data } = place
  const folder = await prepareFolder(path.resolve(given ?? folderDefault), options.tasksMax, shell.stop)
  const { natsUrl, databaseUrl } = await findServers(place)
  if (natsUrl === undefined)
    throw new ServersNotFound(
      `Nothing runs on the data folder ${path.resolve(data)} and NATS_URL is not set: run \`npm start\`, name its folder with --data, or set NATS_URL.`,
    )
  const link = await openLink({ natsUrl, namespace, tenant, create: false })
  try {
    const summary = await runSession({
      link,
      folder,
      embeddingModel: await embeddingModelOf(settings),
      terminal,
      workersWanted: 1,
      strike: undefined,
      databaseUrl: async () => databaseUrl,
      stop: shell.stop,
    })
    if (options.json) shell.print(JSON.stringify(summary))
    return isSound(summary) ? exitCodes.ok : exitCodes.failed
  } finally {
    await link.close()
  }
}
