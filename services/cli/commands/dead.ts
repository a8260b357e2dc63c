import { parseActorId } from '../../../machines/address.ts'
import { readDeadLetters, type StoredLetter } from '../../../runtime/nats/read-dead-letters.ts'
import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withConnection } from '../connect.ts'
import { NotFound } from '../errors.ts'
import { cut, fields, table, timeText } from '../output.ts'

interface DeadOptions extends SharedOptions {
  readonly limit: number
}

const limitDefault = 20
/** Letters looked at in one run: those of other tenants count. */
const lettersReadMax = 100_000
const causeCharactersMax = 100

export const deadCommand: Register = (program, shell) => {
  const command = shared(program.command('dead'), ['dead', 'dead --limit 100 --json', "dead --tenant '*'", 'dead 3.1207.0'])
    .description('list dead letters, the newest last; with an id: the whole letter')
    .argument('[id]', 'the id of one letter, as the list shows it')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
  command.action(async (id: string | undefined) => {
    const options = command.optsWithGlobals<DeadOptions>()
    const place = placeOf(options, shell.environment)
    const isWanted = ({ actor }: StoredLetter): boolean =>
      isOf(options.tenant === undefined && id !== undefined ? '*' : place.tenant, actor)
    await withConnection(place, async (connection) => {
      const letters = readDeadLetters(connection, place.namespace)
      if (id === undefined) {
        const newest = (await take(letters, isWanted, options.limit)).toReversed()
        return shell.print(options.json ? JSON.stringify({ letters: newest }) : lettersText(newest, place.namespace))
      }
      const [letter] = await take(letters, (one) => one.id === id && isWanted(one), 1)
      if (letter === undefined)
        throw new NotFound(
          `There is no dead letter '${id}' in namespace ${place.namespace}: \`troupe dead\` lists them; they are kept for a limited time.`,
        )
      shell.print(options.json ? JSON.stringify(letter) : letterText(letter))
    })
  })
}

/** Letters whose subject no address reads are under the tenant `unknown`; they are nobody's, so everybody is shown them. */
const isOf = (tenant: string, actor: string): boolean => {
  const owner = parseActorId(actor)?.tenant
  return tenant === '*' || owner === tenant || owner === undefined || owner === 'unknown'
}

async function take(
  letters: AsyncIterable<StoredLetter>,
  isWanted: (letter: StoredLetter) => boolean,
  limit: number,
): Promise<StoredLetter[]> {
  const taken: StoredLetter[] = []
  let read = 0
  for await (const letter of letters) {
    if (isWanted(letter)) taken.push(letter)
    if (taken.length >= limit || ++read >= lettersReadMax) break
  }
  return taken
}

export function lettersText(letters: readonly StoredLetter[], namespace: string): string {
  if (letters.length === 0) return `No dead letters in namespace ${namespace}.`
  return table(
    ['time', 'id', 'actor', 'code', 'cause'],
    letters.map(({ at, id, actor, code, cause }) => [timeText(at), id, actor, code, cut(cause, causeCharactersMax)]),
  )
}

export const letterText = ({ id, at, actor, code, cause, turn, message, from, correlation, event, raw, stack }: StoredLetter): string =>
  fields({
    id,
    time: timeText(at),
    actor,
    code,
    cause,
    turn: turn === undefined ? undefined : String(turn),
    message,
    from,
    correlation,
    event: event && JSON.stringify(event, undefined, 2),
    received: raw,
    stack,
  })
