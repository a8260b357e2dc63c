import { assign, setup } from 'xstate'
import { expect, test, vi } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { streams, subjects } from '../../machines/subject.ts'
import { defineActor, type ActorDefinition } from '../../runtime/define-actor.ts'
import { readImage } from '../../runtime/recovery.ts'
import { prepare } from '../../runtime/statechart/index.ts'
import { turnPlaces } from '../../services/history/read-turns.ts'
import { inspectionOf } from '../../services/gateway/inspection.ts'
import { compareRoutes } from '../../services/gateway/routes/compare.ts'
import { actorRoutes } from '../../services/gateway/routes/actors.ts'
import { definitions as clerks } from './actors-clerk.ts'
import { stackForTests } from './actors-stack.ts'

const counting = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'count'; by: number } | { type: 'stop' } },
  guards: { isMuch: ({ context, event }) => event.type === 'count' && context.n + event.by > 2 },
  actions: { add: assign({ n: ({ context, event }) => context.n + (event.type === 'count' ? event.by : 0) }) },
})
const count = { target: 'few', actions: 'add' } as const
const counterBefore = defineActor({
  name: 'counter',
  version: '1',
  machine: counting.createMachine({ id: 'counter', context: { n: 0 }, initial: 'few', states: { few: { on: { count } } } }),
})
const counter = defineActor({
  name: 'counter',
  version: '2',
  machine: counting.createMachine({
    id: 'counter',
    context: { n: 0 },
    initial: 'few',
    states: {
      few: { on: { count: [{ guard: 'isMuch', target: 'many', actions: 'add' }, count], stop: 'over' } },
      many: {},
      over: { type: 'final' },
    },
  }),
  previous: [counterBefore],
})

/** Of two versions: in the later one a state has another name. */
const box = (version: string, open: string, previous: readonly ActorDefinition[] = []): ActorDefinition =>
  defineActor({
    name: 'box',
    version,
    machine: setup({ types: { events: {} as { type: 'open' | 'shake' | 'shut' } } }).createMachine({
      id: 'box',
      initial: 'shut',
      states: { shut: { on: { open } }, [open]: { on: { shake: {}, shut: 'shut' } } },
    }),
    previous: [...previous],
  })
const boxBefore = box('1', 'wide')
const boxes = box('2', 'open', [boxBefore])

const stack = stackForTests({ definitions: () => Promise.resolve([...clerks, counter, boxes]), routes: [...actorRoutes, ...compareRoutes] })
const pathOf = (actor: string): string => `/actors/${encodeURIComponent(actor)}`
const compare = (a: string, b: string, query = '') => stack().get(`${pathOf(a)}/compare/${encodeURIComponent(b)}${query}`)
const stateIn = (body: { parts: readonly { id: string }[] }, id: string) => body.parts.find((part) => part.id === id)

async function send(actor: string, ...events: readonly ActorEvent[]): Promise<void> {
  for (const event of events) await stack().client.send(actor, event)
  await stack().projected(actor, events.length + 1) // the first turn is its birth
}

test('two versions of a machine are told with their merged chart, its drawing and every difference', async () => {
  const { status, body } = await stack().get('/machines/counter/compare')
  expect(status).toBe(200)
  expect(body).toMatchObject({ type: 'counter', from: { version: '1' }, to: { version: '2' }, counts: { added: 4, removed: 0 } })
  expect(body.differences.map(({ tone, title }: { tone: string; title: string }) => `${tone} ${title}`)).toEqual([
    'added many',
    'added over',
    'added few, count [isMuch] → many',
    'added few, stop → over',
  ])
  expect(body.layout.boxes.map(({ id }: { id: string }) => id)).toContain('counter.many')
  const [newest] = body.versions
  const same = await stack().get(`/machines/counter/compare?from=${newest.hash}&to=2`)
  expect(same.body).toMatchObject({ differences: [], counts: { added: 0, removed: 0, changed: 0 } })
})

