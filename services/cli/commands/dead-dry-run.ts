import { natsPorts } from '../../../runtime/nats/index.ts'
import { exitCodes } from '../../process.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withConnection } from '../connect.ts'
import { deliveryOf } from '../dead/delivery.ts'
import { dryRun, dryRunText } from '../dead/dry-run.ts'
import { lettersNamed, lettersOf } from '../dead/letters.ts'
import { parseEvent } from '../words.ts'

interface DryRunOptions extends SharedOptions {
  readonly event?: string
}

export const registerDryRun: Register = (dead, shell) => {
  const examples = ['dead dry-run 3.1207.0', `dead dry-run 3.1207.0 --event '{"type": "hit.counted", "n": 1}'`]
  const command = shared(dead.command('dry-run'), examples)
    .description('what the event of a dead letter would do to its actor as it is now; nothing changes. Exit code 1 when it would fail')
    .argument('<id>', 'the id of the letter')
    .option('--event <json>', "this event in place of the letter's own")
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<DryRunOptions>()
    const place = placeOf(options, shell.environment)
    const edited = options.event === undefined ? undefined : parseEvent([options.event])
    await withConnection(place, async (connection) => {
      const { namespace } = place
      const tenant = options.tenant === undefined ? '*' : place.tenant
      const [letter] = await lettersNamed(lettersOf(connection, namespace), [id], { tenant, namespace })
      if (!letter) return
      const rehearsed = await dryRun(connection, await natsPorts(connection, namespace), deliveryOf(letter, edited))
      shell.print(options.json ? JSON.stringify(rehearsed) : dryRunText(rehearsed))
      if (!rehearsed.ok) shell.exitWith(exitCodes.failed)
    })
  })
}
