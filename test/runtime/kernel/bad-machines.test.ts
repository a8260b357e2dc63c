import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import type { ActorId } from '../../../machines/address.ts'
import { link, monitor, replyLater } from '../../../machines/authoring.ts'
import type { Reply } from '../../../machines/message.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

/** A machine whose author took the kernel for a process of his own. */
const carelessMachine = setup({
  types: {
    context: {} as { kept: unknown },
    events: {} as { type: 'watch' | 'tie'; whom: string } | { type: 'keep' | 'wait' | 'fine' },
  },
  actions: {
    watch: monitor(({ event }) => (event as unknown as { whom: ActorId }).whom),
    tie: link(({ event }) => (event as unknown as { whom: ActorId }).whom),
    keep: assign({ kept: () => ({ socket: new AbortController() }) }),
    fine: replyLater('nobody', 'fine'),
  },
}).createMachine({
  id: 'careless',
  context: { kept: undefined },
  on: { watch: { actions: 'watch' }, tie: { actions: 'tie' }, keep: { actions: 'keep' }, wait: {}, fine: { actions: 'fine' } },
})
const careless = defineActor({ name: 'careless', version: '1', machine: carelessMachine })

test.each<[what: string, event: { type: string; whom?: unknown }, why: string]>([
  [
    'monitors what is no address',
    { type: 'watch', whom: 'the printer' },
    "'monitor' names 'the printer', which is not the address of an actor",
  ],
  ['monitors nothing', { type: 'watch' }, "'monitor' names nothing"],
  ['ties itself to a key without a type', { type: 'tie', whom: 'main/printer' }, "'link' names 'main/printer'"],
  ['keeps what cannot be stored', { type: 'keep' }, "'context.kept.socket' is an instance of AbortController"],
])('a machine that %s has its turn thrown away, with the cause, and goes on', async (_what, event, why) => {
  const fleet = await startFleet({ definitions: [careless] })
  expect(await fleet.ask('main/careless/a', event)).toMatchObject({
    ok: false,
    error: { code: 'TR_TURN_FAILED', message: expect.stringContaining(why) },
  })
  expect(fleet.deadLetters()).toMatchObject([{ code: 'TR_TURN_FAILED', cause: expect.stringContaining(why) }])
  fleet.send('main/careless/a', { type: 'fine' })
  await fleet.settle()
  expect(await fleet.query('main/careless/a')).toMatchObject({ state: { status: 'active', context: { kept: { '@undefined': true } } } })
  await fleet.stop()
})

test('a machine that never answers has only so many askers wait: one more is told, and the others still do', async () => {
  const fleet = await startFleet({ definitions: [careless], options: { asksMax: 2 } })
  const replies: Reply[] = []
  fleet.ports.signals.subscribe('_INBOX.waits', ({ bytes }) => replies.push(...(JSON.parse(new TextDecoder().decode(bytes)) as Reply[])))
  for (const id of ['1', '2', '3'])
    fleet.send('main/careless/a', { type: 'wait' }, { 'Troupe-Reply': '_INBOX.waits', 'Troupe-Reply-Id': id, 'Nats-Msg-Id': id })
  await fleet.settle()
  expect(replies).toMatchObject([
    { id: '3', ok: false, error: { code: 'TR_ASKS_FULL', message: expect.stringContaining('the limit is 2') } },
  ])
  await fleet.stop()
})
