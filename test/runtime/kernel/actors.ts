// Small actors that kernel tests are told with.
import { assign, emit, sendTo, setup } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { effect, refTo, reply } from '../../../machines/authoring.ts'
import { defineActor, type EffectRun } from '../../../runtime/define-actor.ts'

const counterMachine = setup({
  types: { context: {} as { total: number }, events: {} as { type: 'add'; n: number } | { type: 'boom' } | { type: 'finish' } },
  actions: {
    add: assign({ total: ({ context, event }) => context.total + (event.type === 'add' ? event.n : 0) }),
    answer: reply(({ context }) => ({ total: context.total })),
    throwInAssign: assign(() => {
      throw new Error('boom')
    }),
  },
}).createMachine({
  id: 'counter',
  context: { total: 0 },
  initial: 'counting',
  states: {
    counting: { on: { add: { actions: ['add', 'answer'] }, boom: { actions: 'throwInAssign' }, finish: 'finished' } },
    finished: { type: 'final' },
  },
  output: ({ context }) => ({ total: context.total }),
})

export const counter = defineActor({
  name: 'counter',
  version: '1',
  machine: counterMachine,
  accepts: (event) => (event.type === 'add' && typeof event['n'] !== 'number' ? 'add needs a number n' : undefined),
})

/** Accounts that pay each other: what leaves one arrives at the other, once. */
const accountMachine = setup({
  types: {
    context: {} as { balance: number; received: number },
    events: {} as { type: 'pay'; to: string; amount: number } | { type: 'credit'; amount: number },
  },
  actions: {
    debit: assign({ balance: ({ context, event }) => context.balance - (event.type === 'pay' ? event.amount : 0) }),
    credit: assign({
      balance: ({ context, event }) => context.balance + (event.type === 'credit' ? event.amount : 0),
      received: ({ context }) => context.received + 1,
    }),
    transfer: sendTo(
      ({ event }) => refTo(actorId('bank', 'account', event.type === 'pay' ? event.to : '')),
      ({ event }) => ({ type: 'credit', amount: event.type === 'pay' ? event.amount : 0 }),
    ),
  },
}).createMachine({
  id: 'account',
  context: { balance: 100, received: 0 },
  on: { pay: { actions: ['debit', 'transfer'] }, credit: { actions: 'credit' } },
})

/** Pays, and then keeps what cannot be stored: its turn must leave nothing behind, not even a number of a channel. */
const spoilerMachine = setup({
  types: { context: {} as { kept: (() => string) | undefined }, events: {} as { type: 'pay' } | { type: 'spoil' } },
  actions: {
    credit: sendTo(
      () => refTo(actorId('bank', 'account', 'a')),
      () => ({ type: 'credit', amount: 1 }),
    ),
    spoil: assign({ kept: () => () => 'a function' }),
  },
}).createMachine({
  id: 'spoiler',
  context: { kept: undefined },
  on: { pay: { actions: 'credit' }, spoil: { actions: ['credit', 'spoil'] } },
})
export const spoiler = defineActor({ name: 'spoiler', version: '1', machine: spoilerMachine })

export const account = defineActor({ name: 'account', version: '1', machine: accountMachine })

const fetcherMachine = setup({
  types: {
    context: {} as { result: string | undefined; why: string | undefined },
    events: {} as { type: 'go'; what: string } | { type: 'leave' } | { type: 'status' },
  },
  actors: { fetch: effect<{ what: string }, string>() },
  actions: {
    remember: assign({ result: (_, given: { result: string }) => given.result }),
    complain: assign({ why: (_, given: { why: string }) => given.why }),
    say: emit(({ context }) => ({ type: 'fetched', result: context.result })),
    status: reply(({ context }) => context),
  },
}).createMachine({
  id: 'fetcher',
  context: { result: undefined, why: undefined },
  initial: 'idle',
  on: { status: { actions: 'status' } },
  states: {
    idle: { on: { go: 'fetching' } },
    fetching: {
      invoke: {
        id: 'fetch',
        src: 'fetch',
        input: ({ event }) => ({ what: event.type === 'go' ? event.what : '' }),
        onDone: { target: 'done', actions: [{ type: 'remember', params: ({ event }) => ({ result: event.output }) }, 'say'] },
        onError: { target: 'idle', actions: { type: 'complain', params: ({ event }) => ({ why: (event.error as Error).message }) } },
      },
      on: { leave: 'idle' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => context.result,
})

export const fetcher = (run: EffectRun<{ what: string }, string>, policy: object = {}) =>
  defineActor({ name: 'fetcher', version: '1', machine: fetcherMachine, effects: { fetch: { run, ...policy } } })

const sleeperMachine = setup({
  types: { context: {} as { rings: number } },
  actions: { ring: assign({ rings: ({ context }) => context.rings + 1 }) },
}).createMachine({
  id: 'sleeper',
  context: { rings: 0 },
  initial: 'asleep',
  states: {
    asleep: { on: { nudge: 'waiting' } },
    waiting: { after: { 60_000: { target: 'asleep', actions: 'ring' } }, on: { cancel: 'asleep' } },
  },
})
export const sleeper = defineActor({ name: 'sleeper', version: '1', machine: sleeperMachine })

/** A parent with one child that works or fails as told. */
const childMachine = setup({
  types: {
    context: {} as { n: number },
    input: {} as { n: number },
    output: {} as number,
    events: {} as { type: 'work' } | { type: 'break' },
  },
  actions: {
    breakDown: assign(() => {
      throw new Error('the child is broken')
    }),
  },
}).createMachine({
  id: 'child',
  context: ({ input }) => ({ n: input.n }),
  initial: 'working',
  states: { working: { on: { work: 'done', break: { actions: 'breakDown' } } }, done: { type: 'final' } },
  output: ({ context }) => context.n * 10,
})
const parentMachine = setup({
  types: {
    context: {} as { results: number[]; failed: string[] },
    events: {} as { type: 'start'; n: number } | { type: 'work' } | { type: 'break' } | { type: 'stop' },
  },
  actors: { child: childMachine },
  actions: {
    keep: assign({ results: ({ context }, given: { output: number }) => [...context.results, given.output] }),
    note: assign({ failed: ({ context }, given: { why: string }) => [...context.failed, given.why] }),
    forwardWork: sendTo('kid', { type: 'work' }),
    forwardBreak: sendTo('kid', { type: 'break' }),
  },
}).createMachine({
  id: 'parent',
  context: { results: [], failed: [] },
  initial: 'idle',
  states: {
    idle: { on: { start: 'busy' } },
    busy: {
      invoke: {
        id: 'kid',
        src: 'child',
        input: ({ event }) => ({ n: event.type === 'start' ? event.n : 0 }),
        onDone: { target: 'idle', actions: { type: 'keep', params: ({ event }) => ({ output: event.output }) } },
        onError: { target: 'idle', actions: { type: 'note', params: ({ event }) => ({ why: (event.error as Error).message }) } },
      },
      on: { work: { actions: 'forwardWork' }, break: { actions: 'forwardBreak' }, stop: 'idle' },
    },
  },
})
export const child = defineActor({
  name: 'child',
  version: '1',
  machine: childMachine,
  createdByMessage: false,
  supervision: { failingMessagesMax: 2, intensity: { restarts: 1, withinMs: 60_000 } },
})
export const parent = defineActor({ name: 'parent', version: '1', machine: parentMachine, children: { child } })
