import type { Command } from 'commander'
import { shared, wholeNumber, type Register, type Shell, type SharedOptions } from '../command.ts'
import { placeOf, withConnection } from '../connect.ts'
import { isOf, lettersNamed, lettersOf, takeNewest, type Letter } from '../dead/letters.ts'
import { cut, fields, table, timeText } from '../output.ts'
import { registerDryRun } from './dead-dry-run.ts'
import { registerRedrive } from './dead-redrive.ts'

interface DeadOptions extends SharedOptions {
  readonly limit: number
  readonly all?: boolean
}

const limitDefault = 20
const causeCharactersMax = 100

export const deadCommand: Register = (program, shell) => {
  const examples = ['dead', 'dead --limit 100 --json', "dead --all --tenant '*'", 'dead 3.1207.0', 'dead redrive --help']
  const command = shared(program.command('dead'), examples)
    .description('list open dead letters, the newest last; with an id: the whole letter')
    .argument('[id]', 'the id of one letter, as the list shows it')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
    .option('--all', 'show those that were redriven too')
  command.action((id: string | undefined) => show(command, shell, id))
  registerDryRun(command, shell)
  registerRedrive(command, shell)
}

async function show(command: Command, shell: Shell, id: string | undefined): Promise<void> {
  const options = command.optsWithGlobals<DeadOptions>()
  const place = placeOf(options, shell.environment)
  const { namespace } = place
  await withConnection(place, async (connection) => {
    const letters = lettersOf(connection, namespace)
    if (id !== undefined) {
      const [letter] = await lettersNamed(letters, [id], { tenant: options.tenant === undefined ? '*' : place.tenant, namespace })
      if (letter) shell.print(options.json ? JSON.stringify(letter) : letterText(letter))
      return
    }
    const isWanted = ({ actor, redriven }: Letter): boolean => isOf(place.tenant, actor) && (options.all === true || redriven.length === 0)
    const newest = (await takeNewest(letters, isWanted, options.limit)).toReversed()
    shell.print(options.json ? JSON.stringify({ letters: newest }) : lettersText(newest, namespace, options.all === true))
  })
}

export function lettersText(letters: readonly Letter[], namespace: string, all = false): string {
  if (letters.length === 0) return all ? `No dead letters in namespace ${namespace}.` : `No open dead letters in namespace ${namespace}.`
  return table(
    ['time', 'id', 'actor', 'code', ...(all ? ['redriven'] : []), 'cause'],
    letters.map(({ at, id, actor, code, cause, redriven }) => [
      timeText(at),
      id,
      actor,
      code,
      ...(all ? [redrivenText(redriven.slice(0, 1)) || '-'] : []),
      cut(cause, causeCharactersMax),
    ]),
  )
}

const redrivenText = (notes: Letter['redriven']): string => notes.map(({ at, by }) => `${timeText(at)} by ${by}`).join('\n')

export const letterText = (letter: Letter): string => {
  const { id, at, actor, code, cause, kind, turn, message, from, correlation, event, raw, state, stack, redriven } = letter
  return fields({
    id,
    time: timeText(at),
    actor,
    code,
    cause,
    kind,
    turn: turn === undefined ? undefined : String(turn),
    message,
    from,
    correlation,
    state: state && JSON.stringify(state),
    event: event && JSON.stringify(event, undefined, 2),
    received: raw,
    redriven: redrivenText(redriven),
    stack,
  })
}
