import { expect, expectTypeOf, test } from 'vitest'
import { assign, setup } from 'xstate'
import { actorId, type EventOf, type OutputOf, type TroupeClient } from '../../client/index.ts'
import { typedActor } from '../../client/typed-actor.ts'

const ledger = {
  name: 'ledger',
  machine: setup({
    types: {
      context: { total: 0 },
      events: {} as { type: 'entry.add'; amount: number } | { type: 'close' },
      output: {} as { total: number },
    },
  }).createMachine({
    context: { total: 0 },
    output: ({ context }) => ({ total: context.total }),
    initial: 'open',
    states: {
      open: { on: { 'entry.add': { actions: assign({ total: ({ context, event }) => context.total + event.amount }) }, close: 'closed' } },
      closed: { type: 'final' },
    },
  }),
}

test('the types of events and output come from the machine', () => {
  expectTypeOf<EventOf<typeof ledger>>().toEqualTypeOf<{ type: 'entry.add'; amount: number } | { type: 'close' }>()
  expectTypeOf<OutputOf<typeof ledger>>().toEqualTypeOf<{ total: number }>()
})

test('a handle speaks for its actor', async () => {
  const calls: unknown[] = []
  const record = (call: string) => (target: unknown, event?: unknown) => {
    calls.push([call, target, event])
    return Promise.resolve({ id: 'm1', total: 7 })
  }
  // A recorder in the place of the client: what the handle hands on is all there is to see.
  const client = { send: record('send'), ask: record('ask'), cancel: record('cancel'), query: record('query') } as unknown as TroupeClient
  const main = typedActor<typeof ledger>(client, actorId('acme', 'ledger', 'main'), { tenant: 'acme', type: 'ledger', key: 'main' })
  await main.send({ type: 'entry.add', amount: 7 })
  const { total } = await main.ask({ type: 'close' })
  await main.query()
  await main.cancel('done')
  // @ts-expect-error the ledger has no such event
  await main.send({ type: 'entry.remove' })
  expect(total).toBe(7)
  expect(calls.map((call) => (call as unknown[])[0])).toEqual(['send', 'ask', 'query', 'cancel', 'send'])
  expect(main.id).toBe('acme/ledger/main')
})
