import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { debugActor } from '../debugging.ts'

interface StepOptions extends SharedOptions {
  readonly count: number
}

export const stepCommand: Register = (program, shell) => {
  const command = shared(program.command('step'), ['step main/task/42', 'step task/42 --count 3'])
    .description('let one of what waits for a held actor through')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .option('--count <n>', 'so many, one after the other', wholeNumber, 1)
  command.action(async (actor: string) => {
    const options = command.optsWithGlobals<StepOptions>()
    await debugActor(shell, options, actor, (by) => ({ type: '@step', by, count: options.count }))
  })
}
