// Dead letter routes
// Messages that could not be applied: which, why, what they would do now, and sent again.
//
// L1. A letter is sent again from what was stored when it died, which is kept for a limited time; the history keeps that it died.
// L2. One request sends no more letters than leave within its time: the rest is named, and the same request again goes on with it.
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { parseActorId } from '../../../machines/address.ts'
import { redact, redactDefaults } from '../../../machines/redact.ts'
import { readActorLetters, type RedriveNote } from '../../../runtime/nats/read-dead-letters.ts'
import { dryRun } from '../../dead-letters/dry-run.ts'
import { readDelivery, type Delivery, type Letter } from '../../dead-letters/letter.ts'
import { redrive } from '../../dead-letters/redrive.ts'
import {
  groupedLettersMax,
  readLetter,
  readLetterGroups,
  readLetters,
  type ListedLetter,
  type WholeLetter,
} from '../../history/read-letters.ts'
import { ResourceConflict, ResourceMissing } from '../errors.ts'
import { once } from '../idempotency.ts'
import type { GatewayParts } from '../parts.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { instant, name, pageOf, pageQuery, present } from './shapes.ts'

const addressCharactersMax = 400
const idsMax = 1_000
const perSecondDefault = 50
const perSecondMax = 500
const maxDefault = 100
/** A request has 30 seconds in all. */
const sendingSecondsMax = 20
/** Thousands of letters are looked at for them. */
const groupsKeptMs = 3_000
const actorLettersMax = 2_000
const how = 'in `edit`'
const causeText = { ...redactDefaults, textMax: 2_000 }

const letterId = z.string().regex(/^\d{1,10}\.\d{1,16}\.\d{1,10}$/, 'must be the id of a letter, such as 3.1207.0')
const event = z.looseObject({ type: z.string().min(1).max(128) })

const listed = z
  .object({
    id: z.string(),
    tenant: z.string(),
    actor: z.string(),
    message: z.string(),
    event: z.string(),
    code: z.string(),
    cause: z.string(),
    group: z.string(),
    at: instant,
    redriven: z.boolean().describe('It was sent again, and its actor has taken that'),
  })
  .meta({
    examples: [
      {
        id: '3.1207.0',
        tenant: 'main',
        actor: 'main/ledger/main',
        message: 'VK3.7',
        event: 'entry.add',
        code: 'TR_TURN_FAILED',
        cause: 'Error: the amount is no number',
        group: '2f9c0b7d5e11a604',
        at: 1_795_176_000_000,
        redriven: false,
      },
    ],
  })

const whole = listed.extend({
  content: z.unknown().describe('The event; secrets are hidden'),
  sender: z.string().optional(),
  stack: z.string().optional(),
  raw: z.string().optional().describe('What was received, where that was no event'),
  correlation: z.string().optional(),
  kept: z.boolean().describe('It can still be sent again'),
  redrives: z.array(
    z
      .object({ message: z.string().describe('As which it was sent'), by: z.string(), at: instant })
      .meta({ examples: [{ message: 'redrive.3.1207.0.1', by: 'ann', at: 1_795_176_060_000 }] }),
  ),
  fault: z.string().optional().describe('Why it cannot be sent again as it is'),
})

const group = z
  .object({
    id: z.string(),
    code: z.string(),
    type: z.string().describe('Of the actors'),
    event: z.string(),
    cause: z.string().describe('Of the newest'),
    sample: z.string().describe('The id of the newest'),
    count: z.int(),
    open: z.int(),
    actors: z.int(),
    firstAt: instant,
    lastAt: instant,
  })
  .meta({
    examples: [
      {
        id: '2f9c0b7d5e11a604',
        code: 'TR_TURN_FAILED',
        type: 'ledger',
        event: 'entry.add',
        cause: 'Error: the amount is no number',
        sample: '3.1207.0',
        count: 7,
        open: 5,
        actors: 3,
        firstAt: 1_795_100_000_000,
        lastAt: 1_795_176_000_000,
      },
    ],
  })

const rehearsal = z.object({
  ok: z.boolean(),
  would: z.unknown().optional().describe('handled, from, to, status, sends, effects, emits'),
  error: z.object({ code: z.string(), message: z.string() }).optional().describe('What it would fail with'),
})

const redriveBody = z
  .strictObject({
    ids: z.array(letterId).min(1).max(idsMax).optional(),
    group: z.string().max(64).optional().describe('Every open letter of the group, the oldest first'),
    perSecond: z.int().min(1).max(perSecondMax).default(perSecondDefault),
    max: z.int().min(1).max(idsMax).default(maxDefault),
    again: z.boolean().default(false).describe('Those that were sent again before too, when they are named'),
    edit: event.optional().describe('In place of its own event; for one letter'),
  })
  .refine(({ ids, group: gathered }) => (ids === undefined) !== (gathered === undefined), { message: 'give one of ids and group' })
  .refine(({ ids, edit }) => edit === undefined || ids?.length === 1, {
    path: ['edit'],
    message: 'an event in place of its own is for one letter',
  })
  .refine(({ max, perSecond }) => max <= perSecond * sendingSecondsMax, {
    path: ['max'],
    message: `at most ${sendingSecondsMax} seconds of sending: lower max, or raise perSecond`,
  })
  .meta({ examples: [{ group: '2f9c0b7d5e11a604', perSecond: 50, max: 100 }] })

