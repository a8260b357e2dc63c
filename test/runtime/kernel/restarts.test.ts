import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { metaOf } from '../../../machines/message.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'
import { parent, child } from './actors.ts'

const slowBackoff = { baseMs: 2_000, factor: 1, maxMs: 2_000, jitter: 0 }

const hoarder = defineActor({
  name: 'hoarder',
  version: '1',
  machine: setup({
    types: { context: {} as { texts: readonly string[] }, events: {} as { type: 'keep'; text: string } | { type: 'boom' } },
    actions: {
      keep: assign({ texts: ({ context, event }) => (event.type === 'keep' ? [...context.texts, event.text] : context.texts) }),
      boom: assign(() => {
        throw new Error('boom')
      }),
    },
  }).createMachine({ id: 'hoarder', context: { texts: [] }, on: { keep: { actions: 'keep' }, boom: { actions: 'boom' } } }),
  supervision: { failingMessagesMax: 1, backoff: slowBackoff },
})

test('a child that is stopped while it waits for its restart does not come back', async () => {
  const patient = { ...child, supervision: { ...child.supervision, failingMessagesMax: 1, backoff: slowBackoff } }
  const fleet = await startFleet({ definitions: [{ ...parent, children: { child: patient } }] })
  fleet.send('main/parent/p', { type: 'start', n: 1 })
  fleet.send('main/parent/p', { type: 'break' })
  await fleet.clock.advance(500)
  fleet.send('main/parent/p', { type: 'stop' })
  await fleet.clock.advance(10_000)
  expect(await fleet.query('main/child/parent:p/kid.0')).toMatchObject({ state: { status: 'stopped' } })
  await fleet.stop()
})

test('a restart whose first state throws is tried again, and what waited for it is taken once, in order', async () => {
  const births: number[] = []
  const shaky = defineActor({
    name: 'shaky',
    version: '1',
    machine: setup({
      types: { context: {} as { taken: number[] }, events: {} as { type: 'take'; n: number } | { type: 'boom' } },
      actions: {
        stand: ({ event }) => {
          births.push(metaOf(event)?.at ?? 0)
          if (births.length === 2) throw new Error('cannot stand')
        },
        take: assign({ taken: ({ context, event }) => (event.type === 'take' ? [...context.taken, event.n] : context.taken) }),
        boom: assign(() => {
          throw new Error('boom')
        }),
      },
    }).createMachine({ id: 'shaky', context: { taken: [] }, entry: 'stand', on: { take: { actions: 'take' }, boom: { actions: 'boom' } } }),
    supervision: { failingMessagesMax: 1, backoff: slowBackoff },
  })
  const fleet = await startFleet({ definitions: [shaky] })
  fleet.send('main/shaky/a', { type: 'boom' })
  await fleet.clock.advance(100)
  for (const n of [1, 2, 3]) fleet.send('main/shaky/a', { type: 'take', n })
  await fleet.clock.advance(20_000)
  expect(births).toHaveLength(3)
  expect(await fleet.query('main/shaky/a')).toMatchObject({ state: { status: 'active', context: { taken: [1, 2, 3] } } })
  await fleet.stop()
})

test('messages that wait for a restart and are too much for one record are taken one by one, as many as fit, and the partition goes on', async () => {
  const fleet = await startFleet({
    definitions: [hoarder],
    partitions: 1,
    options: { groupBytesMax: 32 * 1024, recordBytesMax: 96 * 1024, checkpointBytesMax: 32 * 1024 },
  })
  fleet.send('main/hoarder/h', { type: 'boom' })
  await fleet.clock.advance(100)
  for (let count = 0; count < 12; count++) fleet.send('main/hoarder/h', { type: 'keep', text: String(count).padEnd(9_000, 'x') })
  await fleet.clock.advance(20_000)
  const { state } = await fleet.query('main/hoarder/h')
  expect(((state?.context['texts'] ?? []) as string[]).map((text) => Number.parseInt(text, 10))).toEqual([0, 1, 2, 3, 4])
  for (const record of await fleet.log()) expect(JSON.stringify(record).length).toBeLessThan(96 * 1024)
  await fleet.stop()
})

test('what waits for a restart counts as state: beyond its limit messages are refused', async () => {
  const fleet = await startFleet({ definitions: [hoarder], options: { stateBytesMax: 30_000 } })
  fleet.send('main/hoarder/h', { type: 'boom' })
  await fleet.clock.advance(100)
  for (let count = 0; count < 5; count++) fleet.send('main/hoarder/h', { type: 'keep', text: 'x'.repeat(9_000) })
  await fleet.clock.advance(100)
  const codes = fleet.server.deadLetters().map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code)
  expect(codes).toEqual(['TR_TURN_FAILED', 'TR_PARKED_FULL', 'TR_PARKED_FULL'])
  await fleet.stop()
})
