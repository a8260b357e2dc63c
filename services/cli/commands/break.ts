import type { Breakpoint } from '../../../client/index.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { debugActor } from '../debugging.ts'
import { ArgumentInvalid } from '../errors.ts'
import { lengthOf } from '../schedule/spec.ts'
import { breakType } from '../type-breakpoints.ts'

interface BreakOptions extends SharedOptions {
  readonly for: string
  readonly hold: string
  readonly clear?: boolean
}

export const breakCommand: Register = (program, shell) => {
  const command = shared(program.command('break'), [
    'break main/task/42 state:task.choosing event:task.cancel',
    'break task/42 guard:isGood --for 1h',
    'break task/42 --clear',
    "break 'main/agent-researcher/*' state:agent.paused --hold 10m",
  ])
    .description('set the breakpoints of an actor, or of every actor of a type, in place of those before: it stands still where one is hit')
    .argument('<actor>', 'tenant/type/key, or type/key; * as the key: every actor of the type, those included that are born later')
    .argument(
      '[breakpoints...]',
      'state:<id> after a turn that entered it, event:<type> before it is taken, guard:<name> after it said yes',
    )
    .option('--for <length>', 'they are gone after so long, up to 1h', '30m')
    .option('--hold <length>', 'with *: an actor that reached one stands still for so long at most, up to 1h', '5m')
    .option('--clear', 'take all away')
  command.action(async (actor: string, words: readonly string[]) => {
    const options = command.optsWithGlobals<BreakOptions>()
    if ((words.length === 0) !== (options.clear ?? false))
      throw new ArgumentInvalid('Setting breakpoints: name them, such as state:task.choosing, or give --clear to take all away.')
    const ttlMs = lengthOf(options.for)
    const breakpoints = words.map(breakpointOf)
    if (actor.endsWith('/*')) return breakType(shell, options, { actor, breakpoints, ttlMs, holdMs: lengthOf(options.hold) })
    await debugActor(shell, options, actor, (by) => ({ type: '@breakpoints', by, ttlMs, breakpoints }))
  })
}

function breakpointOf(word: string): Breakpoint {
  const [, on, match] = /^(state|event|guard):(.+)$/s.exec(word) ?? []
  if (match !== undefined && (on === 'state' || on === 'event' || on === 'guard')) return { id: word, on, match }
  throw new ArgumentInvalid(`Reading the breakpoint '${word}': it is state:<id>, event:<type> or guard:<name>.`)
}
