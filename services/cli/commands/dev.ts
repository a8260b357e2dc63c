import { InvalidArgumentError, Option } from 'commander'
import { shared, wholeNumber, type Register } from '../command.ts'
import { tasksMaxDefault } from '../job/plan.ts'
import type { DevOptions } from '../dev/dev.ts'

const workersDefault = 2
const killAtDefault = 0.4

export const devCommand: Register = (program, shell) => {
  const command = shared(program.command('dev'), [
    'dev',
    'dev --once --json',
    'dev ~/papers --tasks-max 20',
    'dev --profile strict --no-kill',
  ])
    .description('start everything on this machine, do the main job on a folder, kill a worker in the middle, and stay up')
    .argument('[folder]', "documents, tables and source files to work on (default: the project's docs/)")
    .option('--once', 'end after the job: exit code 0, or 1 when a task failed or was lost', false)
    .option('--workers <n>', 'worker processes', wholeNumber, workersDefault)
    .option('--tasks-max <n>', 'tasks at most', wholeNumber, tasksMaxDefault)
    .option('--no-kill', 'do not kill a worker')
    .addOption(
      new Option(
        '--profile <profile>',
        'fast: an acknowledged message is on disk within a second; strict: when it is acknowledged (default: TROUPE_PROFILE, else fast)',
      ).choices(['fast', 'strict']),
    )
    .addOption(
      new Option('--kill-at <share>', 'for tests: share of the tasks that have ended when a worker is killed')
        .argParser(share)
        .default(killAtDefault)
        .hideHelp(),
    )
  command.action(async (folder: string | undefined) => {
    const { dev } = await import('../dev/dev.ts')
    shell.exitWith(await dev(folder, command.optsWithGlobals<DevOptions>(), shell))
  })
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}
