import { setTimeout as delay } from 'node:timers/promises'
import type { ActorEvent, TroupeClient } from '../../../client/index.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import type { RedriveNote } from '../../../runtime/nats/read-dead-letters.ts'
import { exitCodes } from '../../process.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withClient, type Connection, type Place } from '../connect.ts'
import { deliveryFault, deliveryOf, type Delivery } from '../dead/delivery.ts'
import { dryRun, dryRunText } from '../dead/dry-run.ts'
import { isOf, lettersNamed, lettersOf, takeOldest, type Letter } from '../dead/letters.ts'
import { operator, redrive } from '../dead/redrive.ts'
import { ArgumentInvalid, NothingMatches, NotRedrivable } from '../errors.ts'
import { sayingRefusals } from '../refusal.ts'
import { parseEvent } from '../words.ts'

interface RedriveOptions extends SharedOptions {
  readonly all?: boolean
  readonly again?: boolean
  readonly code?: string
  readonly actorPattern?: string
  readonly event?: string
  readonly max: number
  readonly perSecond: number
  readonly dryRun?: boolean
}

const maxDefault = 100
const perSecondDefault = 50

export const registerRedrive: Register = (dead, shell) => {
  const command = shared(dead.command('redrive'), [
    'dead redrive 3.1207.0',
    `dead redrive 3.1207.0 --event '{"type": "hit.counted", "n": 1}'`,
    "dead redrive --all --code TR_TURN_FAILED --actor-pattern 'acme/ledger/*' --dry-run",
  ])
    .description(
      'send dead letters to their actors again, the oldest first. All are sent as events from outside, those of actors too: ' +
        'the actor sees no sender and checks the event like any other',
    )
    .argument('[id...]', 'the ids of letters')
    .option('--all', 'every open letter that the filters leave')
    .option('--code <code>', 'only letters of this code')
    .option('--actor-pattern <pattern>', "only letters for these actors: tenant/type/key, '*' stands for any text")
    .option('--event <json>', "this event in place of the letter's own; for one letter")
    .option('--max <n>', 'at most so many letters', wholeNumber, maxDefault)
    .option('--per-second <n>', 'at most so many in a second', wholeNumber, perSecondDefault)
    .option('--again', 'letters that were redriven before too, when they are named')
    .option('--dry-run', 'say what would happen, and send nothing')
  command.action(async (ids: readonly string[]) => {
    const options = command.optsWithGlobals<RedriveOptions>()
    const place = placeOf(options, shell.environment)
    if (ids.length > 0 === (options.all === true)) throw new ArgumentInvalid('Redriving dead letters: name letters by id, or give --all.')
    const edited = options.event === undefined ? undefined : parseEvent([options.event])
    await withClient(place, (client, connection) =>
      sayingRefusals(shell, options, async () => {
        const chosen = await choose(connection, place, { ids, options, edited })
        if (chosen.left > 0) shell.note(`${chosen.left} more wait; --max is ${options.max}.`)
        if (chosen.skipped > 0) shell.note(`${chosen.skipped} skipped: they cannot be sent again as they are; \`troupe dead\` lists them.`)
        await (options.dryRun ? rehearse : send)(shell, { ...chosen, options, client, connection, place })
      }),
    )
  })
}

interface Chosen {
  readonly deliveries: readonly Delivery[]
  /** Beyond --max. */
  readonly left: number
  /** Left out, for they cannot be redriven. */
  readonly skipped: number
}

interface Asked {
  readonly ids: readonly string[]
  readonly options: RedriveOptions
  readonly edited: ActorEvent | undefined
}

async function choose(connection: Connection, place: Place, { ids, options, edited }: Asked): Promise<Chosen> {
  const { namespace } = place
  const letters = lettersOf(connection, namespace)
  const matches = filterOf(options)
  if (options.all) {
    const tenant = options.tenant === undefined && options.actorPattern !== undefined ? '*' : place.tenant
    let skipped = 0
    const isOpen = (letter: Letter): boolean => {
      if (!isOf(tenant, letter.actor) || letter.redriven.length > 0 || !matches(letter)) return false
      const isSendable = deliveryFault(letter, edited) === undefined
      if (!isSendable) skipped++
      return isSendable
    }
    const { taken, found } = await takeOldest(letters, isOpen, options.max)
    if (found === 0) throw new NothingMatches(`Redriving dead letters of namespace ${namespace}: none of the open ones ${none(skipped)}.`)
    return checked({ deliveries: taken.map((letter) => deliveryOf(letter, edited)), left: found - taken.length, skipped }, edited)
  }
  const named = await lettersNamed(letters, ids, { tenant: options.tenant === undefined ? '*' : place.tenant, namespace })
  const wanted = named.filter(matches)
  if (wanted.length === 0) throw new NothingMatches(`Redriving ${ids.join(', ')}: the filters leave none of these letters.`)
  for (const { id, redriven } of wanted) {
    const [last] = redriven
    if (last && !options.again)
      throw new NotRedrivable(
        `Dead letter ${id} was redriven at ${new Date(last.at).toISOString()} by ${last.by}; add --again to send it once more.`,
      )
  }
  const deliveries = wanted.map((letter) => deliveryOf(letter, edited)) // all can be sent, or none is
  return checked({ deliveries: deliveries.slice(0, options.max), left: Math.max(0, deliveries.length - options.max), skipped: 0 }, edited)
}

const none = (skipped: number): string =>
  skipped === 0 ? 'matches; `troupe dead` lists them' : `can be sent again as it is (${skipped} match); give them an event one by one`

function checked(chosen: Chosen, edited: ActorEvent | undefined): Chosen {
  if (edited === undefined || chosen.deliveries.length + chosen.left === 1) return chosen
  throw new ArgumentInvalid(`Redriving ${chosen.deliveries.length + chosen.left} dead letters: --event is for one letter only.`)
}

function filterOf({ code, actorPattern }: RedriveOptions): (letter: Letter) => boolean {
  const pattern = actorPattern && new RegExp(`^${actorPattern.split('*').map(RegExp.escape).join('.*')}$`, 's')
  return (letter) => (code === undefined || letter.code === code) && (!pattern || pattern.test(letter.actor))
}

interface Work extends Chosen {
  readonly options: RedriveOptions
  readonly client: TroupeClient
  readonly connection: Connection
  readonly place: Place
}

async function rehearse(shell: Shell, { deliveries, connection, place, options }: Work): Promise<void> {
  const ports = await natsPorts(connection, place.namespace)
  const rehearsed = []
  for (const delivery of deliveries) {
    const one = await dryRun(connection, ports, delivery)
    rehearsed.push(one)
    if (!options.json) shell.print(dryRunText(one))
  }
  if (options.json) shell.print(JSON.stringify({ dryRuns: rehearsed }))
  if (rehearsed.some(({ ok }) => !ok)) shell.exitWith(exitCodes.failed)
}

async function send(shell: Shell, { deliveries, client, connection, place, options, left, skipped }: Work): Promise<void> {
  const { deadLetters } = await natsPorts(connection, place.namespace)
  const notes: RedriveNote[] = []
  await redrive(deliveries, {
    client,
    deadLetters,
    by: operator(),
    perSecond: options.perSecond,
    stop: shell.stop,
    now: Date.now,
    wait: (ms) => delay(ms, undefined, { signal: shell.stop }).catch(() => {}), // stopped: the loop says so
    done: ({ letter }, note) => {
      notes.push(note)
      if (!options.json) shell.print(`${letter.id}  ${letter.actor}  stored as ${note.id}`)
    },
  })
  if (options.json) shell.print(JSON.stringify({ redriven: notes, left, skipped }))
}
