import { drainedMax, orderDrain, undoDrain } from '../../../runtime/orders.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withPorts } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { membersOf } from './workers.ts'

interface Options extends SharedOptions {
  readonly undo?: boolean
}

export const drainCommand: Register = (program, shell) => {
  const command = shared(program.command('drain'), ['drain 4f1c2a90', 'drain 4f1c2a90 --undo'])
    .description('make a worker give its partitions back and get none, while it stays alive')
    .argument('<worker>', 'its id, as `troupe workers` shows it')
    .option('--undo', 'let it have partitions again')
  command.action(async (worker: string) => {
    const options = command.optsWithGlobals<Options>()
    await withPorts(placeOf(options, shell.environment), async ({ membership, orders }) => {
      const [alive, before] = [(await membersOf(membership)).map(({ id }) => id), await orders.read()]
      if (options.undo && !before.drained.includes(worker))
        throw new NotFound(`undoing the drain of ${worker}: it is not drained; drained are ${before.drained.join(', ') || 'none'}`)
      if (!options.undo && !alive.includes(worker))
        throw new NotFound(`draining ${worker}: no such worker is alive; alive are ${alive.join(', ') || 'none'}`)
      if (!options.undo && before.drained.length >= drainedMax)
        throw new ArgumentInvalid(`draining ${worker}: ${before.drained.length} workers are drained already: undo those that are gone`)
      const after = await orders.change((options.undo ? undoDrain : orderDrain)(worker))
      if (options.json) return shell.print(JSON.stringify(after))
      const left = alive.filter((id) => !after.drained.includes(id))
      shell.print(options.undo ? `${worker} is given partitions again.` : `${worker} hands its partitions over; see \`troupe workers\`.`)
      if (left.length === 0) shell.note('Every worker that is alive is drained: messages wait in their mailboxes.')
    })
  })
}
