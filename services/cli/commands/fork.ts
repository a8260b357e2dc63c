import { Option } from 'commander'
import { actorId } from '../../../machines/address.ts'
import type { Divergence } from '../../../machines/fork.ts'
import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped } from '../connect.ts'
import { operator } from '../dead/redrive.ts'
import { listOf } from '../explain/wishes.ts'
import { sayingRefusals } from '../refusal.ts'
import { lengthOf } from '../schedule/spec.ts'
import { parseTarget } from '../words.ts'

interface ForkOptions extends SharedOptions {
  readonly turn: number
  readonly key?: string
  readonly unrecorded: Divergence
  readonly held?: boolean
  readonly sendsTo?: readonly string[]
  readonly for: string
  readonly module?: string
}

export const forkCommand: Register = (program, shell) => {
  const command = shared(program.command('fork'), [
    'fork main/agent-researcher/7 --turn 12',
    'fork task/42 --turn 3 --held --key what-if --unrecorded real --sends-to coordinator',
  ])
    .description('begin a new actor where one was after a turn; it is given what the world answered then, and the original is left alone')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .requiredOption('--turn <n>', 'it begins after this turn; `troupe history` shows them', wholeNumber)
    .option('--key <key>', 'of the fork (default: the key, ~fork- and a number)')
    .addOption(
      new Option('--unrecorded <what>', 'where nothing is recorded it stands still, or goes on for real')
        .choices(['hold', 'real'])
        .default('hold'),
    )
    .option('--held', 'it stands still at once, so that something can be sent to it first')
    .option('--sends-to <types>', 'actor types it may send to, a comma between (default: none)', listOf)
    .option('--for <length>', 'how long it may stand still, up to 1h', '30m')
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
  command.action(async (actor: string) => {
    const options = command.optsWithGlobals<ForkOptions>()
    const place = placeOf(options, shell.environment)
    const target = parseTarget(actor, place.tenant, options.tenant !== undefined)
    const of = actorId(target.tenant, target.type, target.key)
    const [{ withPast }, fork] = await Promise.all([import('../past.ts'), import('../../inspector/moments/fork.ts')]) // large
    await withPast(place, options.module, ({ past, client, database }) =>
      sayingRefusals(shell, options, async () => {
        const asked = await fork.forkCommand(past, {
          of,
          turn: options.turn,
          by: operator(),
          unrecorded: options.unrecorded,
          sendsTo: options.sendsTo ?? [],
          ttlMs: lengthOf(options.for),
          held: options.held ?? false,
        })
        const id = await fork.forkAddress(client, database, { of, key: options.key })
        await untilStopped(client.debug(id, asked), shell.stop, `${of} was forked`)
        const { length } = asked.recorded
        shell.print(options.json ? JSON.stringify({ fork: id, of, turn: options.turn, recorded: length }) : id)
        shell.note(`It begins after turn ${options.turn} of ${of}, with ${length} recorded answers of the world.`)
      }),
    )
  })
}
