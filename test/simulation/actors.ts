// Actors
// The small actors that a simulation's load is made of. Effects wait by the clock of the worker that runs them.
import { assign, enqueueActions, sendTo, setup } from 'xstate'
import { actorId } from '../../machines/address.ts'
import { effect, refTo, reply, replyLater } from '../../machines/authoring.ts'
import { metaOf } from '../../machines/message.ts'
import { defineActor, type ActorDefinition, type EffectContext } from '../../runtime/define-actor.ts'
import type { Workshop } from '../../runtime/testing/processes.ts'
import { bankActors } from './bank.ts'
import { crewActors } from './crew.ts'
import { chartActors } from './charts.ts'

/** Counts, answers at once or later, breaks when told, and holds on to text. */
const counterMachine = setup({
  types: {
    context: {} as { total: number; times: number; waiting: string[]; texts: string[] },
    events: {} as
      | { type: 'add'; n: number }
      | { type: 'later' }
      | { type: 'settle' }
      | { type: 'boom' }
      | { type: 'keep'; text: string }
      | { type: 'clear' }
      | { type: 'spoil' },
  },
  actions: {
    add: assign(({ context, event }) => ({ total: context.total + (event.type === 'add' ? event.n : 0), times: context.times + 1 })),
    answer: reply(({ context }) => context.total),
    wait: assign({ waiting: ({ context, event }) => [...context.waiting, metaOf(event)?.id ?? ''] }),
    settle: enqueueActions(({ context, enqueue }) => {
      for (const id of context.waiting) enqueue(replyLater(id, context.total))
      enqueue.assign({ waiting: [] })
    }),
    boom: assign(() => {
      throw new Error('boom')
    }),
    keep: assign({ texts: ({ context, event }) => (event.type === 'keep' ? [...context.texts, event.text] : context.texts) }),
    clear: assign({ texts: [] }),
    spoil: assign({ texts: () => [(() => '') as unknown as string] }),
  },
}).createMachine({
  id: 'counter',
  context: { total: 0, times: 0, waiting: [], texts: [] },
  on: {
    add: { actions: ['add', 'answer'] },
    later: { actions: 'wait' },
    settle: { actions: ['settle', 'answer'] },
    boom: { actions: 'boom' },
    keep: { actions: ['keep', 'answer'] },
    clear: { actions: 'clear' },
    spoil: { actions: 'spoil' },
  },
})

/** Pays others: what leaves one arrives at another, once. */
const accountMachine = setup({
  types: {
    context: {} as { balance: number; paid: number; received: number },
    events: {} as { type: 'pay'; to: string[]; amount: number } | { type: 'credit'; amount: number },
  },
  actions: {
    pay: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'pay') return
      for (const to of event.to) enqueue.sendTo(refTo(actorId('sim', 'account', to)), () => ({ type: 'credit', amount: event.amount }))
      enqueue.assign({ balance: context.balance - event.amount * event.to.length, paid: context.paid + event.to.length })
    }),
    credit: assign(({ context, event }) => ({
      balance: context.balance + (event.type === 'credit' ? event.amount : 0),
      received: context.received + 1,
    })),
  },
}).createMachine({
  id: 'account',
  context: { balance: 0, paid: 0, received: 0 },
  on: { pay: { actions: 'pay' }, credit: { actions: 'credit' } },
})

