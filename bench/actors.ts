// The actors that are measured: as small as the promise they show allows.
import { setTimeout as wait } from 'node:timers/promises'
import { assign, setup } from 'xstate'
import { effect, reply } from '../machines/authoring.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'

/** W1: a keyed counter. Every message is applied once, in order per key, durable before the answer. */
const counterMachine = setup({
  types: { context: {} as { total: number }, events: {} as { type: 'add'; n: number } },
  actions: { add: assign({ total: ({ context, event }) => context.total + event.n }), answer: reply(({ context }) => context.total) },
}).createMachine({ id: 'counter', context: { total: 0 }, on: { add: { actions: ['add', 'answer'] } } })

export const counter = defineActor({ name: 'counter', version: '1', machine: counterMachine })

/** W2: five effects one after the other, the result of each kept before the next begins. */
const step = (id: string, next: string) =>
  ({
    invoke: {
      id,
      src: 'work',
      input: ({ context }: { context: { sum: number } }) => context.sum,
      onDone: { target: next, actions: { type: 'keep', params: ({ event }: { event: { output: number } }) => event.output } },
    },
  }) as const

const chainMachine = setup({
  types: { context: {} as { sum: number }, events: {} as { type: 'run' } },
  actors: { work: effect<number, number>() },
  actions: { keep: assign({ sum: (_, sum: number) => sum }) },
}).createMachine({
  id: 'chain',
  context: { sum: 0 },
  output: ({ context }) => context.sum,
  initial: 'ready',
  states: {
    ready: { on: { run: 'one' } },
    one: step('one', 'two'),
    two: step('two', 'three'),
    three: step('three', 'four'),
    four: step('four', 'five'),
    five: step('five', 'done'),
    done: { type: 'final' },
  },
})

export const chain = defineActor({
  name: 'chain',
  version: '1',
  machine: chainMachine,
  effects: { work: { run: ({ input }) => Promise.resolve(input + 1), pool: 'bench' } },
})

const walkStepMs = 20

/** The same with effects that take their time, so that some are under way whenever a worker drains. `ran` hears each execution's key first. */
export const walkOf = (ran: (key: string) => void): ActorDefinition =>
  defineActor({
    name: 'walk',
    version: '1',
    machine: chainMachine,
    effects: {
      work: {
        run: async ({ input, idempotencyKey, signal }) => {
          ran(idempotencyKey)
          await wait(walkStepMs, undefined, { signal })
          return input + 1
        },
        pool: 'bench',
      },
    },
  })

/** A context of 100 KB of which a turn changes 200 bytes, as a long conversation does. */
const conversationMachine = setup({
  types: {
    context: {} as { messages: readonly { readonly role: string; readonly text: string }[] },
    events: {} as { type: 'say'; text: string },
  },
  actions: {
    keep: assign({ messages: ({ context, event }) => [...context.messages, { role: 'user', text: event.text }].slice(-502) }),
    answer: reply(({ context }) => context.messages.length),
  },
}).createMachine({
  id: 'conversation',
  context: () => ({
    messages: Array.from({ length: 500 }, (_, index) => ({
      role: 'user',
      text: `message ${index} ${'lorem ipsum dolor sit amet '.repeat(7)}`.slice(0, 180),
    })),
  }),
  on: { say: { actions: ['keep', 'answer'] } },
})

export const conversation = defineActor({ name: 'conversation', version: '1', machine: conversationMachine })
