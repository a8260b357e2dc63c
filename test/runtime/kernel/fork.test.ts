import { expect, test } from 'vitest'
import { assign, enqueueActions, sendTo, setup, type AnyEventObject } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { effect, refTo } from '../../../machines/authoring.ts'
import { senderOf } from '../../../machines/message.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import { momentOf } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import { recordingsOf } from '../../../runtime/recordings.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

interface Context {
  readonly topic: string
  readonly heard: readonly string[]
}

const desk = actorId('main', 'desk', 'one')

const machine = setup({
  types: {
    context: {} as Context,
    events: {} as { type: 'start'; topic: string } | { type: 'granted'; by: string } | { type: 'topic'; topic: string },
  },
  actors: { think: effect<{ topic: string; step: number }, string>() },
  actions: { hear: assign({ heard: ({ context }, { text }: { text: string }) => [...context.heard, text] }) },
}).createMachine({
  id: 'scholar',
  context: { topic: '', heard: [] },
  initial: 'idle',
  states: {
    idle: { on: { start: { target: 'asking', actions: assign({ topic: ({ event }) => event.topic }) } } },
    asking: {
      entry: sendTo(refTo(desk), { type: 'ask' }),
      on: { granted: { target: 'thinking', actions: { type: 'hear', params: ({ event }) => ({ text: `granted by ${event.by}` }) } } },
    },
    thinking: {
      on: { topic: { target: 'thinking', reenter: true, actions: assign({ topic: ({ event }) => event.topic }) } },
      invoke: {
        src: 'think',
        input: ({ context }) => ({ topic: context.topic, step: context.heard.length }),
        onDone: [
          {
            guard: ({ context }) => context.heard.length < 3,
            target: 'thinking',
            reenter: true,
            actions: { type: 'hear', params: ({ event }) => ({ text: event.output }) },
          },
          { target: 'done', actions: { type: 'hear', params: ({ event }) => ({ text: event.output }) } },
        ],
      },
    },
    done: { type: 'final' },
  },
})

async function lived() {
  const calls: string[] = []
  const asked: string[] = []
  const scholar = defineActor({
    name: 'scholar',
    version: '1',
    machine,
    effects: {
      think: {
        run: ({ input }) => {
          calls.push(`${input.topic} ${input.step}`)
          return Promise.resolve(`thought ${calls.length} of ${input.topic}`)
        },
      },
    },
  })
  const clerk = defineActor({
    name: 'desk',
    version: '1',
    machine: setup({
      types: { context: {} as { asked: number }, events: {} as { type: 'ask' } },
    }).createMachine({
      id: 'desk',
      context: { asked: 0 },
      on: {
        ask: {
          actions: [
            assign({ asked: ({ context }) => context.asked + 1 }),
            enqueueActions(({ event, enqueue }) => {
              const grant: AnyEventObject = { type: 'granted', by: 'the desk' }
              enqueue(sendTo(refTo(senderOf(event) ?? desk), grant))
            }),
          ],
        },
      },
    }),
  })
  const fleet = await startFleet({ definitions: [scholar, clerk], workers: 2 })
  fleet.send('main/scholar/a', { type: 'start', topic: 'bees' })
  await fleet.clock.advance(2_000)
  const entriesOf = async (actor: string) =>
    (await fleet.log())
      .flatMap((record): readonly Entry[] => (record.kind === 'turns' ? record.entries : []))
      .filter((entry) => entry.actor === actor)
  const fork = async (key: string, turn: number, more: Record<string, unknown> = {}) => {
    const entries = await entriesOf('main/scholar/a')
    const upTo = entries.filter((entry) => entry.turn <= turn)
    const { stored, at } = momentOf(prepare(scholar), upTo)
    const { keeping: _keeping, ...chart } = stored
    const command = {
      type: '@fork',
      by: 'ann',
      of: 'main/scholar/a',
      turn,
      at,
      stored: chart,
      unrecorded: 'hold',
      sendsTo: [],
      ttlMs: 60_000,
    }
    const recorded = recordingsOf(entries, turn)
    return fleet.ask(`main/scholar/${key}`, { ...command, recorded, ...more }, { 'Troupe-Kind': 'debug' })
  }
  const context = async (key: string) => (await fleet.query(`main/scholar/${key}`)).state?.context
  const desksAsked = async () => (await fleet.query(desk)).state?.context['asked']
  return { fleet, calls, asked, fork, context, entriesOf, desksAsked }
}

test('a fork relives what its original lived at no cost, and the original is untouched', async () => {
  const { fleet, calls, fork, context, entriesOf, desksAsked } = await lived()
  const original = await context('a')
  const lifeBefore = (await entriesOf('main/scholar/a')).length
  expect(calls).toHaveLength(3)
  expect(original).toMatchObject({ heard: ['granted by the desk', 'thought 1 of bees', 'thought 2 of bees', 'thought 3 of bees'] })
  expect(await fork('b', 2)).toMatchObject({ ok: true, value: { fork: 'main/scholar/b' } })
  await fleet.clock.advance(2_000)
  expect(await context('b')).toEqual(original)
  expect(calls).toHaveLength(3)
  expect(await desksAsked()).toBe(1)
  expect((await entriesOf('main/scholar/a')).length).toBe(lifeBefore)
  const [first] = await entriesOf('main/scholar/b')
  expect(first).toMatchObject({ event: { type: '@fork', of: 'main/scholar/a', turn: 2, by: 'ann' }, snapshot: { value: 'asking' } })
  expect(first?.event).not.toHaveProperty('stored')
  const given = (await entriesOf('main/scholar/b')).filter(({ result }) => result !== undefined)
  expect(given.map(({ relived }) => relived)).toEqual([true, true, true])
  expect((await entriesOf('main/scholar/a')).filter(({ relived }) => relived)).toEqual([])
  await fleet.stop()
})

