import { setup } from 'xstate'
import { describe, expect, test } from 'vitest'
import { partitionOf } from '../../../machines/address.ts'
import { effect } from '../../../machines/authoring.ts'
import { subjects } from '../../../machines/subject.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { simulate } from '../../../runtime/testing/index.ts'
import type { Workshop } from '../../../runtime/testing/processes.ts'
import { deliveryOf } from '../../../services/cli/dead/delivery.ts'
import { startFleet, type FleetSpec } from '../../support/fleet.ts'
import { Ledger, officeOn, transferOn, type Weather } from './sagas.ts'

type Fleet = Awaited<ReturnType<typeof startFleet>>
const one = 'bank/transfer/one'
const clerk = 'bank/transfer/office:o/clerk.0'
const atOnce = { failingMessagesMax: 1, backoff: { baseMs: 100, factor: 2, maxMs: 1_000, jitter: 0 } }

async function bank(ledger: Ledger, spec: Partial<FleetSpec> = {}): Promise<Fleet> {
  const fleet = await startFleet({ definitions: [transferOn(ledger)], ...spec })
  ledger.clock = fleet.clock
  return fleet
}

async function tell(fleet: Fleet, type: string, ms: number, actor = one): Promise<void> {
  fleet.send(actor, { type })
  await fleet.clock.advance(ms)
}

const cancel = (fleet: Fleet, actor = one): unknown => fleet.send(actor, { type: 'cancel', reason: 'no more' }, { 'Troupe-Kind': 'cancel' })

/** What an actor keeps of its saga, as a query shows it. */
const sagaOf = async (fleet: Fleet, actor = one): Promise<unknown> => (await fleet.query(actor)).state?.['saga' as keyof object]

async function dryRun(fleet: Fleet, event: unknown): Promise<unknown> {
  const { server } = fleet
  const subject = subjects(server.namespace).dryRun(
    partitionOf({ tenant: 'bank', type: 'transfer', key: 'one' }, server.partitions),
    'bank',
  )
  const bytes = await fleet.until(server.request(subject, Buffer.from(JSON.stringify({ actor: one, event })), 1_000))
  return bytes && JSON.parse(Buffer.from(bytes).toString())
}

