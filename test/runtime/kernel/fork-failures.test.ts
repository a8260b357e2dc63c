import { expect, test } from 'vitest'
import { assign, sendTo, setup } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { effect, refTo } from '../../../machines/authoring.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import { momentOf } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import { recordingsOf } from '../../../runtime/recordings.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

const keep = ({ context, event }: { context: { words: readonly string[] }; event: { word: string } }): readonly string[] => {
  if (event.word === 'bad') throw new Error('nobody listens to this')
  return [...context.words, event.word]
}

const listener = defineActor({
  name: 'listener',
  version: '1',
  machine: setup({
    types: { context: {} as { words: readonly string[] }, events: {} as { type: 'say'; word: string } },
  }).createMachine({
    id: 'listener',
    context: { words: [] },
    initial: 'here',
    states: { here: { on: { say: { actions: assign({ words: keep }) } } } },
  }),
})

const relay = defineActor({
  name: 'relay',
  version: '1',
  machine: setup({ types: { context: {}, events: {} as { type: 'pass'; word: string } } }).createMachine({
    id: 'relay',
    context: {},
    on: {
      pass: { actions: sendTo(refTo(actorId('main', 'listener', 'a')), ({ event }) => ({ type: 'say', word: event.word })) },
    },
  }),
})

let results: readonly string[] = []
let calls = 0

/** Its first answer is one that it cannot take: it restarts, and asks again. */
const asker = defineActor({
  name: 'asker',
  version: '1',
  machine: setup({
    types: { context: {} as { words: readonly string[] }, events: {} as { type: 'start' } },
    actors: { ask: effect<{ n: number }, string>() },
  }).createMachine({
    id: 'asker',
    context: { words: [] },
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          src: 'ask',
          input: { n: 1 },
          onDone: {
            target: 'there',
            actions: assign({ words: ({ context, event }) => keep({ context, event: { word: event.output } }) }),
          },
        },
      },
      there: { on: { start: 'there' } },
    },
  }),
  effects: { ask: { run: () => Promise.resolve(results[calls++] ?? 'more') } },
})

async function lived(definition: ActorDefinition, live: (fleet: Awaited<ReturnType<typeof startFleet>>) => void) {
  const fleet = await startFleet({ definitions: [listener, relay, asker], workers: 1 })
  const original = `main/${definition.name}/a`
  live(fleet)
  await fleet.clock.advance(30_000)
  const entries = (await fleet.log())
    .flatMap((record): readonly Entry[] => (record.kind === 'turns' ? record.entries : []))
    .filter(({ actor }) => actor === original)
  const moment = momentOf(prepare(definition), entries.slice(0, 1))
  const { keeping: _keeping, ...stored } = moment.stored
  const recorded = recordingsOf(entries, moment.turn)
  const command = {
    type: '@fork',
    by: 'ann',
    of: original,
    turn: moment.turn,
    at: moment.ownTime,
    stored,
    recorded,
    unrecorded: 'hold',
    sendsTo: [],
  }
  const fork = await fleet.ask(`main/${definition.name}/b`, { ...command, ttlMs: 60_000 }, { 'Troupe-Kind': 'debug' })
  expect(fork).toMatchObject({ ok: true })
  await fleet.clock.advance(30_000)
  return { fleet, stateOf: async (key: string) => (await fleet.query(`main/${definition.name}/${key}`)).state }
}

test('a message that failed in the original fails in its fork, and those after it come all the same', async () => {
  const { fleet, stateOf } = await lived(listener, (live) => {
    for (const word of ['one', 'bad', 'two', 'three']) live.send('main/relay/r', { type: 'pass', word })
  })
  expect(await stateOf('a')).toMatchObject({ context: { words: ['one', 'two', 'three'] } })
  expect(await stateOf('b')).toMatchObject({ context: { words: ['one', 'two', 'three'] }, waiting: [] })
  await fleet.stop()
})

test('a fork restarts at the result at which its original did, and is given the next one after it', async () => {
  results = ['bad', 'good']
  calls = 0
  const { fleet, stateOf } = await lived(asker, (live) => live.send('main/asker/a', { type: 'start' }))
  expect(await stateOf('a')).toMatchObject({ value: 'there', context: { words: ['good'] } })
  expect(await stateOf('b')).toMatchObject({ value: 'there', context: { words: ['good'] } })
  expect(await stateOf('b')).not.toHaveProperty('hold')
  expect(calls).toBe(2)
  await fleet.stop()
})
