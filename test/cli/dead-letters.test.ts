import { hostname } from 'node:os'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectTroupe } from '../../client/index.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { readDeadLetters, readRedrives, type StoredLetter } from '../../runtime/nats/read-dead-letters.ts'
import { startWorker } from '../../runtime/worker.ts'
import { deliveryOf } from '../../services/cli/dead/delivery.ts'
import { takeOldest, type Letter } from '../../services/cli/dead/letters.ts'
import { redrive } from '../../services/cli/dead/redrive.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { json, troupe, type Ended } from './troupe.ts'

let server: NatsServer
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
})

afterAll(async () => {
  await connection.close()
  await server.stop()
})

async function namespaceWith(namespace: string, letters: readonly object[]): Promise<void> {
  await createNamespace(connection, { namespace, partitions: 1 })
  const { deadLetters } = await natsPorts(connection, namespace)
  const address = { tenant: 'main', type: 'counter', key: 'x' }
  for (const [index, letter] of letters.entries()) {
    await deadLetters.add(address, `0.${index}.0`, Buffer.from(JSON.stringify({ id: `0.${index}.0`, actor: 'main/counter/x', ...letter })))
  }
}

async function read(namespace: string): Promise<StoredLetter[]> {
  return Array.fromAsync(readDeadLetters(connection, namespace))
}

test('every letter is read once, the newest first, over many windows', async () => {
  await namespaceWith(
    'many',
    Array.from({ length: 600 }, () => ({ code: 'C', cause: 'c', at: 1 })),
  )
  expect((await read('many')).map(({ id }) => id)).toEqual(Array.from({ length: 600 }, (_, index) => `0.${599 - index}.0`))
})

test('letters too large for one answer of the server are read all the same', async () => {
  const raw = 'x'.repeat(900_000)
  await namespaceWith(
    'large',
    Array.from({ length: 12 }, () => ({ code: 'C', cause: 'c', at: 1, raw })),
  )
  expect((await read('large')).map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `0.${11 - index}.0`))
})

test('a letter that a next owner stored has the time it was stored', async () => {
  await namespaceWith('recovered', [{ code: 'C', cause: 'c' }])
  const [letter] = await read('recovered')
  expect(Math.abs(Date.now() - (letter?.at ?? 0))).toBeLessThan(60_000)
})

test('a namespace without letters gives none, and one that is not there is named', async () => {
  await namespaceWith('empty', [])
  expect(await read('empty')).toEqual([])
  await expect(read('nowhere')).rejects.toMatchObject({ code: 'TR_NAMESPACE_NOT_FOUND', message: expect.stringContaining('nowhere_DEAD') })
})

const till = defineActor({
  name: 'till',
  version: '1',
  machine: setup({
    types: { context: {} as { total: number }, events: {} as { type: 'paid'; amount: number | string } },
    actions: {
      take: assign(({ context, event }) => {
        if (typeof event.amount !== 'number') throw new Error('the amount is no number')
        return { total: context.total + event.amount }
      }),
    },
  }).createMachine({
    id: 'till',
    context: { total: 0 },
    initial: 'open',
    states: { open: { on: { paid: { actions: 'take' } } } },
  }),
})

async function namespaceWithTills(namespace: string) {
  await createNamespace(connection, { namespace, partitions: 1 })
  const ports = await natsPorts(connection, namespace)
  const worker = await startWorker({ ports, definitions: [till], id: namespace, options: { tickMs: 20 } })
  onTestFinished(() => worker.drain())
  await vi.waitUntil(() => worker.owned.length === 1, { timeout: 10_000 })
  const environment = { NATS_URL: server.url, TROUPE_NAMESPACE: namespace }
  return (...args: readonly string[]): Promise<Ended> => troupe(args, environment)
}

async function untilDead(namespace: string, count: number): Promise<StoredLetter[]> {
  return vi.waitUntil(
    async () => {
      const letters = await read(namespace)
      return letters.length >= count && letters
    },
    { timeout: 10_000, interval: 50 },
  )
}

