import { shared, wholeNumber, type Register } from '../command.ts'
import { tasksMaxDefault } from '../job/plan.ts'
import type { RunOptions } from '../dev/run.ts'

export const runCommand: Register = (program, shell) => {
  const command = shared(program.command('run'), ['run', 'run ~/papers --json', 'run ./src --tasks-max 10 --namespace staging'])
    .description('do the main job on a folder with the workers that run already')
    .argument(
      '[folder]',
      "documents, tables and source files to work on; the workers must see it at the same path (default: the project's docs/)",
    )
    .option('--tasks-max <n>', 'tasks at most', wholeNumber, tasksMaxDefault)
  command.action(async (folder: string | undefined) => {
    const { run } = await import('../dev/run.ts')
    shell.exitWith(await run(folder, command.optsWithGlobals<RunOptions>(), shell))
  })
}
