import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ActorEvent, Reply } from '../../../machines/message.ts'
import { inMemoryServer } from '../../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { startFleet, type FleetSpec } from '../../support/fleet.ts'
import { counter } from './actors.ts'

const depthMax = { actor: 8, type: 12, tenant: 16 }
const inbox = '_INBOX.many'

/** One partition with small depths, its replies and what is said of pressure. */
async function stage(spec: Partial<FleetSpec> = {}) {
  const fleet = await startFleet({ definitions: [counter], partitions: 1, ...spec, options: { depthMax, ...spec.options } })
  const replies = new Map<string, Reply>()
  fleet.ports.signals.subscribe(inbox, ({ bytes }) => {
    for (const reply of JSON.parse(Buffer.from(bytes).toString()) as Reply[]) replies.set(reply.id, reply)
  })
  const pressed: { tenant: string; shares: Readonly<Record<string, number>> }[] = []
  fleet.ports.signals.subscribe('troupe.pressure.*.*', ({ subject, bytes }) => {
    const { shares } = JSON.parse(Buffer.from(bytes).toString()) as { shares: Record<string, number> }
    pressed.push({ tenant: subject.split('.').at(-1) ?? '', shares })
  })
  const ask = (actor: string, id: string, headers: Record<string, string> = {}): void =>
    void fleet.send(actor, { type: 'add', n: 1 }, { 'Troupe-Reply': inbox, 'Nats-Msg-Id': id, ...headers })
  const letters = (): { code: string; message: string; event: ActorEvent; actor: string }[] =>
    fleet.server.deadLetters().map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as never)
  const codes = (): Record<string, number> => {
    const counted: Record<string, number> = {}
    for (const reply of replies.values()) {
      const code = reply.ok ? 'ok' : reply.error.code
      counted[code] = (counted[code] ?? 0) + 1
    }
    return counted
  }
  return { fleet, replies, pressed, ask, letters, codes }
}

test('asks beyond the depth of an actor are refused with a time to try again, and are no dead letters; those before are answered', async () => {
  const { fleet, ask, codes, replies, letters } = await stage()
  for (let n = 0; n < 20; n++) ask('main/counter/hot', `hot-${n}`)
  await fleet.clock.advance(1_000)
  expect(codes()).toEqual({ ok: 8, TR_OVERLOADED: 12 })
  expect(replies.get('hot-19')).toMatchObject({
    error: {
      code: 'TR_OVERLOADED',
      message: '8 messages wait for actor main/counter/hot in partition 0, the limit is 8; send more slowly, then again',
      retryAfterMs: 100,
    },
  })
  expect(letters()).toEqual([])
  expect(await fleet.ask('main/counter/hot', { type: 'add', n: 1 })).toMatchObject({ value: { total: 9 } })
  await fleet.stop()
})

test('a send beyond the depth becomes a dead letter with its event', async () => {
  const { fleet, letters } = await stage()
  for (let n = 0; n < 9; n++) fleet.send('main/counter/hot', { type: 'add', n }, { 'Nats-Msg-Id': `send-${n}` })
  await fleet.clock.advance(1_000)
  expect(letters()).toMatchObject([{ code: 'TR_OVERLOADED', message: 'send-8', actor: 'main/counter/hot', event: { type: 'add', n: 8 } }])
  await fleet.stop()
})

test('a hot actor closes itself only, and is opened when it has caught up', async () => {
  const { fleet, ask, codes, pressed } = await stage()
  for (let n = 0; n < 30; n++) ask('main/counter/hot', `hot-${n}`)
  for (let n = 0; n < 3; n++) ask('main/counter/calm', `calm-${n}`)
  await fleet.clock.advance(5_000)
  expect(codes()).toEqual({ ok: 11, TR_OVERLOADED: 22 })
  expect(pressed.at(0)).toEqual({ tenant: 'main', shares: { 'main/counter/hot': 0 } })
  expect(pressed.at(-1)).toEqual({ tenant: 'main', shares: {} })
  await fleet.stop()
})

test('a tenant that floods many actors is closed and refused; another tenant is not', async () => {
  const { fleet, ask, pressed, replies } = await stage()
  for (let n = 0; n < 60; n++) ask(`loud/counter/k${n}`, `loud-${n}`)
  for (let n = 0; n < 5; n++) ask(`quiet/counter/k${n}`, `quiet-${n}`)
  await fleet.clock.advance(1_000)
  const ofQuiet = [...replies].filter(([id]) => id.startsWith('quiet-'))
  expect(ofQuiet.map(([, { ok }]) => ok)).toEqual([true, true, true, true, true])
  expect([...replies.values()].filter(({ ok }) => !ok).length).toBe(48)
  expect(new Set(pressed.map(({ tenant }) => tenant))).toEqual(new Set(['loud']))
  await fleet.stop()
})

