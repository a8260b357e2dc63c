// A saga and its test, as docs/sagas.md shows them.
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { defineActor, effect } from '../../runtime/index.ts'
import { simulatedFleet } from '../../runtime/testing/index.ts'

/** The shop's systems, as its HTTP clients would be: each call names a key, and what was taken back under a key stays so. */
const world: string[] = []
const post = async (what: string, key: string): Promise<string> => {
  if (what === 'ship tea') throw new Error('no tea is left')
  world.push(what)
  return `receipt of ${key}`
}

const machine = setup({
  types: { tags: 'compensate' },
  actors: { charge: effect<{ euros: number }, string>(), ship: effect<{ goods: string }, string>() },
}).createMachine({
  id: 'order',
  initial: 'charging',
  states: {
    charging: { invoke: { src: 'charge', input: { euros: 12 }, onDone: 'shipping', onError: 'refused' } },
    shipping: { invoke: { src: 'ship', input: { goods: 'tea' }, onDone: 'shipped', onError: 'refused' } },
    shipped: { type: 'final' },
    refused: { type: 'final', tags: 'compensate' },
  },
})

const order = defineActor({
  name: 'order',
  version: '1',
  machine,
  effects: {
    charge: {
      run: ({ input, idempotencyKey }) => post(`charge ${input.euros}`, idempotencyKey),
      // Under the step's key, for it may be unknown whether anything was charged: `output` is undefined then.
      compensate: ({ input, output, stepKey }) => post(`refund ${input.euros}${output ? ` by its ${output}` : ''}`, stepKey),
    },
    ship: { run: ({ input, idempotencyKey }) => post(`ship ${input.goods}`, idempotencyKey) },
  },
})

test('what cannot be shipped is not paid for', async () => {
  const fleet = await simulatedFleet({ actors: [order] })
  fleet.send('shop/order/42', { type: 'order.place' })
  await fleet.settle()
  expect(await fleet.query('shop/order/42')).toMatchObject({ state: { value: 'refused', status: 'done' } })
  expect(world).toEqual(['charge 12', 'refund 12 by its receipt of shop/order/42#0.order.charging.0'])
  await fleet.stop()
})
