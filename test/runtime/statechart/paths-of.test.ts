import { assign, createMachine, setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { timeOf } from '../../../machines/message.ts'
import { everyPathReplays } from '../../../runtime/testing/index.ts'
import { define } from './life.ts'

const kid = createMachine({ id: 'kid' })
const machine = setup({
  types: { context: {} as { tries: number; since: number; text: string } },
  actors: { ask: effect<undefined, { text: string }>(), kid },
}).createMachine({
  id: 'agent',
  context: { tries: 0, since: 0, text: '' },
  initial: 'asking',
  states: {
    asking: {
      entry: assign({ tries: ({ context }) => context.tries + 1, since: ({ event }) => timeOf(event) }),
      invoke: {
        id: 'ask',
        src: 'ask',
        onDone: [
          { guard: ({ event }) => event.output.text !== '', target: 'helped', actions: assign({ text: ({ event }) => event.output.text }) },
          { target: 'failed' },
        ],
        onError: [{ guard: ({ context }) => context.tries < 3, target: 'waiting' }, { target: 'failed' }],
      },
      after: { 5_000: 'failed' },
      on: { cancel: 'failed' },
    },
    waiting: { after: { 100: 'asking' } },
    helped: { invoke: { id: 'kid', src: 'kid', onDone: 'done', onError: 'failed' } },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
})
const definition = define(machine, { name: 'agent', effects: ['ask'], children: { kid: define(kid, { name: 'kid' }) } })
const options = {
  events: [{ type: 'cancel' }],
  outputs: { ask: [{ text: 'yes' }, { text: '' }] },
  key: ({ tries }: { tries: number }) => tries,
}

test('every path of a machine with effects, children, delays and retries replays through hosted turns', () => {
  const { paths, steps } = everyPathReplays(definition, options)
  expect(paths).toBeGreaterThan(8)
  expect(steps).toBeGreaterThan(paths)
})

test('a state that no path reaches fails the test unless it is named', () => {
  expect(() => everyPathReplays(definition, { ...options, outputs: { ask: [{ text: '' }] } })).toThrow(/agent\.done/)
  everyPathReplays(definition, { ...options, outputs: { ask: [{ text: '' }] }, unreachable: ['agent.helped', 'agent.done'] })
})