const event = '{"type": "paid", "amount": 5}'

test('a poison message is tried dry, edited, redriven once, and listed with when and by whom', async () => {
  const run = await namespaceWithTills('poison')
  await run('send', 'main/till/a', 'type=paid', 'amount=2')
  await run('send', 'main/till/a', 'type=paid', 'amount=many')
  const [letter] = await untilDead('poison', 1)
  const id = letter?.id ?? ''
  expect(letter).toMatchObject({ code: 'TR_TURN_FAILED', kind: 'event', event: { amount: 'many' }, turn: 3, stack: expect.any(String) })
  expect(letter).toMatchObject({ correlation: expect.any(String), state: { value: 'open', status: 'active', turn: 2 } })

  const [asItWas, edited] = await Promise.all([run('dead', 'dry-run', id), run('dead', 'dry-run', id, '--event', event, '--json')])
  expect(asItWas).toMatchObject({ code: 1, out: expect.stringContaining('would fail: TR_TURN_FAILED: Error: the amount is no number') })
  expect(edited.code).toBe(0)
  expect(json(edited)).toMatchObject({ ok: true, would: { handled: true, from: 'open', to: 'open', status: 'active' } })

  const sent = await run('dead', 'redrive', id, '--event', event)
  expect(sent).toMatchObject({ code: 0, out: `${id}  main/till/a  stored as redrive.${id}.1\n` })
  expect(await run('dead', 'redrive', id, '--event', event)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^TR_CLI_NOT_REDRIVABLE: .*--again/),
  })
  const client = await connectTroupe({ connection, namespace: 'poison', tenant: 'main' })
  onTestFinished(() => client.close())
  await vi.waitFor(async () => expect(await client.query('main/till/a')).toMatchObject({ turn: 4, context: { total: 7 } }))

  const [open, all, whole] = await Promise.all([run('dead', '--json'), run('dead', '--all', '--json'), run('dead', id)])
  expect(json(open)).toEqual({ letters: [] })
  expect(json(all)).toMatchObject({
    letters: [{ id, redriven: [{ id: `redrive.${id}.1`, by: expect.stringContaining(`@${hostname()}`) }] }],
  })
  expect(whole.out).toMatch(/^redriven +\S+Z by \S+@\S+$/m)
})

test('a redrive of many keeps to its filters and to --max, the oldest first, and leaves the rest open', async () => {
  const run = await namespaceWithTills('crowd')
  for (const key of ['a', 'b', 'c', 'd']) await run('send', `main/till/${key}`, 'type=paid', 'amount=many')
  connection.publish('crowd.send.main.till.e', 'not json')
  const letters = (await untilDead('crowd', 5)).toReversed()
  const all = ['dead', 'redrive', '--all']

  const dry = json(await run(...all, '--dry-run', '--json')) as { dryRuns: { ok: boolean }[] }
  expect(dry.dryRuns.map(({ ok }) => ok)).toEqual([false, false, false, false])
  const two = await run(...all, '--max', '2', '--actor-pattern', 'main/till/*', '--json')
  expect(json(two)).toMatchObject({ redriven: letters.slice(0, 2).map(({ id }) => ({ redriven: id })), left: 2, skipped: 1 })
  expect(two.err).toContain('2 more wait; --max is 2.')
  const listed = json(await run('dead', '--json')) as { letters: StoredLetter[] }
  expect(listed.letters.map(({ id }) => id)).toEqual(expect.arrayContaining(letters.slice(2).map(({ id }) => id)))
  expect(listed.letters.map(({ id }) => id)).not.toContain(letters[0]?.id)
})

