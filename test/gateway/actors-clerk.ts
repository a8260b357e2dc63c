// A small actor to inspect: it keeps words, fetches, waits, and counts in a region of its own.
import { assign, setup } from 'xstate'
import { z } from 'zod'
import { acceptsOnly } from '../../actors/accepts.ts'
import { effect } from '../../machines/authoring.ts'
import { defineActor } from '../../runtime/define-actor.ts'

interface Context {
  readonly words: readonly string[]
  readonly password: string
}

type Event =
  | { type: 'say'; word: string }
  | { type: 'login'; password: string }
  | { type: 'fetch'; n?: number }
  | { type: 'wait' }
  | { type: 'rest' }
  | { type: 'fail' }

export const fetched: string[] = []

const machine = setup({
  types: { context: {} as Context, events: {} as Event },
  actors: { fetch: effect<{ n: number }, string>() },
  guards: { isLoud: ({ event }) => event.type === 'say' && event.word === 'LOUD' },
  actions: {
    keep: assign({ words: ({ context }, { word }: { word: string }) => [...context.words, word] }),
    learn: assign({ password: ({ context, event }) => (event.type === 'login' ? event.password : context.password) }),
    breakDown: () => {
      throw new Error('the clerk broke down')
    },
  },
}).createMachine({
  id: 'clerk',
  context: { words: [], password: '' },
  initial: 'idle',
  states: {
    idle: {
      tags: 'free',
      on: {
        say: [
          { guard: 'isLoud', actions: { type: 'keep', params: { word: '(loud)' } } },
          { actions: { type: 'keep', params: ({ event }) => ({ word: event.word }) } },
        ],
        login: { actions: 'learn' },
        fetch: 'fetching',
        wait: 'waiting',
      },
    },
    fetching: {
      invoke: {
        src: 'fetch',
        input: ({ event }) => ({ n: event.type === 'fetch' ? (event.n ?? 0) : 0 }),
        onDone: { target: 'idle', actions: { type: 'keep', params: ({ event }) => ({ word: event.output }) } },
        onError: 'idle',
      },
    },
    waiting: { on: { rest: 'idle', fail: { actions: 'breakDown' } } },
  },
})

export const clerk = defineActor({
  name: 'clerk',
  version: '1',
  machine,
  effects: {
    fetch: {
      run: ({ input }) => {
        fetched.push(`${input.n}`)
        return Promise.resolve(`fetched ${input.n}`)
      },
    },
  },
  accepts: acceptsOnly({
    say: z.object({ word: z.string() }),
    login: z.object({ password: z.string() }),
    fetch: z.object({ n: z.number().optional() }),
    wait: z.object({}),
    rest: z.object({}),
    fail: z.object({}),
  }),
})

/** For commands with --module. */
export const definitions = [clerk]
