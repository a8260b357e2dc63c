// Actors
// What the load of a chaos run is made of: counters that keep a digest of all they applied, accounts that pay each other, chains of effects, naps.
import { assign, enqueueActions, setup } from 'xstate'
import { actorId, parseActorId } from '../../machines/address.ts'
import { effect, refTo, reply } from '../../machines/authoring.ts'
import { defineActor, type ActorDefinition } from '../../runtime/define-actor.ts'
import { digestOf } from './history.ts'

export interface CounterState {
  readonly count: number
  readonly digest: number
}

type CounterEvent =
  /** `holdMs`: how long the turn holds its worker. */
  | { readonly type: 'add'; readonly op: string; readonly holdMs?: number }
  | { readonly type: 'boom'; readonly op: string }
  /** Ends the process in the middle of the turn. */
  | { readonly type: 'exit'; readonly op: string }
  /** Allocates until the process is out of memory. */
  | { readonly type: 'hog'; readonly op: string }
  | { readonly type: 'rest'; readonly op: string }

function counterMachine(version: string) {
  return setup({
    types: { context: {} as CounterState, events: {} as CounterEvent },
    actions: {
      add: assign(({ context, event }) => {
        if (event.type === 'add' && event.holdMs !== undefined) hold(event.holdMs)
        return { count: context.count + 1, digest: digestOf(context.digest, event.op) }
      }),
      answer: reply(({ context: { count, digest } }) => ({ count, digest, version })),
      boom: assign(() => {
        throw new Error('boom')
      }),
      exit: () => process.exit(70),
      hog: () => {
        const hoard: number[][] = []
        for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => index + hoard.length))
      },
    },
  }).createMachine({
    id: 'counter',
    context: { count: 0, digest: 0 },
    initial: 'counting',
    states: {
      counting: {
        on: {
          add: { actions: ['add', 'answer'] },
          boom: { actions: 'boom' },
          exit: { actions: 'exit' },
          hog: { actions: 'hog' },
          ...(version !== '1' && { rest: 'resting' }),
        },
      },
      // What version 2 adds: every state of version 1 fits it, and the other way round while nobody rests.
      ...(version !== '1' && { resting: { on: { add: { target: 'counting', actions: ['add', 'answer'] } } } }),
    },
  })
}

/** Nothing else happens in this process meanwhile, as if it computed; but it takes no processor from the rest of the run, so what a fleet can do depends on no other load. */
function hold(ms: number): void {
  Atomics.wait(holding, 0, 0, ms)
}

const holding = new Int32Array(new SharedArrayBuffer(4))

export interface AccountState {
  readonly key: string
  readonly balance: number
}

const accountMachine = setup({
  types: {
    context: {} as AccountState,
    input: {} as { tenant: string; key: string },
    events: {} as { type: 'pay'; op: string; to: string; amount: number } | { type: 'credit'; op: string; amount: number },
  },
  actions: {
    pay: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'pay') return
      const to = parseActorId(event.to)
      if (!to) return
      enqueue.sendTo(refTo(actorId(to.tenant, to.type, to.key)), () => ({ type: 'credit', op: event.op, amount: event.amount }))
      enqueue.assign({ balance: context.balance - event.amount })
    }),
    credit: assign({ balance: ({ context, event }) => context.balance + (event.type === 'credit' ? event.amount : 0) }),
  },
}).createMachine({
  id: 'account',
  context: ({ input }) => ({ key: input.key, balance: 0 }),
  on: { pay: { actions: 'pay' }, credit: { actions: 'credit' } },
})

export interface ChainState {
  readonly todo: readonly string[]
  readonly done: number
}

const chainMachine = setup({
  types: { context: {} as ChainState, events: {} as { type: 'go'; op: string; steps: number } },
  actors: { step: effect<string, string>() },
  actions: {
    plan: assign(({ context, event }) => ({
      todo: [...context.todo, ...Array.from({ length: event.type === 'go' ? event.steps : 0 }, (_, index) => `${event.op}.${index}`)],
    })),
    keep: assign(({ context }) => ({ todo: context.todo.slice(1), done: context.done + 1 })),
  },
}).createMachine({
  id: 'chain',
  context: { todo: [], done: 0 },
  initial: 'idle',
  on: { go: { actions: 'plan' } },
  states: {
    idle: { on: { go: { target: 'stepping', actions: 'plan' } } },
    stepping: {
      invoke: {
        id: 'step',
        src: 'step',
        input: ({ context }) => context.todo[0] ?? '',
        onDone: [
          { guard: ({ context }) => context.todo.length > 1, target: 'stepping', reenter: true, actions: 'keep' },
          { target: 'idle', actions: 'keep' },
        ],
      },
    },
  },
})

/** One actor a nap: its only timer is the nap's. */
const sleeperMachine = setup({
  types: { context: {} as { ms: number }, events: {} as { type: 'nap'; op: string; ms: number } },
  delays: { nap: ({ context }) => context.ms },
}).createMachine({
  id: 'sleeper',
  context: { ms: 0 },
  initial: 'awake',
  states: {
    awake: { on: { nap: { target: 'asleep', actions: assign({ ms: ({ event }) => event.ms }) } } },
    asleep: { after: { nap: 'rested' } },
    rested: {},
  },
})

export interface Workshop {
  readonly version: string
  /** Called when an effect runs, before anything else: its key. */
  ran(key: string): void
}

export function definitionsFor({ version, ran }: Workshop): readonly ActorDefinition[] {
  const step = {
    run: async ({ idempotencyKey, signal, input }: { idempotencyKey: string; signal: AbortSignal; input: string }): Promise<string> => {
      ran(idempotencyKey)
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, stepMs)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          reject(new Error('aborted'))
        })
      })
      return input
    },
  }
  return [
    defineActor({ name: 'counter', version, machine: counterMachine(version) }),
    defineActor({ name: 'account', version: '1', machine: accountMachine }),
    defineActor({ name: 'chain', version: '1', machine: chainMachine, effects: { step } }),
    defineActor({ name: 'sleeper', version: '1', machine: sleeperMachine }),
  ]
}

const stepMs = 20
