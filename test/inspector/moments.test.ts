import { expect, test, vi } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { streams, subjects } from '../../machines/subject.ts'
import { clerk } from '../gateway/actors-clerk.ts'
import { stackForTests } from '../gateway/actors-stack.ts'

const stack = stackForTests({ definitions: () => Promise.resolve([clerk]) })
const id = (key: string): string => `main/clerk/${key}`
const path = (key: string): string => `/actors/${encodeURIComponent(id(key))}`
const moment = async (key: string, turn: number) => (await stack().get(`${path(key)}/moments/${turn}`)).body

test('a moment tells state, event, what happened inside the turn and what it changed', async () => {
  const { client, projected } = stack()
  for (const word of ['quiet', 'LOUD']) await client.send(id('m'), { type: 'say', word })
  await client.send(id('m'), { type: 'login', password: 'hunter2' })
  await client.send(id('m'), { type: 'fetch', n: 1 })
  await projected(id('m'), 6)
  expect(await moment('m', 1)).toMatchObject({
    event: { type: '@init' },
    value: 'idle',
    trace: { edges: [], entered: ['clerk', 'clerk.idle'] },
    diff: [],
    first: 1,
    last: 6,
  })
  expect(await moment('m', 3)).toMatchObject({
    actor: id('m'),
    turn: 3,
    event: { type: 'say', word: 'LOUD' },
    context: { words: ['quiet', '(loud)'] },
    status: 'active',
    tags: ['free'],
    trace: {
      edges: ['clerk.idle|say|0'],
      entered: [],
      exited: [],
      guards: [{ name: 'isLoud', result: true }],
      actions: ['keep(word: (loud))'],
    },
    diff: [['splice', ['context', 'words'], 1, 0, ['(loud)']]],
  })
  const learned = await moment('m', 4)
  expect(learned).toMatchObject({
    event: { type: 'login', password: '[redacted]' },
    diff: [['set', ['context', 'password'], '[redacted]']],
  })
  expect(JSON.stringify(learned)).not.toContain('hunter2')
  const fetching = await moment('m', 5)
  expect(fetching).toMatchObject({ value: 'fetching', accepts: [], trace: { exited: ['clerk.idle'], entered: ['clerk.fetching'] } })
  expect(Object.values(fetching.children)).toMatchObject([{ kind: 'effect', src: 'fetch' }])
  expect(await moment('m', 6)).toMatchObject({ value: 'idle', context: { words: ['quiet', '(loud)', 'fetched 1'] }, children: {} })
})

test('every one of many turns is told as the history has it, in any order', async () => {
  const { client, projected, parts } = stack()
  const words = 250
  for (let n = 0; n < words; n++) await client.send(id('long'), n % 5 === 4 ? { type: 'fetch', n } : { type: 'say', word: `w${n}` })
  const settled = async () => {
    const { value, context, turn } = await client.query(id('long'))
    const fetched = (context as { readonly words: readonly string[] }).words.filter((word) => word.startsWith('fetched'))
    return value === 'idle' && turn === 1 + words + fetched.length // its birth, each message, each result
  }
  await vi.waitUntil(settled, { timeout: 20_000, interval: 50 })
  const { turn: last } = await client.query(id('long'))
  await projected(id('long'), last)
  const rows = await parts.orm.em
    .fork()
    .execute<{ turn: string; state: unknown; event: string }[]>('select turn, state, event from turns where actor = ? order by turn', [
      id('long'),
    ])
  expect(rows.length).toBe(last)
  const scattered = rows.toSorted((one, other) => ((Number(one.turn) * 7919) % 251) - ((Number(other.turn) * 7919) % 251))
  for (const { turn, state, event } of scattered)
    expect(await moment('long', Number(turn))).toMatchObject({ turn: Number(turn), value: state, event: { type: event } })
  expect((await moment('long', last)).context).toEqual((await stack().get(path('long'))).body.context)
})