const redriveAnswer = z
  .object({
    redriven: z.array(z.object({ id: z.string(), message: z.string().describe('As which it was stored') })),
    skipped: z.array(z.object({ id: z.string(), why: z.string() })),
    left: z.int().describe('How many more there are: the same request again goes on with them'),
  })
  .meta({ examples: [{ redriven: [{ id: '3.1207.0', message: 'redrive.3.1207.0.1' }], skipped: [], left: 0 }] })

export const deadLetterRoutes = [
  route({
    method: 'GET',
    path: '/dead-letters',
    summary: 'Messages that could not be applied, the latest first',
    resource: 'dead-letters',
    action: 'read',
    query: pageQuery.extend({
      code: name.optional(),
      type: name.optional().describe('Of the actor'),
      actor: z.string().max(addressCharactersMax).optional(),
      group: z.string().max(64).optional(),
      open: z.stringbool().optional().describe('true: only those that were not sent again'),
    }),
    answer: pageOf(listed),
    run: async ({ parts: { orm }, tenant, query: { code, type, actor, group: gathered, open, after, limit } }) => {
      const page = await readLetters(orm, { tenant, code, type, actor, group: gathered, open, after, limit })
      return { rows: page.rows.map(listedOf), next: page.next }
    },
  }),
  route({
    method: 'GET',
    path: '/dead-letters/groups',
    summary: 'Dead letters by what caused them, the largest group first',
    resource: 'dead-letters',
    action: 'read',
    query: tenantQuery,
    answer: z.object({ rows: z.array(group), of: z.int().describe('So many of the latest letters at most were looked at') }),
    run: async ({ parts, tenant }) => {
      const groups = await remembered(parts, `letter groups ${tenant ?? '*'}`, { freshMs: groupsKeptMs }, () =>
        readLetterGroups(parts.orm, tenant),
      )
      return {
        rows: groups.map((one) => ({ ...one, cause: causeOf(one.cause), firstAt: one.firstAt.getTime(), lastAt: one.lastAt.getTime() })),
        of: groupedLettersMax,
      }
    },
  }),
  route({
    method: 'GET',
    path: '/dead-letters/:id',
    summary: 'One dead letter: its event, the failure, and when it was sent again',
    resource: 'dead-letters',
    action: 'read',
    params: z.object({ id: letterId }),
    query: tenantQuery,
    answer: whole,
    run: async ({ parts, tenant, params }) => {
      const row = await letterOf(parts, params.id, tenant)
      return wholeOf(row, await storedOf(parts, row))
    },
  }),
  route({
    method: 'POST',
    path: '/dead-letters/:id/dry-run',
    summary: 'What a dead letter, or another event in its place, would do to its actor as it is now; nothing changes',
    resource: 'dead-letters',
    action: 'operate',
    params: z.object({ id: letterId }),
    query: tenantQuery,
    body: z.strictObject({ edit: event.optional() }).meta({ examples: [{ edit: { type: 'entry.add', amount: 5 } }] }),
    answer: rehearsal,
    run: async ({ parts, tenant, params, body }) => {
      const row = await letterOf(parts, params.id, tenant)
      const delivery = deliveryOf(row, await storedOf(parts, row), body.edit)
      if (typeof delivery === 'string') throw new ResourceConflict(`dead letter ${row.id}: ${delivery}`)
      const tried = await dryRun(parts.connection, parts.ports, delivery)
      return tried.ok
        ? { ok: true, would: redact(tried.would) }
        : { ok: false, error: { code: tried.error.code, message: causeOf(tried.error.message) } }
    },
  }),
  route({
    method: 'POST',
    path: '/dead-letters/redrive',
    summary: 'Send dead letters to their actors again, at most so many in a second',
    resource: 'dead-letters',
    action: 'operate',
    query: tenantQuery,
    body: redriveBody,
    answer: redriveAnswer,
    run: (call) =>
      once(call, { operation: 'POST /dead-letters/redrive', what: call.body }, async () => {
        const chosen = await chooseLetters(call.parts, call.tenant, call.body)
        return sendAgain(call.parts, { ...chosen, perSecond: call.body.perSecond, by: call.caller.id })
      }),
  }),
]

interface Chosen {
  readonly deliveries: readonly Delivery[]
  readonly skipped: readonly { readonly id: string; readonly why: string }[]
  readonly left: number
}

