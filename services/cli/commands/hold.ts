import { shared, type Register, type SharedOptions } from '../command.ts'
import { debugActor } from '../debugging.ts'
import { lengthOf } from '../schedule/spec.ts'

interface HoldOptions extends SharedOptions {
  readonly for: string
}

export const holdCommand: Register = (program, shell) => {
  const command = shared(program.command('hold'), ['hold main/task/42', 'hold task/42 --for 30m --json'])
    .description('make an actor stand still: what comes to it waits; it goes on by itself when the time is over')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .option('--for <length>', 'at most so long, up to 1h', '5m')
  command.action(async (actor: string) => {
    const options = command.optsWithGlobals<HoldOptions>()
    const ttlMs = lengthOf(options.for)
    await debugActor(shell, options, actor, (by) => ({ type: '@hold', by, ttlMs }))
  })
}
