import { orderPin, undoPins } from '../../../runtime/orders.ts'
import type { Member } from '../../../runtime/ports.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withPorts } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { numbersOf, rangesText } from '../ranges.ts'
import { membersOf } from './workers.ts'

interface Options extends SharedOptions {
  readonly clear?: boolean
  readonly partitions?: string
}

export const pinCommand: Register = (program, shell) => {
  const command = shared(program.command('pin'), ['pin 2026-11-20', 'pin canary --partitions 0-3', 'pin --clear'])
    .description('let only the workers of one deployment own partitions, as to roll back')
    .argument('[deployment]', 'its name, as `troupe workers` shows it before the @')
    .option('--partitions <list>', 'only these, such as 0-3,7')
    .option('--clear', 'take the pins back: the newest deployment owns the partitions again')
  command.action(async (deployment: string | undefined) => {
    const options = command.optsWithGlobals<Options>()
    if ((deployment === undefined) !== (options.clear === true)) throw new ArgumentInvalid('pinning: name a deployment, or say --clear')
    await withPorts(placeOf(options, shell.environment), async ({ membership, orders, partitions }) => {
      const numbers = options.partitions === undefined ? [] : numbersOf(options.partitions, partitions)
      if (deployment !== undefined) mustRun(deployment, await membersOf(membership))
      const after = await orders.change(deployment === undefined ? undoPins(numbers) : orderPin(deployment, numbers))
      if (options.json) return shell.print(JSON.stringify(after))
      const which = numbers.length === 0 ? 'All partitions' : `Partitions ${rangesText(numbers)}`
      shell.print(deployment === undefined ? `${which}: pins taken back.` : `${which} go to ${deployment}; see \`troupe workers\`.`)
    })
  })
}

/** A name nobody has would keep the partitions from everyone. */
function mustRun(deployment: string, members: readonly Member[]): void {
  const alive = [...new Set(members.flatMap((member) => member.deployment?.id ?? []))]
  if (alive.includes(deployment)) return
  throw new NotFound(`pinning to ${deployment}: no worker of it is alive; alive are ${alive.join(', ') || 'none with a deployment'}`)
}
