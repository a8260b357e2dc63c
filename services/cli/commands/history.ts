import { actorId } from '../../../machines/address.ts'
import { redact } from '../../../machines/redact.ts'
import type { ListedTurn } from '../../history/read-turns.ts'
import type { PastMoment } from '../../inspector/moments/past.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withDatabase, type Place } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { cut, fields, stateText, table, timeText } from '../output.ts'
import { parseTarget } from '../words.ts'

interface HistoryOptions extends SharedOptions {
  readonly limit: number
  readonly before?: number
  readonly module?: string
}

const limitDefault = 20
const jsonCharactersMax = 4_000

export const historyCommand: Register = (program, shell) => {
  const command = shared(program.command('history'), [
    'history main/task/42',
    'history task/42 --limit 100 --before 57',
    'history task/42 @12',
    'history task/42 @12 --json',
  ])
    .description('the turns of an actor, the newest first; with @<turn>: what it was after that turn, and what happened in it')
    .argument('<actor>', 'tenant/type/key, or type/key')
    .argument('[@turn]', 'one turn, such as @12')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
    .option('--before <turn>', 'only turns before this one', wholeNumber)
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
  command.action(async (actor: string, at: string | undefined) => {
    const options = command.optsWithGlobals<HistoryOptions>()
    const place = placeOf(options, shell.environment)
    const { tenant, type, key } = parseTarget(actor, place.tenant, options.tenant !== undefined)
    const id = actorId(tenant, type, key)
    if (at === undefined) await showTurns(shell, place, id, options)
    else await showMoment(shell, place, { id, turn: turnOf(at) }, options)
  })
}

function turnOf(text: string): number {
  const [, digits = ''] = /^@(\d{1,15})$/.exec(text) ?? []
  if (Number(digits) >= 1) return Number(digits)
  throw new ArgumentInvalid(`Reading the turn '${text}': write it as @ and a number from 1, such as @12.`)
}

async function showTurns(shell: Shell, place: Place, actor: string, { limit, before, json }: HistoryOptions): Promise<void> {
  await withDatabase(place, async (database) => {
    const { turnPage, turnSpan } = await import('../../history/read-turns.ts')
    const span = await turnSpan(database, actor)
    if (!span)
      throw new NotFound(
        `The history knows of no turn of ${actor}: list actors with \`troupe actors\`; a turn just taken is there within a second.`,
      )
    const turns = await turnPage(database, actor, { before, limit })
    if (json) return shell.print(JSON.stringify({ actor, turns, ...span }))
    shell.print(turnsTable(turns))
    const oldest = turns.at(-1)?.turn ?? span.first
    if (oldest > span.first) shell.note(`There are older ones: --before ${oldest}`)
  })
}

const turnsTable = (turns: readonly ListedTurn[]): string =>
  table(
    ['turn', 'at', 'event', 'from', 'state'],
    turns.map(({ turn, at, event, from, state, failure }) => [
      String(turn),
      timeText(at),
      event,
      from ?? '',
      [stateText(state), failure].filter(Boolean).join('  '),
    ]),
  )

async function showMoment(
  shell: Shell,
  place: Place,
  { id, turn }: { readonly id: ReturnType<typeof actorId>; readonly turn: number },
  { json, module }: HistoryOptions,
): Promise<void> {
  const [{ withPast }, { difference }] = await Promise.all([import('../past.ts'), import('../../inspector/moments/difference.ts')]) // large
  await withPast(place, module, async ({ past }) => {
    const found = await past.at(id, turn)
    const diff = difference(found.before, found.moment.stored)
    shell.print(json ? JSON.stringify(momentJson(found, diff)) : momentText(found, diff))
  })
}

function momentJson({ moment, span }: PastMoment, diff: readonly unknown[]): object {
  const { actor, turn, at, message, event, from, stored, trace } = moment
  const { value, status, context, children, timers, definition } = stored
  const state = { value, status, context: redact(context), children: redact(children), timers: redact(timers), machine: definition }
  return { actor, turn, at, message, event: redact(event), from, ...state, trace: redact(trace), diff, ...span }
}

function momentText({ moment, span }: PastMoment, diff: readonly unknown[]): string {
  const { actor, turn, at, event, from, stored, trace } = moment
  const { type, ...given } = event
  return fields({
    actor,
    turn: `${turn} of ${span.first} to ${span.last}`,
    at: timeText(at),
    event: type,
    with: Object.keys(given).length === 0 ? undefined : jsonText(redact(given)),
    from,
    state: [stateText(stored.value), stored.status === 'active' ? '' : `[${stored.status}]`].filter(Boolean).join(' '),
    took: trace?.edges.join('\n'),
    guards: trace?.guards.map(({ name, result }) => `${name}: ${result ? 'yes' : 'no'}`).join('\n'),
    actions: trace?.actions.join('\n'),
    left: trace?.exited.join(', '),
    entered: trace?.entered.join(', '),
    changed: diff.map((operation) => cut(JSON.stringify(operation), jsonCharactersMax)).join('\n'),
    context: jsonText(redact(stored.context)),
  })
}

const jsonText = (value: unknown): string => cut(JSON.stringify(value, undefined, 2) ?? '', jsonCharactersMax)
