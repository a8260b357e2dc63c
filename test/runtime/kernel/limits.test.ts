import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { reply } from '../../../machines/authoring.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'
import { fetcher } from './actors.ts'

const hoarderMachine = setup({
  types: { context: {} as { texts: readonly string[] }, events: {} as { type: 'keep'; text: string } | { type: 'count' } },
  actions: {
    keep: assign({ texts: ({ context, event }) => (event.type === 'keep' ? [...context.texts, event.text] : context.texts) }),
    count: reply(({ context }) => context.texts.length),
  },
}).createMachine({ id: 'hoarder', context: { texts: [] }, on: { keep: { actions: 'keep' }, count: { actions: 'count' } } })
const hoarder = defineActor({ name: 'hoarder', version: '1', machine: hoarderMachine })

const text = (kilobytes: number): string => 'x'.repeat(kilobytes * 1024)

test('messages that together are more than a record go into several, and every one is applied once through a crash', async () => {
  const fleet = await startFleet({ definitions: [hoarder], partitions: 1 })
  const sizes = [200, 100, 330, 10, 330, 330, 150, 5]
  for (const [index, size] of sizes.entries()) fleet.send(`main/hoarder/${index % 4}`, { type: 'keep', text: text(size) })
  await fleet.clock.advance(20)
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 1, 20_000)
  for (let key = 0; key < 4; key++) expect(await fleet.ask(`main/hoarder/${key}`, { type: 'count' })).toMatchObject({ value: 2 })
  const sizesOfRecords = (await fleet.log()).map((record) => JSON.stringify(record).length)
  expect(Math.max(...sizesOfRecords)).toBeLessThan(768 * 1024)
  await fleet.stop()
})

test('a state that would grow beyond its limit refuses the message that would make it so, and the actor goes on', async () => {
  const fleet = await startFleet({ definitions: [hoarder] })
  for (let count = 0; count < 5; count++) fleet.send('main/hoarder/h', { type: 'keep', text: text(200) })
  await fleet.clock.advance(20)
  expect(await fleet.ask('main/hoarder/h', { type: 'count' })).toMatchObject({ value: 3 })
  const codes = fleet.server.deadLetters().map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code)
  expect(codes).toEqual(['TR_TURN_TOO_LARGE', 'TR_TURN_TOO_LARGE'])
  await fleet.stop()
})

test('a result too large for an entry is a failure that the machine hears of', async () => {
  const fleet = await startFleet({ definitions: [fetcher(() => Promise.resolve(text(600)))] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'all of it' })
  await fleet.clock.advance(20)
  const { state } = await fleet.query('main/fetcher/a')
  expect(state?.value).toBe('idle')
  expect(state?.context['why']).toContain('the limit is 524288')
  await fleet.stop()
})

test('reading pauses when too much waits, and nothing is skipped when it goes on', async () => {
  const fleet = await startFleet({ definitions: [hoarder], partitions: 1, options: { waitingMax: 50, groupMessagesMax: 7 } })
  for (let count = 0; count < 400; count++) fleet.send('main/hoarder/h', { type: 'keep', text: String(count) })
  await fleet.clock.advance(1_000)
  const { state } = await fleet.query('main/hoarder/h')
  expect(state?.context['texts']).toEqual(Array.from({ length: 400 }, (_, count) => String(count)))
  await fleet.stop()
})