test('versions that are not there are refused with those that are', async () => {
  expect(await stack().get('/machines/nothing/compare')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  expect(await stack().get('/machines/counter/compare?from=9')).toMatchObject({
    status: 404,
    body: { code: 'TR_VERSION_NOT_HOSTED', detail: expect.stringContaining('it has 2 (') },
  })
  expect(await stack().get('/machines/clerk/compare')).toMatchObject({ status: 404, body: { code: 'TR_VERSION_NOT_HOSTED' } })
})

test('two runs part where a guard answered differently, and each state says what it came to', async () => {
  const [a, b] = ['main/counter/a', 'main/counter/b']
  await send(a, { type: 'count', by: 1 }, { type: 'count', by: 2 })
  await send(b, { type: 'count', by: 1 }, { type: 'count', by: 1 })
  const { status, body } = await compare(a, b)
  expect(status).toBe(200)
  expect(body.relation).toEqual({ kind: 'none' })
  expect(body.parting).toMatchObject({
    alike: 2,
    divergence: { kind: 'guard', guard: { name: 'isMuch', a: true, b: false }, a: { turn: 3 }, b: { turn: 3 } },
  })
  expect(body.parting.sentence).toContain('guard isMuch said yes in A and no in B; A went to many, B to few')
  expect(stateIn(body, 'counter.many')).toMatchObject({ who: 'only-a', a: { visits: 1 }, b: { visits: 0 } })
  expect(stateIn(body, 'counter.few')).toMatchObject({ who: 'both' })
  expect(stateIn(body, 'counter.few|count|1')).toMatchObject({ who: 'both', a: { visits: 1 }, b: { visits: 2 } })
  expect(body.context).toEqual({ rows: [{ path: 'n', a: '3', b: '2' }], more: 0 })
  expect([body.a.total.turns, body.a.total.told]).toEqual([3, 3])
  const other = await compare(b, a)
  expect(other.body.parting.divergence).toMatchObject({ guard: { a: false, b: true } })
  expect((await compare(a, b, '?turn=2&otherTurn=2')).body.parting).toMatchObject({ alike: 2 })
  expect((await compare(a, a)).body).toMatchObject({ differences: [], context: { rows: [] }, parting: { alike: 3 } })
})

test('a fork is compared with its original from where it began, and is not told apart by its own address', async () => {
  const original = 'main/clerk/original'
  await send(original, { type: 'say', word: 'one' }, { type: 'wait' }, { type: 'rest' })
  const { body: made } = await stack().post(`${pathOf(original)}/fork`, { turn: 2, unrecorded: 'real' })
  await stack().projected(made.fork, 1)
  await stack().client.send(made.fork, { type: 'fetch', n: 7 })
  await stack().projected(made.fork, 3)
  const { body } = await compare(original, made.fork)
  expect(body).toMatchObject({
    relation: { kind: 'b-of-a' },
    a: { after: 2, to: 4 },
    b: { after: 1, to: 3 },
    parting: { alike: 0, divergence: { kind: 'event', a: { turn: 3, event: 'wait' }, b: { turn: 2, event: 'fetch' } } },
  })
  expect(stateIn(body, 'clerk.waiting')).toMatchObject({ who: 'only-a' })
  expect(stateIn(body, 'clerk.fetching')).toMatchObject({ who: 'only-b' })
  expect((await compare(made.fork, original)).body).toMatchObject({ relation: { kind: 'a-of-b' }, a: { after: 1 }, b: { after: 2 } })
  const { body: moment } = await stack().get(`${pathOf(made.fork)}/moments/1`)
  expect(moment.fork).toEqual({ of: original, turn: 2 })
})

test('runs of two versions go the same way when a state has another name only, and the chart says so', async () => {
  const [now, was] = ['main/box/now', 'main/box/was']
  await send(now, { type: 'open' }, { type: 'shake' })
  const of = actorId('main', 'box', 'now')
  const { moment } = await inspectionOf(stack().parts).past.at(of, 2)
  // A fork in a state that only the earlier version has runs on that version.
  const stored = { ...moment.stored, value: 'wide', definition: prepare(boxBefore).stamp }
  const fork = { by: 'test', of, turn: 2, at: 0, recorded: [], unrecorded: 'real', sendsTo: [], ttlMs: 1 } as const
  await stack().client.debug(was, { type: '@fork', ...fork, stored })
  await stack().client.send(was, { type: 'shake' })
  await stack().projected(was, 2)
  const { body } = await compare(now, was)
  expect([body.a.version, body.b.version, body.b.isForeign]).toEqual(['2', '1', false])
  expect(body.differences).toMatchObject([
    { kind: 'state', tone: 'changed', title: 'wide', changes: [{ what: 'name', a: 'open', b: 'wide' }] },
  ])
  expect(body.parting).toEqual({ alike: 1, sentence: 'Both went the same way in their one turn.' })
  expect(stateIn(body, 'box.wide|shake|0')).toMatchObject({ who: 'both', a: { visits: 1 }, b: { visits: 1 } })
})

test('actors of two types, unknown ones, other tenants and turns that were never taken are refused', async () => {
  await send('main/clerk/x', { type: 'wait' })
  await send('main/counter/x', { type: 'count', by: 1 })
  expect(await compare('main/clerk/x', 'main/counter/x')).toMatchObject({ status: 400, body: { code: 'TR_RUNS_NOT_COMPARABLE' } })
  expect(await compare('main/clerk/x', 'main/clerk/nobody')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  expect(await compare('main/clerk/x', 'nonsense')).toMatchObject({ status: 400, body: { code: 'TR_ADDRESS_INVALID' } })
  expect(await compare('main/clerk/x', 'main/clerk/x', '?turn=99')).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING' } })
  const { caller } = stack()
  stack().caller = { ...caller, tenant: 'acme' }
  expect(await compare('main/clerk/x', 'main/clerk/x')).toMatchObject({ status: 404, body: { code: 'TR_RESOURCE_MISSING' } })
  stack().caller = caller
})

test('secrets in contexts are not shown by their difference', async () => {
  await send('main/clerk/p', { type: 'login', password: 'hunter2' })
  await send('main/clerk/q', { type: 'login', password: 'hunter3' })
  const { body } = await compare('main/clerk/p', 'main/clerk/q')
  expect(JSON.stringify(body)).not.toContain('hunter')
  expect(body.parting.contexts).toEqual({ a: 2, b: 2 })
})

test('a run whose beginning the log no longer holds is compared by what the history knows, and says so', async () => {
  const [long, short] = ['main/counter/long', 'main/counter/short']
  const one = { type: 'count', by: 0 }
  await send(long, one, one, one, one)
  await send(short, one, one, one, one)
  const { parts, client } = stack()
  const [place] = await turnPlaces(parts.orm, long, 3, 3)
  await parts.connection.request(
    `$JS.API.STREAM.PURGE.${streams(parts.namespace).log}`,
    JSON.stringify({ filter: subjects(parts.namespace).log(place?.partition ?? 0), seq: (place?.seq ?? 0) + 1 }),
  )
  const stored = async (): Promise<number | undefined> => {
    const row = await parts.ports.states.load(place?.partition ?? 0, actorId('main', 'counter', 'long'))
    return row && readImage(row.bytes, actorId('main', 'counter', 'long')).turn
  }
  await vi.waitUntil(async () => (await stored()) === 5, { timeout: 20_000, interval: 50 })
  await client.send(long, one)
  await stack().projected(long, 6)
  const { status, body } = await compare(long, short)
  expect(status).toBe(200)
  expect(body.a).toMatchObject({ untold: expect.stringContaining('no longer holds'), total: { turns: 6, told: 0 } })
  expect(body.parting).toMatchObject({ alike: 5, divergence: { kind: 'end', a: { turn: 6 } } })
  expect(stateIn(body, 'counter.few')).toMatchObject({ who: 'both', a: { visits: 1 } })
})
