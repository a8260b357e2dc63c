import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { sayingRefusals } from '../refusal.ts'
import { parseEvent, parseTarget } from '../words.ts'

interface SendOptions extends SharedOptions {
  readonly id?: string
  readonly correlation?: string
}

export const sendCommand: Register = (program, shell) => {
  const command = shared(program.command('send'), [
    'send main/counter/hits type=hit.counted n=1',
    `send counter/hits '{"type": "hit.counted", "n": 1}' --id hit-7`,
    'send counter/hits type=hit.counted --tenant acme --json',
  ])
    .description('send an event to an actor; done once it is stored in the mailbox')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .argument('<event...>', 'JSON with a type, or type=… and further name=value')
    .option('--id <id>', "the message's id: sent again with it within the duplicate window, it is stored once")
    .option('--correlation <id>', 'one id from this message to the last row that comes of it')
  command.action(async (actor: string, words: readonly string[]) => {
    const { id, correlation, ...options } = command.optsWithGlobals<SendOptions>()
    const place = placeOf(options, shell.environment)
    const target = parseTarget(actor, place.tenant, options.tenant !== undefined)
    const event = parseEvent(words)
    const ids = { ...(id !== undefined && { id }), ...(correlation !== undefined && { correlation }) }
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        const accepted = await untilStopped(client.send(target, event, ids), shell.stop, `sending ${event.type} to ${actor}`)
        shell.print(options.json ? JSON.stringify({ ok: true, ...accepted }) : `stored as ${accepted.id}`)
      }),
    )
  })
}
