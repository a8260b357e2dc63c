import { writeFile } from 'node:fs/promises'
import { Option } from 'commander'
import type { Register } from '../command.ts'
import { ArgumentInvalid } from '../errors.ts'

const formats = ['svg', 'mermaid', 'json'] as const
const themes = ['auto', 'light', 'dark'] as const

interface ChartOptions {
  readonly format: (typeof formats)[number]
  readonly theme: (typeof themes)[number]
  readonly out?: string
  readonly module?: string
}

export const chartCommand: Register = (program, shell) => {
  const command = program
    .command('chart')
    .argument('<actor type>', 'as the definitions name it')
    .description('draw the statechart of an actor type; no server is needed')
    .addOption(new Option('--format <format>', 'a picture, a Mermaid state diagram, or the chart as data').choices(formats).default('svg'))
    .addOption(new Option('--theme <theme>', "of a picture; `auto` follows the reader's").choices(themes).default('auto'))
    .option('--out <file>', 'write it there (default: standard output)')
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
    .addHelpText(
      'after',
      '\nExamples:\n  $ troupe chart task --out task.svg\n  $ troupe chart task --format mermaid\n  $ troupe chart shop --module build/actors.ts',
    )
  command.action(async (type: string) => {
    const { format, theme, out, module } = command.optsWithGlobals<ChartOptions>()
    const [{ chartsOf }, { drawn }] = await Promise.all([
      import('../chart/machines.ts'), // large: with it come the actors of the main job
      import('../chart/drawn.ts'), // and with it elkjs
    ])
    const [named] = await chartsOf([type], module)
    if (!named) return
    const text = drawn(named.chart, format, theme)
    if (out === undefined) return shell.print(text.trimEnd())
    await writeFile(out, text).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new ArgumentInvalid(
        `Writing the chart of ${type} to ${out}: it cannot be written (${why}); name a file in a folder that is there.`,
        {
          cause,
        },
      )
    })
    shell.note(`${out}: the chart of ${type}.`)
  })
}
