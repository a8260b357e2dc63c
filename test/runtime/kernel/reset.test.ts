import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import type { SupervisionSpec } from '../../../machines/supervision.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

const machine = setup({
  types: { context: {} as { pages: number }, events: {} as { type: 'write' } | { type: 'save' } | { type: 'boom' } },
  actors: { print: effect<number, string>() },
  actions: {
    write: assign({ pages: ({ context }) => context.pages + 1 }),
    fail: assign(() => {
      throw new Error('ink everywhere')
    }),
  },
}).createMachine({
  id: 'writer',
  context: { pages: 0 },
  initial: 'writing',
  on: { boom: { actions: 'fail' } },
  states: {
    writing: { on: { write: { actions: 'write' }, save: 'saved' } },
    saved: {
      tags: 'checkpoint',
      invoke: { src: 'print', id: 'print', input: ({ context }) => context.pages },
      on: { write: { target: 'writing', actions: 'write' } },
    },
  },
})

const keys: string[] = []
const writer = (supervision: Partial<SupervisionSpec>) =>
  defineActor({
    name: 'writer',
    version: '1',
    machine,
    effects: {
      print: ({ idempotencyKey }) => {
        keys.push(idempotencyKey)
        return new Promise(() => {})
      },
    },
    supervision: { failingMessagesMax: 1, ...supervision },
  })

async function spoiled(supervision: Partial<SupervisionSpec>) {
  const fleet = await startFleet({ definitions: [writer(supervision)] })
  keys.length = 0
  for (const type of ['write', 'write', 'save', 'write', 'boom']) {
    fleet.send('main/writer/w', { type })
    await fleet.clock.advance(10)
  }
  await fleet.clock.advance(2_000)
  const { state } = await fleet.query('main/writer/w')
  await fleet.stop()
  return {
    state,
    codes: fleet.server.deadLetters().map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code),
  }
}

test('a bad state is reset to the first one, unless the definition says otherwise', async () => {
  expect((await spoiled({})).state).toMatchObject({ value: 'writing', context: { pages: 0 } })
})

test("reset to a checkpoint: the actor is as it was when it last entered a node tagged 'checkpoint', its effects run again under their keys", async () => {
  expect((await spoiled({ reset: 'checkpoint' })).state).toMatchObject({ value: 'saved', context: { pages: 2 } })
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
})

test('an effect whose state is left before its group is committed never starts', async () => {
  const fleet = await startFleet({ definitions: [writer({})] })
  keys.length = 0
  for (const type of ['save', 'write']) fleet.send('main/writer/w', { type })
  await fleet.clock.advance(100)
  expect(keys).toEqual([])
  await fleet.stop()
})

test('an actor whose spec says stop is given up at its first bad state, and reported', async () => {
  const { state, codes } = await spoiled({ reset: 'stop' })
  expect(state).toMatchObject({ status: 'stopped' })
  expect(codes).toEqual(['TR_TURN_FAILED', 'TR_ACTOR_FAILED'])
})
