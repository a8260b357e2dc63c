import { exitCodes } from '../../process.ts'
import type { Register } from '../command.ts'

interface LintOptions {
  readonly module?: string
  readonly json?: boolean
}

export const lintCommand: Register = (program, shell) => {
  const command = program
    .command('lint')
    .argument('[actor types...]', 'as the definitions name them (default: all)')
    .description('find faults in statecharts before they run; no server is needed. Exit code 1 when there is an error')
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ troupe lint\n  $ troupe lint task schedule\n  $ troupe lint --module build/actors.ts --json')
  command.action(async (types: readonly string[]) => {
    const { module, json } = command.optsWithGlobals<LintOptions>()
    const [{ chartsOf }, { lintChart }, { lintText }] = await Promise.all([
      import('../chart/machines.ts'), // large: with it come the actors of the main job
      import('../../inspector/chart/lint/lint.ts'),
      import('../chart/lint-text.ts'),
    ])
    const linted = (await chartsOf(types, module)).map(({ type, chart }) => ({ type, ...lintChart(chart) }))
    const errors = linted.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'error').length
    shell.print(json ? JSON.stringify({ ok: errors === 0, charts: linted }) : lintText(linted))
    if (errors > 0) shell.exitWith(exitCodes.failed)
  })
}