test('where a fork does what its original did not it holds; released it goes on for real', async () => {
  const { fleet, calls, fork, context } = await lived()
  await fork('d', 2, { recorded: [] })
  await fleet.clock.advance(1_000)
  expect(await context('d')).toMatchObject({ heard: [] }) // nobody answers it: it sends to nobody
  fleet.send('main/scholar/d', { type: 'granted', by: 'me' })
  await fleet.clock.advance(2_000)
  expect(calls).toHaveLength(3)
  expect(await fleet.query('main/scholar/d')).toMatchObject({
    state: { value: 'thinking', hold: { held: true, hit: { breakpoint: 'diverged: effect think' } } },
  })
  await fleet.ask('main/scholar/d', { type: '@release', by: 'ann' }, { 'Troupe-Kind': 'debug' })
  await fleet.clock.advance(3_000)
  expect(calls.slice(3)).toEqual(['bees 1', 'bees 2', 'bees 3'])
  expect(await fleet.query('main/scholar/d')).toMatchObject({ state: { status: 'done' } })
  await fleet.stop()
})

test('a fork told to go on for real runs only what is not recorded', async () => {
  const { fleet, calls, fork, context } = await lived()
  await fork('e', 3, { unrecorded: 'real', held: true })
  fleet.send('main/scholar/e', { type: 'topic', topic: 'wasps' })
  await fleet.clock.advance(1_000)
  expect(calls).toHaveLength(3)
  await fleet.ask('main/scholar/e', { type: '@release', by: 'ann' }, { 'Troupe-Kind': 'debug' })
  await fleet.clock.advance(3_000)
  expect(calls.slice(3).every((call) => call.startsWith('wasps'))).toBe(true)
  expect(calls.length).toBeGreaterThan(3)
  expect(JSON.stringify(await context('e'))).toContain('wasps')
  await fleet.stop()
})

test('the death of its owner costs a fork nothing', async () => {
  const { fleet, calls, fork, context } = await lived()
  const original = await context('a')
  await fork('f', 2)
  for (const worker of fleet.workers.slice()) {
    await fleet.crash(worker)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await fleet.clock.advance(5_000)
  expect(await context('f')).toEqual(original)
  expect(calls).toHaveLength(3)
  await fleet.stop()
})

test('a fork that makes no sense is refused, and says why', async () => {
  const { fleet, fork } = await lived()
  const why = async (key: string, more: Record<string, unknown>) => {
    const reply = await fork(key, 2, more)
    return reply.ok ? '' : reply.error.message
  }
  expect(await why('a', {})).toContain('exists already')
  expect(await why('x', { of: 'main/desk/one' })).toContain('of its type')
  expect(await why('x', { unrecorded: 'perhaps' })).toContain("'unrecorded' is hold or real")
  expect(await why('x', { stored: { nonsense: true } })).not.toBe('')
  expect(await why('x', { recorded: [{ kind: 'effect' }] })).toContain("'recorded'")
  expect(await why('x', {})).toBe('') // nothing above made it
  await fleet.stop()
})

test('a fork of a state that only an earlier version has runs on that version from its first turn on', async () => {
  const box = (version: string, open: string, previous: readonly ActorDefinition[] = []): ActorDefinition =>
    defineActor({
      name: 'box',
      version,
      machine: setup({ types: { events: {} as { type: 'open' | 'shut' } } }).createMachine({
        id: 'box',
        initial: 'shut',
        states: { shut: { on: { open } }, [open]: { on: { shut: 'shut' } } },
      }),
      previous: [...previous],
    })
  const before = box('1', 'wide')
  const boxes = box('2', 'open', [before])
  const fleet = await startFleet({ definitions: [boxes] })
  fleet.send('main/box/a', { type: 'open' })
  await fleet.clock.advance(50)
  const [first] = (await fleet.log()).flatMap((record) => (record.kind === 'turns' ? record.entries : []))
  const stored = { ...first?.snapshot, value: 'wide', definition: prepare(before).stamp }
  const command = { type: '@fork', by: 'ann', of: 'main/box/a', turn: 2, at: 0, recorded: [], unrecorded: 'real', sendsTo: [], ttlMs: 1 }
  await fleet.ask('main/box/b', { ...command, stored }, { 'Troupe-Kind': 'debug' })
  expect(await fleet.query('main/box/b')).toMatchObject({ state: { version: '1', value: 'wide' } })
  fleet.send('main/box/b', { type: 'shut' })
  await fleet.clock.advance(50)
  expect(await fleet.query('main/box/b')).toMatchObject({ state: { turn: 2, version: '1', value: 'shut' } })
  const turns = (await fleet.log())
    .flatMap((record) => (record.kind === 'turns' ? record.entries : []))
    .filter(({ actor }) => actor === 'main/box/b')
  expect(momentOf(prepare(boxes), turns.slice(0, 1)).description).toMatchObject({ value: 'wide' })
  expect(momentOf(prepare(boxes), turns).trace).toMatchObject({ edges: ['box.wide|shut|0'] })
  await fleet.stop()
})