test('what an actor held back stood in its mailbox then, and what was sent meanwhile too', async () => {
  const { client, post, projected } = stack()
  await client.send(id('box'), { type: 'say', word: 'one' })
  await projected(id('box'), 2)
  await post(`${path('box')}/debug`, { type: '@hold', ttlMs: 60_000 })
  await client.send(id('box'), { type: 'say', word: 'two' })
  await client.send(id('box'), { type: 'say', word: 'three' })
  await projected(id('box'), 5)
  await post(`${path('box')}/debug`, { type: '@release' })
  await projected(id('box'), 10)
  expect((await moment('box', 2)).mailbox).toEqual([])
  expect(await moment('box', 5)).toMatchObject({
    hold: { held: true },
    mailbox: [
      { type: 'say', known: 'state' },
      { type: 'say', known: 'state' },
    ],
  })
  expect((await moment('box', 10)).mailbox).toEqual([])
})

test('a turn that was never taken is said to be none', async () => {
  const { client, get, projected } = stack()
  await client.send(id('few'), { type: 'say', word: 'x' })
  await projected(id('few'), 2)
  expect(await get(`${path('few')}/moments/9`)).toMatchObject({
    status: 410,
    body: { code: 'TR_MOMENT_MISSING', detail: expect.stringContaining('2 turns') },
  })
  expect(await get(`${path('nobody')}/moments/1`)).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING' } })
  expect(await get(`${path('few')}/moments/0`)).toMatchObject({ status: 400 })
})

test('a moment whose beginning the log no longer holds says from which turn on there is one; a fork from before it is refused alike', async () => {
  const { client, get, post, projected, parts } = stack()
  const key = 'purged'
  for (let n = 0; n < 6; n++) await client.send(id(key), { type: 'say', word: `w${n}` })
  await projected(id(key), 7)
  const { partition, seq } = await placeOf(id(key), 4)
  await parts.connection.request(
    `$JS.API.STREAM.PURGE.${streams(parts.namespace).log}`,
    JSON.stringify({ filter: subjects(parts.namespace).log(partition), seq: seq + 1 }),
  )
  const gone = await get(`${path(key)}/moments/3`)
  expect(gone).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING', detail: expect.stringContaining('no longer holds') } })
  expect(await post(`${path(key)}/fork`, { turn: 3 })).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING' } })
  await vi.waitUntil(async () => (await storedTurn(id(key))) === 7, { timeout: 20_000, interval: 50 })
  await client.send(id(key), { type: 'say', word: 'later' })
  await projected(id(key), 8)
  const told = await get(`${path(key)}/moments/3`)
  expect(told.body.detail).toContain('it can be told from turn 8 on')
  expect(await moment(key, 8)).toMatchObject({
    context: { words: ['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'later'] },
    trace: { actions: ['keep(…)'] },
  })
})

async function placeOf(actor: string, turn: number): Promise<{ partition: number; seq: number }> {
  const [row] = await stack()
    .parts.orm.em.fork()
    .execute<{ partition: number; seq: string }[]>('select partition, seq from turns where actor = ? and turn = ?', [actor, turn])
  if (!row) throw new Error(`${actor} has no turn ${turn}`)
  return { partition: row.partition, seq: Number(row.seq) }
}

/** The turn of the actor's state as its owner stored it last. */
async function storedTurn(actor: string): Promise<number | undefined> {
  const { partition } = await placeOf(actor, 7)
  const row = await stack().parts.ports.states.load(partition, actorOf(actor))
  return row && JSON.parse(Buffer.from(row.bytes).toString()).turn
}

const actorOf = (text: string) => {
  const [tenant = '', type = '', key = ''] = text.split('/')
  return actorId(tenant, type, key)
}

test('a turn that the history does not hold in time is asked for again later', async () => {
  const { client, get, projected, stopProjector } = stack()
  await client.send(id('late'), { type: 'say', word: 'x' })
  await projected(id('late'), 2)
  await stopProjector()
  await client.send(id('late'), { type: 'say', word: 'y' })
  await vi.waitUntil(async () => (await client.query(id('late'))).turn === 3, { timeout: 5_000, interval: 20 })
  const late = await get(`${path('late')}/moments/3`)
  expect(late).toMatchObject({ body: { code: 'TR_MOMENT_NOT_YET' } })
  expect(late.status).toBe(503)
})