/** A chain of effects, one after the other; `leave` breaks it off. */
const chainMachine = setup({
  types: {
    context: {} as { left: number; round: number; results: string[]; failed: number },
    events: {} as { type: 'go'; steps: number } | { type: 'leave' } | { type: 'ping' },
  },
  actors: { step: effect<{ round: number; left: number }, string>() },
  actions: {
    begin: assign(({ context, event }) => ({ left: event.type === 'go' ? event.steps : 0, round: context.round + 1 })),
    keep: assign(({ context }, given: { output: string }) => ({ left: context.left - 1, results: [...context.results, given.output] })),
    fail: assign({ failed: ({ context }) => context.failed + 1 }),
    answer: reply(({ context }) => context.results.length),
  },
}).createMachine({
  id: 'chain',
  context: { left: 0, round: 0, results: [], failed: 0 },
  initial: 'idle',
  on: { ping: { actions: 'answer' } },
  states: {
    idle: { on: { go: { target: 'stepping', actions: 'begin' } } },
    stepping: {
      invoke: {
        id: 'step',
        src: 'step',
        input: ({ context }) => ({ round: context.round, left: context.left }),
        onDone: [
          {
            guard: ({ context }) => context.left > 1,
            target: 'stepping',
            reenter: true,
            actions: { type: 'keep', params: ({ event }) => ({ output: event.output }) },
          },
          { target: 'idle', actions: { type: 'keep', params: ({ event }) => ({ output: event.output }) } },
        ],
        onError: { target: 'idle', actions: 'fail' },
      },
      on: { leave: 'idle' },
    },
  },
})

