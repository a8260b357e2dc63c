import { assign, createMachine, log, raise, setup, type AnyEventObject } from 'xstate'
import { expect, test, vi } from 'vitest'
import { TurnFailed } from '../../../runtime/errors.ts'
import { accepts, describe as describeActor, fromStored, takeTurn } from '../../../runtime/statechart/index.ts'
import { define, live, metaAt, self } from './life.ts'

test('one message is one turn, with everything it raises and every eventless transition', () => {
  const machine = createMachine({
    initial: 'a',
    states: { a: { on: { go: { actions: raise({ type: 'next' }) }, next: 'b' } }, b: { always: 'c' }, c: {} },
  })
  const actor = live(define(machine))
  expect(actor.send({ type: 'go' })?.next.snapshot.value).toBe('c')
  expect(actor.last()).toMatchObject({ handled: true, sends: [], armed: [] })
})

test('an event that no transition takes leaves the state as it is and is reported as not handled', () => {
  const actor = live(define(createMachine({ context: { n: 1 }, initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } })))
  const before = actor.stored()
  expect(actor.send({ type: 'nonsense' })?.handled).toBe(false)
  expect(actor.stored()).toEqual(before)
})

test('a machine that never comes to rest fails its turn instead of freezing the worker', () => {
  const machine = createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: { always: 'b' } } })
  expect(() => live(define(machine)).send({ type: 'go' })).toThrow(/Infinite loop.*1000/)
})