/** The results of effects, as the log has them. */
const resultsIn = async (fleet: Fleet): Promise<readonly string[]> =>
  (await fleet.entries(one)).flatMap(({ result }) => (result === undefined ? [] : [result.replace(/^.*#post/, '')]))

test('a saga whose third step of five fails is undone, the last step first, one after another', async () => {
  const ledger = new Ledger()
  ledger.closed.add('c')
  const fleet = await bank(ledger)
  const watching = fleet.watch(one)
  await tell(fleet, 'go', 1_000)
  expect(ledger.undone).toEqual(['c?', 'b', 'a'])
  expect(ledger.sum).toBe(0)
  expect(await resultsIn(fleet)).toEqual(['.0', '.1', '.3', '.3~compensate', '.1~compensate', '.0~compensate'])
  const started = (await fleet.entries(one)).flatMap(({ effects = [] }) => effects.map(({ src, key }) => `${src} ${key.split('#')[1]}`))
  expect(started.slice(-3)).toEqual([
    'post~compensate post.3~compensate',
    'post~compensate post.1~compensate',
    'post~compensate post.0~compensate',
  ])
  expect(new Set(started).size).toBe(started.length)
  expect(await fleet.query(one)).toMatchObject({ state: { status: 'done', value: 'failed' } })
  expect(await sagaOf(fleet)).toBeUndefined()
  expect(watching.facts).toEqual(['saga.compensated'])
  await fleet.settle()
  await fleet.stop()
})

test('a saga that is done has succeeded: its steps are forgotten, and a cancel undoes nothing', async () => {
  const ledger = new Ledger()
  const fleet = await bank(ledger)
  await tell(fleet, 'go', 25)
  expect(await sagaOf(fleet)).toEqual({ steps: ['post', 'post'], compensating: [] })
  await fleet.clock.advance(1_000)
  cancel(fleet)
  await fleet.clock.advance(1_000)
  expect(ledger).toMatchObject({ accounts: 'abcde', undone: [], sum: 0 })
  expect(await sagaOf(fleet)).toBeUndefined()
  await fleet.stop()
})

test('an actor that is cancelled undoes the step that was running, of which nobody knows, and then those before; a second cancel changes nothing', async () => {
  const ledger = new Ledger()
  ledger.silent.add('b')
  const fleet = await bank(ledger)
  await tell(fleet, 'go', 100)
  cancel(fleet)
  cancel(fleet)
  await fleet.clock.advance(1_000)
  expect(ledger).toMatchObject({ undone: ['b?', 'a'], accounts: '' })
  expect(await fleet.query(one)).toMatchObject({ state: { status: 'stopped' } })
  expect(fleet.deadLetters().map(({ code }) => code)).toEqual(['TR_ACTOR_STOPPED'])
  await fleet.stop()
})

test('a cancel that races completion has one outcome: all is posted or nothing is', async () => {
  const outcomes = new Set<string>()
  for (let moment = 0; moment <= 60; moment += 5) {
    const ledger = new Ledger()
    const fleet = await bank(ledger)
    const watching = fleet.watch(one)
    fleet.send(one, { type: 'go' })
    await fleet.clock.advance(moment)
    cancel(fleet)
    cancel(fleet)
    await fleet.clock.advance(1_000)
    const { state } = await fleet.query(one)
    const wants = state?.status === 'done' ? 'abcde' : ''
    expect([state?.status, ledger.accounts, ledger.sum], `after ${moment} ms`).toEqual([state?.status, wants, 0])
    const ends = (await fleet.truth()).states.get(one as never)?.map((stored) => stored?.status) ?? []
    expect(new Set(ends.filter((status) => status !== undefined && status !== 'active')), `after ${moment} ms`).toEqual(
      new Set([state?.status]),
    )
    expect(watching.facts.length, `after ${moment} ms`).toBeLessThanOrEqual(1)
    outcomes.add(String(state?.status))
    await fleet.stop()
  }
  expect(outcomes).toEqual(new Set(['stopped', 'done']))
})

test('a compensation that fails twice is tried again, and those after it wait', async () => {
  const ledger = new Ledger()
  ledger.closed.add('d')
  ledger.stubborn.set('b', 2)
  const fleet = await bank(ledger)
  await tell(fleet, 'go', 400)
  expect(ledger.undone).toEqual(['d?', 'c'])
  expect(await sagaOf(fleet)).toEqual({ steps: [], compensating: ['post', 'post'] })
  await fleet.clock.advance(10_000)
  expect(ledger).toMatchObject({ undone: ['d?', 'c', 'b', 'a'], sum: 0 })
  expect(fleet.deadLetters()).toEqual([])
  await fleet.stop()
})

describe('a compensation that fails for good', () => {
  const stuck = async (ledger: Ledger, spec: Partial<FleetSpec> = {}): Promise<Fleet> => {
    ledger.closed.add('c')
    ledger.stubborn.set('b', 10)
    const fleet = await bank(ledger, spec)
    await tell(fleet, 'go', 600_000)
    return fleet
  }

  test('is a dead letter and keeps its place; what its letter holds has it tried again', async () => {
    const ledger = new Ledger()
    const fleet = await stuck(ledger)
    expect(ledger.undone).toEqual(['c?'])
    expect(await sagaOf(fleet)).toMatchObject({ compensating: ['post', 'post'], stuck: { cause: 'Error: b cannot be corrected now' } })
    const [letter, ...others] = fleet.deadLetters()
    expect(others).toEqual([])
    expect(letter).toMatchObject({ code: 'TR_COMPENSATION_FAILED', event: { type: 'saga.compensate', step: `${one}#post.1` } })
    expect(letter?.cause).toBe(`${one}: undoing step 'post' (${one}#post.1): Error: b cannot be corrected now`)
    expect(await dryRun(fleet, letter?.event)).toMatchObject({ ok: true, would: { handled: true, effects: [{ src: 'post~compensate' }] } })
    if (letter) expect(deliveryOf({ ...letter, at: 0, redriven: [] }, undefined)).toMatchObject({ kind: 'event', event: letter.event })
    if (letter) fleet.send(one, letter.event)
    await fleet.settle()
    expect(ledger).toMatchObject({ undone: ['c?', 'b', 'a'], sum: 0 })
    expect(await sagaOf(fleet)).toBeUndefined()
    await fleet.stop()
  })

  test('leaves the memory, survives its worker, and is stuck once more when it fails again', async () => {
    const ledger = new Ledger()
    const fleet = await stuck(ledger, { options: { idleMs: 1_000 } })
    expect(fleet.workers[0]?.actors).toBe(0)
    for (const worker of fleet.workers.slice()) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
    ledger.stubborn.set('b', 10)
    expect(await fleet.ask(one, { type: 'saga.compensate' })).toMatchObject({
      ok: true,
      value: { compensating: `${one}#post.1~compensate` },
    })
    await fleet.clock.advance(600_000)
    expect(fleet.deadLetters().map(({ code }) => code)).toEqual(['TR_COMPENSATION_FAILED', 'TR_COMPENSATION_FAILED'])
    await tell(fleet, 'saga.compensate', 1_000)
    expect(ledger.undone).toEqual(['c?', 'b', 'a'])
    await fleet.stop()
  })
})

test('whenever workers die, a saga is undone as a whole, each step under one key', async () => {
  for (const moment of [0, 1, 5, 9, 10, 11, 20, 21, 30, 31, 35, 40, 41, 50, 51, 60, 61, 70, 85, 560, 570, 1_600, 4_000, 9_000]) {
    const ledger = new Ledger()
    ledger.closed.add('d')
    ledger.stubborn.set('b', 5)
    const fleet = await bank(ledger, { workers: 2 })
    await tell(fleet, 'go', moment)
    for (const worker of fleet.workers.slice()) await fleet.crash(worker)
    await fleet.addWorker()
    await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
    await fleet.settle()
    const undone = [...new Set(ledger.undone)] // at least once
    expect(undone, `after ${moment} ms`).toEqual(['d?', 'c', 'b', 'a'])
    expect([ledger.accounts, ledger.sum], `after ${moment} ms`).toEqual(['', 0])
    const results = await resultsIn(fleet)
    expect(new Set(results).size, `after ${moment} ms`).toBe(results.length)
    await fleet.stop()
  }
})

test('under crashes, cuts and lost answers, each transfer is posted as a whole or not at all', async () => {
  const ledger = new Ledger()
  const weatherOf = (workshop: Workshop): Weather => ({
    get clock() {
      return workshop.clock
    },
    fails: () => workshop.dice.chance(0.15),
  })
  await simulate(4, {
    actors: (workshop) => [transferOn(ledger, { ...atOnce, intensity: { restarts: 50, withinMs: 60_000 } }, weatherOf(workshop))],
    load: (clients, dice) => {
      ledger.clear()
      for (const name of ['ann', 'bob', 'cat', 'dan', 'eve', 'fay']) {
        const client = clients.client(name)
        const types = ['go', 'boom', 'undo', 'go', 'give up', 'go'].flatMap((type) => [type, type, type])
        for (const [at, type] of types.entries()) if (dice.chance(0.6)) client.send(`bank/transfer/${name}-${at % 3}`, { type })
      }
    },
    *check({ actors }) {
      const all = actors('transfer')
      if (all.size < 10) yield `there are ${all.size} transfers`
      for (const [actor, { value, status, keeping }] of all) {
        const posted = ledger.accountsOf(`${actor}#`)
        if (posted !== (value === 'done' ? 'abcde' : '')) yield `${actor} is ${status} ${JSON.stringify(value)} and has posted '${posted}'`
        if (keeping.saga) yield `${actor} still has ${JSON.stringify(keeping.saga)}`
      }
    },
  })
}, 60_000)

test('a compensation under way keeps its actor in memory, whatever the actor itself has come to', async () => {
  const ledger = new Ledger()
  ledger.closed.add('b')
  ledger.stubborn.set('a', 5)
  const fleet = await bank(ledger, { options: { idleMs: 500 } })
  await tell(fleet, 'go', 5_000)
  expect(await fleet.query(one)).toMatchObject({ state: { status: 'done' } })
  expect(fleet.workers[0]?.actors).toBe(1)
  await fleet.clock.advance(60_000)
  expect(ledger.undone).toEqual(['b?', 'a'])
  expect(fleet.workers[0]?.actors).toBe(0)
  await fleet.stop()
})

describe('a machine that asks for compensation', () => {
  test('hears when all is undone, and goes on with a saga of its own', async () => {
    const ledger = new Ledger()
    ledger.silent.add('b')
    const fleet = await bank(ledger)
    await tell(fleet, 'go', 15)
    await tell(fleet, 'undo', 5)
    expect(await fleet.query(one)).toMatchObject({ state: { value: 'undoing' } })
    await fleet.clock.advance(100)
    expect(await fleet.query(one)).toMatchObject({ state: { value: 'undone', status: 'active' } })
    expect(ledger.undone).toEqual(['b?', 'a'])
    ledger.silent.clear()
    await tell(fleet, 'go', 1_000)
    expect(ledger).toMatchObject({ accounts: 'abcde', sum: 0, undone: ['b?', 'a'] })
    await fleet.stop()
  })

  test('hears it at once when there is nothing to undo', async () => {
    const fleet = await bank(new Ledger())
    await tell(fleet, 'undo', 5)
    expect(await fleet.query(one)).toMatchObject({ state: { value: 'undone' } })
    await fleet.stop()
  })
})

test('a step that its machine left by a delay or an event may have done its work, and is undone with the others', async () => {
  const ledger = new Ledger()
  ledger.silent.add('b')
  const fleet = await bank(ledger)
  await tell(fleet, 'go', 59_000)
  expect(ledger.undone).toEqual([])
  await fleet.clock.advance(2_000)
  expect(ledger.undone).toEqual(['b?', 'a'])
  await tell(fleet, 'go', 15, 'bank/transfer/two')
  await tell(fleet, 'give up', 1_000, 'bank/transfer/two')
  expect(ledger.undone).toEqual(['b?', 'a', 'b?', 'a'])
  await fleet.stop()
})

describe('an actor that restarts', () => {
  test('begins with no steps; those of the life before are undone beside it', async () => {
    const ledger = new Ledger()
    const fleet = await bank(ledger, { definitions: [transferOn(ledger, atOnce)] })
    await tell(fleet, 'go', 25)
    fleet.send(one, { type: 'boom' })
    fleet.send(one, { type: 'go' })
    await fleet.settle()
    expect(ledger.undone).toEqual(['c?', 'b', 'a'])
    expect(ledger).toMatchObject({ accounts: 'abcde', sum: 0 })
    expect(await fleet.query(one)).toMatchObject({ state: { status: 'done', value: 'done' } })
    await fleet.stop()
  })

  test('from its checkpoint keeps the steps that the checkpoint knows of, and undoes those after it', async () => {
    const ledger = new Ledger()
    ledger.silent.add('e')
    const fleet = await bank(ledger, { definitions: [transferOn(ledger, { ...atOnce, reset: 'checkpoint' })] })
    await tell(fleet, 'go', 45) // e does not answer
    await tell(fleet, 'boom', 50)
    ledger.silent.clear()
    await fleet.settle()
    expect(ledger.undone).toEqual(['e?', 'd']) // c ran again under its key
    expect(ledger).toMatchObject({ accounts: 'abcde', sum: 0 })
    expect(await fleet.query(one)).toMatchObject({ state: { status: 'done', value: 'done' } })
    await fleet.stop()
  })

  test('too often, and is given up, has undone all', async () => {
    const ledger = new Ledger()
    ledger.silent.add('c')
    const supervision = { ...atOnce, intensity: { restarts: 1, withinMs: 60_000 } }
    const fleet = await bank(ledger, { definitions: [transferOn(ledger, supervision)] })
    for (let life = 0; life < 2; life++) {
      await tell(fleet, 'go', 45)
      await tell(fleet, 'boom', 1_000)
    }
    expect(await fleet.query(one)).toMatchObject({ state: { status: 'stopped' } })
    expect(ledger).toMatchObject({ undone: ['c?', 'b', 'a', 'c?', 'b', 'a'], accounts: '' })
    await fleet.stop()
  })
})

test('a child that its parent stops before it is done undoes its steps', async () => {
  const ledger = new Ledger()
  const fleet = await bank(ledger, { definitions: [officeOn(ledger)] })
  await tell(fleet, 'hello', 10, 'bank/office/o')
  await tell(fleet, 'go', 25, clerk)
  await tell(fleet, 'close', 1_000, 'bank/office/o')
  expect(await fleet.query(clerk)).toMatchObject({ state: { status: 'stopped' } })
  expect(ledger).toMatchObject({ undone: ['c?', 'b', 'a'], accounts: '' })
  await fleet.stop()
})

test('an actor that is stopped while it waits for its restart undoes its steps', async () => {
  const ledger = new Ledger()
  const fleet = await bank(ledger, { definitions: [officeOn(ledger, atOnce)] })
  await tell(fleet, 'hello', 10, 'bank/office/o')
  await tell(fleet, 'go', 25, clerk)
  await tell(fleet, 'boom', 5, clerk)
  await tell(fleet, 'close', 1_000, 'bank/office/o')
  expect(await fleet.query(clerk)).toMatchObject({ state: { status: 'stopped' } })
  expect(ledger).toMatchObject({ undone: ['c?', 'b', 'a'], accounts: '' })
  await fleet.stop()
})

test('a step whose output is too large for the state fails its turn with a code, and is undone though its output is not known', async () => {
  const ledger = new Ledger()
  ledger.receiptCharacters = 30_000
  const fleet = await bank(ledger, {
    definitions: [transferOn(ledger, { restart: 'temporary' })],
    options: { stateBytesMax: 64 * 1024 },
  })
  await tell(fleet, 'go', 1_000)
  const codes = fleet.deadLetters().map(({ code }) => code)
  expect(codes[0]).toBe('TR_TURN_TOO_LARGE')
  expect(ledger).toMatchObject({ undone: ['c?', 'b', 'a'], accounts: '' })
  await fleet.stop()
})

test('the compiler knows what a compensation is given', () => {
  const machine = setup({ actors: { pay: effect<{ amount: number }, { receipt: string }>() } }).createMachine({
    invoke: { src: 'pay', input: { amount: 3 } },
  })
  const run = () => Promise.resolve({ receipt: 'r1' })
  const name = 'payer'
  const compensate = ({ input, output }: { input: { amount: number }; output: { receipt: string } | undefined }) =>
    Promise.resolve(`${input.amount} for ${output?.receipt}`)
  defineActor({ name, version: '1', machine, effects: { pay: { run, compensate } } })
  defineActor({ name, version: '1', machine, effects: { pay: { run, compensate: { run: compensate, attemptsMax: 3, pool: 'bank' } } } })
  // @ts-expect-error the output may be unknown, and has a receipt
  defineActor({ name, version: '1', machine, effects: { pay: { run, compensate: ({ output }) => Promise.resolve(output.receipt) } } })
  // @ts-expect-error the input has no price
  defineActor({ name, version: '1', machine, effects: { pay: { run, compensate: ({ input }) => Promise.resolve(input.price) } } })
})