/** Does one thing and is done: an ask is answered at its end. */
const jobMachine = setup({
  types: { context: {} as { what: number }, events: {} as { type: 'do'; what: number }, output: {} as string },
  actors: { step: effect<{ round: number; left: number }, string>() },
}).createMachine({
  id: 'job',
  context: { what: 0 },
  initial: 'new',
  states: {
    new: { on: { do: { target: 'doing', actions: assign({ what: ({ event }) => event.what }) } } },
    doing: {
      invoke: { id: 'step', src: 'step', input: ({ context }) => ({ round: context.what, left: 0 }), onDone: 'done', onError: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => `done ${context.what}`,
})

/** Waits as long as told, twice over; and has something said later to a counter. */
const sleeperMachine = setup({
  types: {
    context: {} as { ms: number; rings: number },
    events: {} as { type: 'nudge'; ms: number } | { type: 'cancel' } | { type: 'post'; to: string; ms: number },
  },
  delays: { nap: ({ context }) => context.ms },
  actions: {
    ring: assign({ rings: ({ context }) => context.rings + 1 }),
    post: sendTo(
      ({ event }) => refTo(actorId('sim', 'counter', event.type === 'post' ? event.to : '')),
      () => ({ type: 'add', n: 1 }),
      { delay: ({ event }) => (event.type === 'post' ? event.ms : 0) },
    ),
  },
}).createMachine({
  id: 'sleeper',
  context: { ms: 0, rings: 0 },
  initial: 'asleep',
  on: { post: { actions: 'post' } },
  states: {
    asleep: { on: { nudge: { target: 'waiting', actions: assign({ ms: ({ event }) => event.ms }) } } },
    waiting: { after: { nap: { target: 'dozing', actions: 'ring' } }, on: { cancel: 'asleep' } },
    dozing: { after: { nap: { target: 'asleep', actions: 'ring' } } },
  },
})

/** A child that works, breaks, and sometimes cannot even be born; it has a child of its own. */
const leafMachine = setup({ types: { events: {} as { type: 'stay' } } }).createMachine({
  id: 'leaf',
  initial: 'up',
  states: { up: { after: { 4_000: 'done' } }, done: { type: 'final' } },
})
const childMachine = setup({
  types: {
    context: {} as { n: number; worked: number },
    input: {} as { n: number },
    output: {} as number,
    events: {} as { type: 'work' } | { type: 'break' } | { type: 'end' },
  },
  actors: { leaf: leafMachine },
  actions: {
    stumble: ({ event }) => {
      if ((metaOf(event)?.random ?? 1) < 0.3) throw new Error('stumbled')
    },
    work: assign({ worked: ({ context }) => context.worked + 1 }),
    breakDown: assign(() => {
      throw new Error('broken')
    }),
  },
}).createMachine({
  id: 'child',
  context: ({ input }) => ({ n: input.n, worked: 0 }),
  initial: 'working',
  states: {
    working: {
      entry: 'stumble',
      invoke: { id: 'leaf', src: 'leaf', onDone: 'resting' },
      on: { work: { actions: 'work' }, break: { actions: 'breakDown' }, end: 'done' },
    },
    resting: { on: { work: { actions: 'work' }, break: { actions: 'breakDown' }, end: 'done' } },
    done: { type: 'final' },
  },
  output: ({ context }) => context.n,
})
const parentMachine = setup({
  types: {
    context: {} as { started: number; ended: number; failed: number },
    events: {} as { type: 'start' } | { type: 'work' } | { type: 'break' } | { type: 'end' } | { type: 'stop' },
  },
  actors: { child: childMachine },
  actions: {
    start: assign({ started: ({ context }) => context.started + 1 }),
    ended: assign({ ended: ({ context }) => context.ended + 1 }),
    failed: assign({ failed: ({ context }) => context.failed + 1 }),
    work: sendTo('kid', { type: 'work' }),
    break: sendTo('kid', { type: 'break' }),
    end: sendTo('kid', { type: 'end' }),
  },
}).createMachine({
  id: 'parent',
  context: { started: 0, ended: 0, failed: 0 },
  initial: 'idle',
  states: {
    idle: { on: { start: { target: 'busy', actions: 'start' } } },
    busy: {
      invoke: {
        id: 'kid',
        src: 'child',
        input: ({ context }) => ({ n: context.started }),
        onDone: { target: 'idle', actions: 'ended' },
        onError: { target: 'idle', actions: 'failed' },
      },
      on: { work: { actions: 'work' }, break: { actions: 'break' }, end: { actions: 'end' }, stop: 'idle' },
    },
  },
})

export function actorsFor(workshop: Workshop): readonly ActorDefinition[] {
  const work = <Output>({ idempotencyKey, signal }: EffectContext<unknown>, output: Output): Promise<Output> => {
    const { clock, dice } = workshop
    workshop.tell(`runs ${idempotencyKey}`)
    const ms = dice.chance(0.05) ? 5_000 : dice.chance(0.5) ? 0 : dice.between(1, 600)
    const fails = dice.chance(0.15)
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => (fails ? reject(new Error('no luck')) : resolve(output)))
      signal.addEventListener('abort', cancel)
    })
  }
  const run = (context: EffectContext<{ round: number; left: number }>): Promise<string> =>
    work(context, `${context.input.round}.${context.input.left}`)
  const step = { run, attemptsMax: 2, backoffMs: 50 }
  const backoff = { baseMs: 300, factor: 2, maxMs: 1_500, jitter: 0.2 }
  const leaf = defineActor({ name: 'leaf', version: '1', machine: leafMachine, createdByMessage: false })
  const child = defineActor({
    name: 'child',
    version: '1',
    machine: childMachine,
    children: { leaf },
    createdByMessage: false,
    supervision: { failingMessagesMax: 1, intensity: { restarts: 2, withinMs: 10_000 }, backoff },
  })
  return [
    defineActor({
      name: 'counter',
      version: '1',
      machine: counterMachine,
      supervision: { failingMessagesMax: 2, intensity: { restarts: 3, withinMs: 3_000 }, backoff },
      accepts: (event) => (event.type === 'add' && typeof event['n'] !== 'number' ? 'add needs a number n' : undefined),
    }),
    defineActor({ name: 'account', version: '1', machine: accountMachine }),
    defineActor({ name: 'chain', version: '1', machine: chainMachine, effects: { step } }),
    defineActor({ name: 'job', version: '1', machine: jobMachine, effects: { step } }),
    defineActor({ name: 'sleeper', version: '1', machine: sleeperMachine }),
    defineActor({ name: 'parent', version: '1', machine: parentMachine, children: { child } }),
    ...bankActors(),
    ...crewActors(),
    ...chartActors((context) => work(context, workshop.dice.between(0, 49))),
  ]
}