test('what cannot be redriven is refused with a code, and nothing is sent', async () => {
  const run = await namespaceWithTills('refused')
  connection.publish('refused.send.main.till.e', 'not json')
  connection.publish('refused.send.main.till.a=2fb', '{"type": "paid"}')
  const letters = await untilDead('refused', 2)
  const idOf = (code: string): string => letters.find((letter) => letter.code === code)?.id ?? ''
  const [garbage, lost, unknown, nothing, neither] = await Promise.all([
    run('dead', 'redrive', idOf('TR_MESSAGE_NOT_JSON')),
    run('dead', 'redrive', idOf('TR_ADDRESS_INVALID'), '--event', event),
    run('dead', 'redrive', '9.9.9'),
    run('dead', 'redrive', '--all', '--code', 'TR_TURN_FAILED'),
    run('dead', 'redrive'),
  ])
  expect(garbage).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_REDRIVABLE: .*not an event; give one with --event/) })
  expect(lost).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_REDRIVABLE: .*no actor/) })
  expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOT_FOUND: /) })
  expect(nothing).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_NOTHING_MATCHES: /) })
  expect(neither).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: /) })
})

test('a redrive repeated because its note was not stored is applied once', async () => {
  await namespaceWithTills('twice')
  const client = await connectTroupe({ connection, namespace: 'twice', tenant: 'main' })
  onTestFinished(() => client.close())
  await client.send('main/till/a', { type: 'paid', amount: 'many' })
  const [stored] = await untilDead('twice', 1)
  if (!stored) throw new Error('no letter')
  const { deadLetters } = await natsPorts(connection, 'twice')
  const delivery = deliveryOf({ ...stored, redriven: [] }, { type: 'paid', amount: 5 })
  const redriver = {
    client,
    by: 'x@y',
    perSecond: 1,
    stop: new AbortController().signal,
    now: Date.now,
    wait: async () => {},
    done: () => {},
  }
  const add = (): Promise<void> => Promise.reject(new Error('no storage'))
  await expect(redrive([delivery], { ...redriver, deadLetters: { add } })).rejects.toThrow('no storage')
  await redrive([delivery], { ...redriver, deadLetters })
  await client.send('main/till/a', { type: 'paid', amount: 1 })
  await vi.waitFor(async () => expect(await client.query('main/till/a')).toMatchObject({ context: { total: 6 } }))
  expect(await client.query('main/till/a')).toMatchObject({ turn: 4 }) // birth, failure, redrive, the last one
  expect(await readRedrives(connection, 'twice')).toEqual(new Map([[stored.id, [expect.objectContaining({ by: 'x@y' })]]]))
})

const letterNumber = (n: number, redriven: Letter['redriven'] = []): Letter =>
  ({
    id: `0.${n}.0`,
    actor: 'main/till/a',
    code: 'C',
    cause: 'c',
    at: n,
    event: { type: 'paid', amount: n },
    redriven,
  }) as unknown as Letter

test('redriven letters leave in rounds of --per-second, each under an id made of the letter and the attempt', async () => {
  const stored: string[] = []
  let waits = 0
  const before = letterNumber(0, [{ kind: 'redriven', redriven: '0.0.0', id: 'redrive.0.0.0.1', by: 'x@y', at: 1 }])
  const letters = [before, ...Array.from({ length: 119 }, (_, index) => letterNumber(index + 1))]
  const accept = async (_target: unknown, _event: unknown, options?: { readonly id?: string }) => {
    stored.push(options?.id ?? '')
    return { id: options?.id ?? '' }
  }
  await redrive(
    letters.map((letter) => deliveryOf(letter, undefined)),
    {
      client: { send: accept, cancel: accept },
      deadLetters: { add: async () => {} },
      by: 'x@y',
      perSecond: 50,
      stop: new AbortController().signal,
      now: () => 1,
      wait: async () => expect(stored.length).toBe(50 * ++waits),
      done: () => {},
    },
  )
  expect([stored.length, waits, stored[0], stored[1]]).toEqual([120, 2, 'redrive.0.0.0.2', 'redrive.0.1.0.1'])
})

test('the oldest letters are taken when there are more than wanted', async () => {
  async function* newestFirst() {
    for (let n = 5; n > 0; n--) yield letterNumber(n)
  }
  const { taken, found } = await takeOldest(newestFirst(), () => true, 2)
  expect([taken.map(({ id }) => id), found]).toEqual([['0.1.0', '0.2.0'], 5])
})
