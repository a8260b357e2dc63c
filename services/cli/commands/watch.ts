import type { TroupeClient, Watch, WatchPattern } from '../../../client/index.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withClient } from '../connect.ts'
import { sightingText } from '../sighting.ts'
import { parsePattern } from '../words.ts'

interface WatchOptions extends SharedOptions {
  readonly for?: number
  readonly count?: number
}

export const watchCommand: Register = (program, shell) => {
  const command = shared(program.command('watch'), [
    "watch 'main/task/*'",
    "watch '*/*/*' --for 10000",
    'watch main/task/42 --count 1 --json   (one JSON object a line)',
  ])
    .description('print the committed turns of actors, and the progress of their effects, as they happen')
    .argument('<pattern>', "tenant/type/key, or type/key; '*' stands for all of a part")
    .option('--for <ms>', 'end after this time', wholeNumber)
    .option('--count <n>', 'end after this many', wholeNumber)
  command.action(async (text: string) => {
    const options = command.optsWithGlobals<WatchOptions>()
    const place = placeOf(options, shell.environment)
    const pattern = parsePattern(text, place.tenant, options.tenant !== undefined)
    await withClient(place, async (client, connection) => {
      const watch = open(client, pattern, options, shell)
      await connection.flush() // from here on the server knows that somebody watches
      shell.note(`watching ${pattern.tenant}/${pattern.type}/${pattern.key}${options.for === undefined ? ', until Ctrl-C' : ''}`)
      await printAll(watch, options, shell)
    })
  })
}

function open(client: TroupeClient, pattern: WatchPattern, options: WatchOptions, { stop }: Shell): Watch {
  const watch = client.watch(pattern)
  const end = AbortSignal.any([stop, ...(options.for === undefined ? [] : [AbortSignal.timeout(options.for)])])
  end.addEventListener('abort', () => watch.stop(), { once: true })
  if (end.aborted) watch.stop()
  return watch
}

async function printAll(watch: Watch, { json, count = Infinity }: WatchOptions, shell: Shell): Promise<void> {
  let printed = 0
  let dropped = 0
  const sayDropped = (): void => {
    if (watch.dropped === dropped) return
    dropped = watch.dropped
    shell.print(
      json ? JSON.stringify({ kind: 'dropped', dropped }) : `(${dropped} dropped so far: they came faster than they could be printed)`,
    )
  }
  for await (const sighting of watch) {
    sayDropped()
    shell.print(json ? JSON.stringify(sighting) : sightingText(sighting, Date.now()))
    if (++printed >= count) break
  }
  sayDropped()
  shell.note(`${printed} seen, ${dropped} dropped`)
}