/** Throws `ResourceMissing` for a letter that is not there: all that are named are, or nothing is sent. */
async function chooseLetters(parts: GatewayParts, tenant: string | undefined, asked: z.output<typeof redriveBody>): Promise<Chosen> {
  const { max, again, edit } = asked
  const rows = asked.ids
    ? await Promise.all([...new Set(asked.ids)].map((one) => letterOf(parts, one, tenant)))
    : await openOf(parts, tenant, asked.group ?? '')
  const taken = rows.slice(0, max)
  const letters = await storedLetters(parts, taken)
  const deliveries: Delivery[] = []
  const skipped: { id: string; why: string }[] = []
  for (const row of taken) {
    const letter = letters.get(row.id)
    const delivery = !again && letter && letter.redriven.length > 0 ? 'it was sent again before' : deliveryOf(row, letter, edit)
    if (typeof delivery === 'string') skipped.push({ id: row.id, why: delivery })
    else deliveries.push(delivery)
  }
  return { deliveries, skipped, left: rows.length - taken.length }
}

interface Sending extends Chosen {
  readonly perSecond: number
  readonly by: string
}

async function sendAgain(
  { client, ports }: GatewayParts,
  { deliveries, skipped, left, perSecond, by }: Sending,
): Promise<z.input<typeof redriveAnswer>> {
  const redriven: { id: string; message: string }[] = []
  const done = ({ letter }: Delivery, note: RedriveNote): void => void redriven.push({ id: letter.id, message: note.id })
  const stop = AbortSignal.timeout(sendingSecondsMax * 1_000) // L2
  const pause = (ms: number): Promise<void> => wait(ms)
  const sent = await redrive(deliveries, { client, deadLetters: ports.deadLetters, by, perSecond, stop, now: Date.now, wait: pause, done })
  return { redriven, skipped: [...skipped], left: left + deliveries.length - sent }
}

/** The oldest first. */
async function openOf({ orm }: GatewayParts, tenant: string | undefined, gathered: string): Promise<readonly ListedLetter[]> {
  const page = await readLetters(orm, { tenant, group: gathered, open: true, limit: groupedLettersMax })
  if (page.rows.length === 0)
    throw new ResourceMissing(`group ${gathered}: it has no open letter; GET /v1/dead-letters/groups lists the groups`)
  return page.rows.toReversed()
}

async function letterOf({ orm }: GatewayParts, id: string, tenant: string | undefined): Promise<WholeLetter> {
  const row = await readLetter(orm, id, tenant)
  if (!row)
    throw new ResourceMissing(`dead letter ${id}: the history has none of that id for this caller; what just died is there within a second`)
  return row
}

const storedOf = async (parts: GatewayParts, row: ListedLetter): Promise<Letter | undefined> =>
  (await storedLetters(parts, [row])).get(row.id)

/** L1: by id, those that are still kept. */
async function storedLetters({ connection, namespace }: GatewayParts, rows: readonly ListedLetter[]): Promise<ReadonlyMap<string, Letter>> {
  const wanted = new Set(rows.map((row) => row.id))
  const found = new Map<string, Letter>()
  for (const actor of new Set(rows.map((row) => row.actor))) {
    const address = parseActorId(actor) // what was received may have named none
    const letters = address ? await readActorLetters(connection, namespace, { actor: address, most: actorLettersMax }) : []
    for (const letter of letters) if (wanted.has(letter.id)) found.set(letter.id, letter)
  }
  return found
}

/** Or why it cannot be sent again. */
function deliveryOf(row: ListedLetter, letter: Letter | undefined, edit: z.output<typeof event> | undefined): Delivery | string {
  if (!letter) return 'what was stored when it died is not kept any more; send its actor an event'
  const read = readDelivery({ ...letter, id: row.id }, edit, how)
  return read.ok ? read.delivery : read.fault
}

const causeOf = (cause: string): string => String(redact(cause, causeText))

const listedOf = ({
  at,
  cause,
  id,
  tenant,
  actor,
  message,
  event: type,
  code,
  group: gathered,
  redriven,
}: ListedLetter): z.input<typeof listed> => ({
  id,
  tenant,
  actor,
  message,
  event: type,
  code,
  cause: causeOf(cause),
  group: gathered,
  at: at.getTime(),
  redriven,
})

function wholeOf(row: WholeLetter, letter: Letter | undefined): z.input<typeof whole> {
  const delivery = deliveryOf(row, letter, undefined)
  return {
    ...listedOf(row),
    redriven: row.redriven || (letter?.redriven.length ?? 0) > 0,
    content: redact(row.content),
    sender: present(row.sender),
    stack: row.stack === null ? undefined : causeOf(row.stack),
    raw: row.raw === null ? undefined : causeOf(row.raw),
    correlation: present(row.correlation),
    kept: letter !== undefined,
    redrives: (letter?.redriven ?? []).map(({ id, by, at }) => ({ message: id, by, at })),
    fault: typeof delivery === 'string' ? delivery : undefined,
  }
}
