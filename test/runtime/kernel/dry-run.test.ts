import { expect, test } from 'vitest'
import { parseActorId, partitionOf } from '../../../machines/address.ts'
import { subjects } from '../../../machines/subject.ts'
import type { DryRun } from '../../../runtime/dry-run.ts'
import { ServerUnavailable } from '../../../runtime/errors.ts'
import { inMemoryServer } from '../../../runtime/in-memory/server.ts'
import { simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { startFleet } from '../../support/fleet.ts'
import { account, counter, fetcher } from './actors.ts'

type Fleet = Awaited<ReturnType<typeof startFleet>>

async function dryRun(fleet: Fleet, actor: string, event: object, kind?: string): Promise<DryRun> {
  const address = parseActorId(actor)
  if (!address) throw new Error(`${actor} is not an address`)
  const subject = subjects(fleet.server.namespace).dryRun(partitionOf(address, fleet.ports.partitions), address.tenant)
  const bytes = await fleet.until(fleet.server.request(subject, Buffer.from(JSON.stringify({ actor, event, kind })), 1_000))
  return JSON.parse(new TextDecoder().decode(bytes)) as DryRun
}

test('a dry run says what an event would do, and changes nothing: no state, no log, no message, no effect', async () => {
  let runs = 0
  const fleet = await startFleet({ definitions: [account, fetcher(async () => String(++runs))] })
  fleet.send('bank/account/a', { type: 'credit', amount: 1 })
  fleet.send('bank/fetcher/f', { type: 'status' })
  await fleet.clock.advance(1_000)
  const [before, entries] = [await fleet.query('bank/account/a'), await fleet.entries()]

  expect(await dryRun(fleet, 'bank/account/a', { type: 'pay', to: 'b', amount: 30 })).toMatchObject({
    ok: true,
    would: { handled: true, from: {}, to: {}, status: 'active', sends: [{ to: 'bank/account/b', type: 'credit' }], effects: [], emits: [] },
  })
  expect(await dryRun(fleet, 'bank/fetcher/f', { type: 'go', what: 'it' })).toMatchObject({
    would: { handled: true, from: 'idle', to: 'fetching', effects: [{ src: 'fetch' }] },
  })
  expect(await dryRun(fleet, 'bank/fetcher/f', { type: 'nothing' })).toMatchObject({ would: { handled: false, from: 'idle', to: 'idle' } })
  expect(await dryRun(fleet, 'bank/fetcher/f', { type: 'cancel' }, 'cancel')).toMatchObject({ would: { status: 'stopped' } })

  await fleet.clock.advance(1_000)
  expect(await fleet.query('bank/account/a')).toEqual(before)
  expect([await fleet.entries(), runs]).toEqual([entries, 0])
  expect(await fleet.query('bank/account/b')).toMatchObject({ error: { code: 'TR_ACTOR_NOT_FOUND' } })
  await fleet.stop()
})

test('a dry run tells the code with which the message would fail, and makes no dead letter', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  await fleet.ask('main/counter/a', { type: 'add', n: 1 })
  const codeOf = async (actor: string, event: object): Promise<string> => {
    const answer = await dryRun(fleet, actor, event)
    return answer.ok ? 'ok' : answer.error.code
  }
  for (let count = 0; count < 5; count++) expect(await codeOf('main/counter/a', { type: 'boom' })).toBe('TR_TURN_FAILED')
  expect(await codeOf('main/counter/a', { type: 'add', n: 'many' })).toBe('TR_EVENT_NOT_ACCEPTED')
  expect(await codeOf('main/counter/a', { type: '@init' })).toBe('TR_EVENT_RESERVED')
  expect(await codeOf('main/nobody/a', { type: 'add', n: 1 })).toBe('TR_ACTOR_TYPE_UNKNOWN')
  await fleet.ask('main/counter/a', { type: 'finish' })
  expect(await codeOf('main/counter/a', { type: 'add', n: 1 })).toBe('TR_ACTOR_STOPPED')
  expect(fleet.server.deadLetters()).toEqual([])
  await fleet.stop()
})

test('a dry run on an actor that is not there says what its birth and its first event would do, and it is still not there', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  expect(await dryRun(fleet, 'main/counter/new', { type: 'add', n: 1 })).toMatchObject({
    ok: true,
    would: { handled: true, from: null, to: 'counting', status: 'active' },
  })
  expect(await fleet.query('main/counter/new')).toMatchObject({ ok: false, error: { code: 'TR_ACTOR_NOT_FOUND' } })
  expect(await fleet.entries()).toEqual([])
  await fleet.stop()
})

test('a dead letter keeps its event, kind and the state before it, also when the next owner stores it', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 4, clock })
  let failing = true
  const ports: typeof server.ports = (own) => {
    const real = server.ports(own)
    const add: typeof real.deadLetters.add = (...letter) =>
      failing ? Promise.reject(new ServerUnavailable('no storage')) : real.deadLetters.add(...letter)
    return { ...real, deadLetters: { add } }
  }
  const fleet = await startFleet({ definitions: [counter], world: { clock, server: { ...server, ports } } })
  await fleet.ask('main/counter/a', { type: 'add', n: 1 })
  await fleet.ask('main/counter/a', { type: 'boom' })
  fleet.send('main/account/x', { type: 'cancel', reason: 'enough' }, { 'Troupe-Kind': 'cancel' })
  await fleet.clock.advance(100)
  expect(server.deadLetters()).toEqual([])
  for (const worker of fleet.workers.slice()) await fleet.crash(worker)
  failing = false
  const next = await startFleet({ definitions: [counter], world: { clock, server: { ...server, ports } } })
  const letters = server.deadLetters().map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as { event: { type: string } })
  expect(letters.toSorted((a, b) => a.event.type.localeCompare(b.event.type))).toMatchObject([
    { kind: 'event', event: { type: 'boom' }, turn: 3, correlation: 'ask-2', state: { value: 'counting', status: 'active', turn: 2 } },
    { kind: 'cancel', event: { reason: 'enough' }, state: { status: 'unborn', turn: 0 } },
  ])
  await next.stop()
})
