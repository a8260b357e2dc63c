import { assign, setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { defineActor, type EffectRun } from '../../../runtime/define-actor.ts'
import { NotStorable } from '../../../runtime/errors.ts'
import { startFleet } from '../../support/fleet.ts'

/** Keeps what its effect gave, or why it failed, just as it came. */
const machine = setup({
  types: { context: {} as { came: unknown; why: unknown } },
  actors: { work: effect<undefined, unknown>() },
  actions: {
    keep: assign({ came: (_, given: { output: unknown }) => given.output }),
    note: assign({ why: (_, given: { error: unknown }) => given.error }),
  },
}).createMachine({
  id: 'worker',
  context: { came: 'nothing yet', why: 'nothing yet' },
  initial: 'idle',
  states: {
    idle: { on: { go: 'working' } },
    working: {
      invoke: {
        id: 'work',
        src: 'work',
        onDone: { target: 'done', actions: { type: 'keep', params: ({ event }) => ({ output: event.output }) } },
        onError: { target: 'failed', actions: { type: 'note', params: ({ event }) => ({ error: event.error }) } },
      },
    },
    done: { on: { go: 'working' } },
    failed: { on: { go: 'working' } },
  },
})

const cyclic = (): unknown => {
  const ring: { self?: unknown } = {}
  ring.self = ring
  return ring
}

const failing = (error: unknown): Promise<never> => new Promise((_, reject) => reject(error))

/** The state of an actor once its effect, with this body, has ended; with whatever it ended, nobody else is hurt. */
async function after(body: EffectRun<undefined, unknown>) {
  const actor = defineActor({ name: 'worker', version: '1', machine, effects: { work: { run: body, timeoutMs: 5_000 } } })
  const fleet = await startFleet({ definitions: [actor] })
  fleet.send('main/worker/a', { type: 'go' })
  await fleet.settle()
  const { state } = await fleet.query('main/worker/a')
  expect(fleet.deadLetters()).toEqual([])
  expect(fleet.owned()).toBe(fleet.server.partitions)
  await fleet.stop()
  return { value: state?.value, came: state?.context['came'], why: state?.context['why'] }
}

const failure = (name: string, message: string) => ({
  value: 'failed',
  came: 'nothing yet',
  why: { '@Error': expect.objectContaining({ name, message: expect.stringContaining(message) }) },
})

test.each<[what: string, body: EffectRun<undefined, unknown>, ending: object]>([
  ['gives a function', async () => () => 1, failure('NotStorable', 'it is a function')],
  ['gives an instance of a class', async () => ({ list: [new AbortController()] }), failure('NotStorable', "'list.0' is an instance of")],
  ['gives a cycle', async () => cyclic(), failure('NotStorable', 'probably a cycle')],
  ['gives 10 MB', async () => 'x'.repeat(10_000_000), failure('ResultTooLarge', 'the limit is 524288')],
  ['fails with 10 MB', () => failing(new Error('x'.repeat(10_000_000))), failure('ResultTooLarge', 'the limit is 524288')],
  ['fails with a cycle', () => failing(cyclic()), failure('NotStorable', 'probably a cycle')],
  ['never settles', () => new Promise(() => {}), failure('EffectTimeout', 'no result and no heartbeat for 5000 ms')],
  ['tells a cycle as its progress', async ({ progress }) => progress(cyclic()), failure('TypeError', 'circular')],
  [
    'throws before it has a promise',
    () => {
      throw new RangeError('no such page')
    },
    failure('RangeError', 'no such page'),
  ],
  ['fails with a text', () => failing('out of paper'), { value: 'failed', why: 'out of paper' }],
  ['fails with nothing', () => failing(undefined), { value: 'failed', why: { '@undefined': true } }],
  ['fails with null', () => failing(null), { value: 'failed', why: null }],
  ['gives nothing', async () => undefined, { value: 'done', came: { '@undefined': true } }],
])('an effect that %s ends with an event for its machine, and hurts nobody else', async (_what, body, ending) => {
  expect(await after(body)).toMatchObject(ending)
})

test('where a value cannot be stored is said in a few words, however deep it is', () => {
  expect(new NotStorable(Array<string>(200).fill('self'), 'nested deeper than 200').message).toMatch(
    /^storing a value: '(self\.){8}…' is nested/,
  )
})
