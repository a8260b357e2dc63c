import { expect, test } from 'vitest'
import { assign, enqueueActions, sendTo, setup, type AnyEventObject } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { refTo } from '../../../machines/authoring.ts'
import { metaOf, senderOf } from '../../../machines/message.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { momentOf } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import { recordingsOf } from '../../../runtime/recordings.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

const desk = actorId('main', 'desk', 'one')

/** Asks under an id that it makes of chance, once by itself and once when a timer fires, and believes the answer to that id only. */
const asker = defineActor({
  name: 'asker',
  version: '1',
  machine: setup({
    types: {
      context: {} as { readonly id: string; readonly granted: readonly string[] },
      events: {} as { type: 'start' } | { type: 'granted'; id: string },
    },
    guards: { isMine: ({ context, event }) => event.type === 'granted' && event.id === context.id },
    actions: {
      ask: enqueueActions(({ event, enqueue }) => {
        const id = `ask-${metaOf(event)?.random}`
        enqueue.assign({ id })
        const asked: AnyEventObject = { type: 'ask', id }
        enqueue(sendTo(refTo(desk), asked))
      }),
      keep: assign({ granted: ({ context }) => [...context.granted, context.id] }),
    },
  }).createMachine({
    id: 'asker',
    context: { id: '', granted: [] },
    initial: 'idle',
    states: {
      idle: { on: { start: { target: 'asking', actions: 'ask' } } },
      asking: { on: { granted: { guard: 'isMine', target: 'resting', actions: 'keep' } } },
      resting: { after: { 500: { target: 'askingAgain', actions: 'ask' } } },
      askingAgain: { on: { granted: { guard: 'isMine', target: 'third', actions: ['keep', 'ask'] } } },
      third: { on: { granted: { guard: 'isMine', target: 'done', actions: 'keep' } } },
      done: { type: 'final' },
    },
  }),
})

const clerk = defineActor({
  name: 'desk',
  version: '1',
  machine: setup({ types: { events: {} as { type: 'ask'; id: string } } }).createMachine({
    id: 'desk',
    on: {
      ask: {
        actions: enqueueActions(({ event, enqueue }) => {
          const grant: AnyEventObject = { type: 'granted', id: event.id }
          enqueue(sendTo(refTo(senderOf(event) ?? desk), grant))
        }),
      },
    },
  }),
})

test('a fork draws the numbers that its original drew, so what is recorded answers what it asks; each of its turns can be told', async () => {
  const fleet = await startFleet({ definitions: [asker, clerk], workers: 2 })
  fleet.send('main/asker/a', { type: 'start' })
  await fleet.clock.advance(3_000)
  const entriesOf = async (actor: string): Promise<readonly Entry[]> =>
    (await fleet.log())
      .flatMap((record): readonly Entry[] => (record.kind === 'turns' ? record.entries : []))
      .filter((entry) => entry.actor === actor)
  const original = await fleet.query('main/asker/a')
  expect(original.state).toMatchObject({ status: 'done', value: 'done' })
  const entries = await entriesOf('main/asker/a')
  const { stored, at } = momentOf(
    prepare(asker),
    entries.filter(({ turn }) => turn <= 2),
  )
  const { keeping: _keeping, ...chart } = stored
  expect(chart.value).toBe('asking')
  const recorded = recordingsOf(entries, 2)
  expect(recorded.map(({ kind }) => kind)).toEqual(['mail', 'timer', 'mail', 'mail'])
  const command = {
    type: '@fork',
    by: 'ann',
    of: 'main/asker/a',
    turn: 2,
    at,
    stored: chart,
    unrecorded: 'hold',
    sendsTo: [],
    ttlMs: 60_000,
  }
  await fleet.ask('main/asker/b', { ...command, recorded }, { 'Troupe-Kind': 'debug' })
  await fleet.clock.advance(3_000)
  const fork = await fleet.query('main/asker/b')
  expect(fork.state).toMatchObject({ status: 'done', value: 'done', context: original.state?.context ?? {} })
  const lived = await entriesOf('main/asker/b')
  const traces = lived.map((_, n) => momentOf(prepare(asker), lived.slice(0, n + 1)))
  const unexplained = traces.filter(({ event, trace }) => !/^@(?!timer)/.test(event.type) && !trace)
  expect(unexplained.map(({ turn, event }) => `${turn} ${event.type}`)).toEqual([])
  await fleet.stop()
})
