import { shared, type Register, type SharedOptions } from '../command.ts'
import { debugActor } from '../debugging.ts'

export const releaseCommand: Register = (program, shell) => {
  const command = shared(program.command('release'), ['release main/task/42'])
    .description('let a held actor go on; its breakpoints stay')
    .argument('<actor>', 'tenant/type/key, or type/key')
  command.action(async (actor: string) => {
    await debugActor(shell, command.optsWithGlobals<SharedOptions>(), actor, (by) => ({ type: '@release', by }))
  })
}