test('input makes the first context, guards read it, and the output is what the final state makes of it', () => {
  const machine = setup({ types: { input: {} as { limit: number }, context: {} as { limit: number; n: number } } }).createMachine({
    context: ({ input }) => ({ limit: input.limit, n: 0 }),
    initial: 'counting',
    states: {
      counting: {
        on: { inc: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
        always: { guard: ({ context }) => context.n >= context.limit, target: 'full' },
      },
      full: { type: 'final' },
    },
    output: ({ context }) => ({ counted: context.n }),
  })
  const actor = live(define(machine), { input: { limit: 2 } })
  actor.send({ type: 'inc' })
  expect(actor.stored().status).toBe('active')
  actor.send({ type: 'inc' })
  expect(actor.stored()).toMatchObject({ status: 'done', output: { counted: 2 } })
})

test('entry and exit actions run once per turn and never on a restore', () => {
  const seen: string[] = []
  const machine = createMachine({
    initial: 'a',
    states: {
      a: { entry: () => seen.push('in a'), exit: () => seen.push('out a'), on: { go: 'b' } },
      b: { entry: () => seen.push('in b') },
    },
  })
  const actor = live(define(machine))
  actor.living()
  actor.send({ type: 'go' })
  actor.living()
  expect(seen).toEqual(['in a', 'out a', 'in b'])
})

test('a custom action that sends by itself fails the turn: its message would not be part of it', () => {
  const machine = createMachine({ on: { go: { actions: ({ self: me }) => me.send({ type: 'again' }) } } })
  expect(() => live(define(machine)).send({ type: 'go' })).toThrow(/use sendTo, raise or emit/)
})

test('a log action is handed to the kernel with its label', () => {
  const actor = live(define(createMachine({ on: { go: { actions: log(({ event }) => event.type, 'seen') } } })))
  expect(actor.send({ type: 'go' })?.logs).toEqual([{ label: 'seen', value: 'go' }])
})

test('a turn that throws leaves the actor as it was', () => {
  const machine = createMachine({
    context: { n: 0 },
    on: {
      go: {
        actions: [
          assign({ n: 1 }),
          () => {
            throw new RangeError('bad')
          },
        ],
      },
      ok: { actions: assign({ n: 2 }) },
    },
  })
  const actor = live(define(machine))
  const before = actor.living()
  const snapshot = { ...before.snapshot }
  const attempt = () => takeTurn(actor.host, before, { kind: 'event', event: { type: 'go' } }, metaAt(1))
  expect(attempt).toThrow(TurnFailed)
  expect(attempt).toThrow(expect.objectContaining({ code: 'TR_TURN_FAILED', cause: expect.any(RangeError) }))
  expect(before.snapshot).toEqual(snapshot)
  expect(actor.send({ type: 'ok' })?.next.snapshot.context).toEqual({ n: 2 })
})

test('a birth that throws is a failed turn', () => {
  const machine = createMachine({ context: ({ input }) => ({ name: (input as { name: string }).name }) })
  expect(() => live(define(machine))).toThrow(TurnFailed)
})

test('parallel regions, history and tags come through every restore', () => {
  const machine = createMachine({
    initial: 'on',
    states: {
      on: {
        type: 'parallel',
        states: {
          heat: { initial: 'low', states: { low: { on: { up: 'high' } }, high: { tags: 'hot' } } },
          fan: { initial: 'off', states: { off: { on: { blow: 'full' } }, full: {} } },
          past: { type: 'history', history: 'deep' },
        },
        on: { power: 'off' },
      },
      off: { on: { power: 'on.past' } },
    },
  })
  const actor = live(define(machine))
  for (const type of ['up', 'power', 'power']) actor.send({ type })
  expect(describeActor(actor.host, actor.living())).toMatchObject({
    value: { on: { heat: 'high', fan: 'off' } },
    tags: ['hot'],
    status: 'active',
  })
  expect([accepts(actor.host, actor.living(), { type: 'blow' }), accepts(actor.host, actor.living(), { type: 'up' })]).toEqual([
    true,
    false,
  ])
})

test('regions take their eventless transitions in document order, whether the actor was restored or not', () => {
  const machine = setup({
    types: { context: {} as { open: boolean; order: string }, events: {} as AnyEventObject },
    guards: { isOpen: ({ context }) => context.open },
    actions: { write: assign({ order: ({ context }, { name }: { name: string }) => context.order + name }) },
  }).createMachine({
    context: { open: false, order: '' },
    type: 'parallel',
    states: {
      x: {
        initial: 'a',
        states: {
          a: { on: { x: 'b' } },
          b: { always: { guard: 'isOpen', target: 'c', actions: { type: 'write', params: { name: 'x' } } } },
          c: {},
        },
      },
      y: {
        initial: 'a',
        states: {
          a: { on: { y: 'b' } },
          b: { always: { guard: 'isOpen', target: 'c', actions: { type: 'write', params: { name: 'y' } } } },
          c: {},
        },
      },
    },
    on: { open: { actions: assign({ open: true }) } },
  })
  const actor = live(define(machine))
  let kept = actor.last().next
  for (const type of ['y', 'x', 'open']) {
    actor.send({ type })
    kept = takeTurn(actor.host, kept, { kind: 'event', event: { type } }, metaAt(1))?.next ?? kept
  }
  expect(kept.snapshot.context).toEqual({ open: true, order: 'xy' })
  expect(actor.living().snapshot.context).toEqual({ open: true, order: 'xy' })
})

test('event types made up by clients leave nothing behind in memory', () => {
  const actor = live(define(createMachine({ initial: 'a', states: { a: { on: { go: 'a', 'b.*': 'a' } } } })))
  const next = vi.spyOn(Map.prototype, 'keys')
  for (let n = 0; n < 5; n++) actor.send({ type: `made.up.${n}` })
  expect(next).not.toHaveBeenCalled() // XState looks for candidates, and keeps them, with `transitions.keys()`
  expect(actor.send({ type: 'b.one' })?.handled).toBe(true)
  expect(next).toHaveBeenCalled()
  next.mockRestore()
})

test('what JSON would lose comes through: undefined, NaN, errors, dates, maps, sets, big integers', () => {
  const context = {
    u: undefined,
    n: Number.NaN,
    z: -0,
    d: new Date(5),
    m: new Map([['k', new Set([1n])]]),
    e: new RangeError('far'),
    t: { '@Date': 'not one' },
  }
  const actor = live(define(createMachine({ context, on: { go: {} } })))
  actor.send({ type: 'go' })
  expect(actor.living().snapshot.context).toEqual(context)
})

test('a state that the machine does not have is not restored but reported', () => {
  const { host, stored } = live(define(createMachine({ initial: 'a', states: { a: {} } })))
  expect(() => fromStored(host, self, { ...stored(), value: 'gone' })).toThrow(expect.objectContaining({ code: 'TR_NEEDS_MIGRATION' }))
})