test('a cancel is taken however much waits', async () => {
  const { fleet, letters } = await stage()
  for (let n = 0; n < 30; n++) fleet.send('main/counter/hot', { type: 'add', n: 1 })
  fleet.send('main/counter/hot', { type: 'cancel', reason: 'enough' }, { 'Troupe-Kind': 'cancel' })
  await fleet.clock.advance(1_000)
  expect(await fleet.query('main/counter/hot')).toMatchObject({ state: { status: 'stopped' } })
  expect(letters()).toHaveLength(22)
  await fleet.stop()
})

test('what was stored before the owner began to read is taken, however much it is', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 1, clock, random: seededRandom(1) })
  for (let n = 0; n < 200; n++) server.send({ tenant: 'main', type: 'counter', key: 'hot' }, { type: 'add', n: 1 })
  const { fleet, letters } = await stage({ world: { clock, server } })
  await fleet.clock.advance(100)
  expect(await fleet.ask('main/counter/hot', { type: 'add', n: 1 })).toMatchObject({ value: { total: 201 } })
  expect(letters()).toEqual([])
  await fleet.stop()
})

test('an ask that nobody waits for any more is counted without its actor, and is no dead letter', async () => {
  const { fleet, ask, codes, letters } = await stage()
  ask('main/counter/late', 'late', { 'Troupe-Deadline': String(fleet.clock.now() - 1) })
  await fleet.clock.advance(1_000)
  expect(codes()).toEqual({})
  expect(letters()).toEqual([])
  expect(await fleet.entries('main/counter/late')).toEqual([])
  expect(await fleet.entries('main/door/0')).toMatchObject([
    { turn: 0, message: 'late', event: { type: '@expired', asks: { counter: 1 } } },
  ])
  await fleet.stop()
})

const countOf = (expired: ActorEvent): number =>
  Object.values(expired['asks'] as Record<string, number>).reduce((sum, count) => sum + count, 0)

type Step =
  | { readonly kind: 'send' | 'ask' | 'late'; readonly actor: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'crash' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constantFrom('send', 'ask', 'late'),
      actor: fc.constantFrom('a/counter/1', 'a/counter/2', 'b/counter/1'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(150) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)

test('whatever the interleaving, each message that was stored is applied, refused to its asker, a dead letter or counted as late, exactly once', async () => {
  const ends = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120 }), async (steps) => {
      const { fleet, ask, letters } = await stage({
        options: { depthMax: { actor: 4, type: 6, tenant: 7 }, groupMessagesMax: 3, waitingMax: 10, waitingBytesMax: 2_000 },
      })
      const ids: string[] = []
      for (const [index, taken] of steps.entries()) {
        if (taken.kind === 'wait') await fleet.clock.advance(taken.ms)
        else if (taken.kind === 'crash') {
          const [worker] = fleet.workers
          if (worker) await fleet.crash(worker)
          await fleet.addWorker()
        } else {
          const id = `m${index}`
          ids.push(id)
          if (taken.kind === 'send') fleet.send(taken.actor, { type: 'add', n: 1 }, { 'Nats-Msg-Id': id })
          else ask(taken.actor, id, taken.kind === 'late' ? { 'Troupe-Deadline': String(fleet.clock.now() + 5) } : {})
        }
      }
      await fleet.clock.advanceUntil(() => fleet.owned() === 1, 20_000)
      await fleet.clock.advance(5_000)
      const entries = await fleet.entries()
      const dead = letters().map(({ message }) => message)
      const expired = entries.filter(({ event }) => event.type === '@expired')
      let late = 0
      for (const id of ids) {
        const [entry, ...more] = entries.filter(({ message }) => message === id)
        expect([id, more.length]).toEqual([id, 0])
        const applied = (entry?.patch !== undefined || entry?.snapshot !== undefined) && !entry.dead ? 1 : 0
        const refused = entry?.dead === undefined && entry?.replies?.some(({ reply }) => !reply.ok) ? 1 : 0
        if (applied) ends.add('applied')
        else if (refused) ends.add(`refused ${entry?.replies?.map(({ reply }) => (reply.ok ? '' : reply.error.code)).join()}`)
        else ends.add(entry?.dead ? `dead ${entry.dead.code}` : 'counted')
        const told = applied + refused + dead.filter((one) => one === id).length
        if (told === 0 && steps[Number(id.slice(1))]?.kind === 'late') late++
        else expect([id, told]).toEqual([id, 1])
      }
      expect(expired.reduce((sum, { event }) => sum + countOf(event), 0)).toBe(late)
      await fleet.stop()
    }),
    { numRuns: 60 },
  )
  expect([...ends].toSorted()).toEqual(['applied', 'counted', 'dead TR_OVERLOADED', 'refused TR_OVERLOADED'])
}, 60_000)
