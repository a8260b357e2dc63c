import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { printable } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'
import { parseEvent, parseTarget } from '../words.ts'

interface AskOptions extends SharedOptions {
  readonly deadline: number
  readonly correlation?: string
}

const deadlineMs = 30_000

export const askCommand: Register = (program, shell) => {
  const command = shared(program.command('ask'), [
    'ask main/counter/hits type=count.read',
    `ask main/task/42 '{"type": "task.progress"}' --deadline 2000`,
    'ask counter/hits type=count.read --tenant acme --json',
  ])
    .description('send an event to an actor and print its answer; exit code 1 when it refuses, fails or gives none in time')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .argument('<event...>', 'JSON with a type, or type=… and further name=value')
    .option('--deadline <ms>', 'how long to wait for the answer', wholeNumber, deadlineMs)
    .option('--correlation <id>', 'one id from this message to the last row that comes of it')
  command.action(async (actor: string, words: readonly string[]) => {
    const { deadline, correlation, ...options } = command.optsWithGlobals<AskOptions>()
    const place = placeOf(options, shell.environment)
    const target = parseTarget(actor, place.tenant, options.tenant !== undefined)
    const event = parseEvent(words)
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        const asked = client.ask(target, event, { deadlineMs: deadline, ...(correlation !== undefined && { correlation }) })
        const value = await untilStopped(asked, shell.stop, `asking ${actor}`)
        shell.print(options.json ? JSON.stringify({ ok: true, value }) : answerText(value))
      }),
    )
  })
}

function answerText(value: unknown): string {
  if (value === undefined || value === null) return '(answered without a value)'
  return typeof value === 'string' ? printable(value) : JSON.stringify(value, undefined, 2)
}
