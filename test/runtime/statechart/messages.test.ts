import { assign, cancel, createMachine, emit, forwardTo, raise, sendParent, sendTo } from 'xstate'
import { expect, test } from 'vitest'
import { actorId, type ActorId } from '../../../machines/address.ts'
import { refTo, reply, replyLater, type AnyRef } from '../../../machines/authoring.ts'
import { timeOf } from '../../../machines/message.ts'
import { boss, define, fieldOf, live, self } from './life.ts'

const other = actorId('acme', 'ledger', 'main')

test('sendTo an address, a reference from an event, the parent and itself are messages', () => {
  const machine = createMachine({
    on: {
      go: {
        actions: [
          sendTo(refTo(other), { type: 'entry.add' }),
          sendTo(
            ({ event }) => fieldOf(event, 'replyTo') as AnyRef,
            ({ self: me }) => ({ type: 'here', me }),
          ),
          sendParent({ type: 'told' }),
          sendTo(({ self: me }) => me, { type: 'again' }),
        ],
      },
    },
  })
  const actor = live(define(machine), { parent: boss })
  expect(actor.send({ type: 'go', replyTo: { '@ref': 'acme/asker/7' } })?.sends).toEqual([
    { to: other, event: { type: 'entry.add' } },
    { to: 'acme/asker/7', event: { type: 'here', me: { '@ref': self } } },
    { to: boss.address, event: { type: 'told' } },
    { to: self, event: { type: 'again' } },
  ])
})

test('a reference kept in the context survives a restore and still names its actor', () => {
  const machine = createMachine({
    context: {},
    on: {
      meet: { actions: assign({ friend: ({ event }) => fieldOf(event, 'who') }) },
      greet: { actions: sendTo(({ context }) => context['friend'] as AnyRef, { type: 'hello' }) },
    },
  })
  const actor = live(define(machine))
  actor.send({ type: 'meet', who: { '@ref': other } })
  expect(actor.stored().context).toEqual({ friend: { '@ref': other } })
  expect(actor.send({ type: 'greet' })?.sends).toEqual([{ to: other, event: { type: 'hello' } }])
})

test('a message to nobody fails the turn', () => {
  const actor = live(define(createMachine({ on: { go: { actions: sendTo(() => refTo('x:0' as ActorId), { type: 'hi' }) } } })))
  expect(() => actor.send({ type: 'go' })).toThrow(/'x:0', which is not the address of an actor/)
})

test('a forwarded or emitted event carries none of the facts the kernel added', () => {
  const machine = createMachine({
    on: {
      go: {
        actions: [
          forwardTo(() => refTo(other)),
          emit(({ event }) => event),
          raise(({ event }) => ({ ...event, type: 'late' }), { delay: 5 }),
        ],
      },
    },
  })
  const outcome = live(define(machine)).send({ type: 'go', x: 1 })
  expect(outcome?.sends).toEqual([{ to: other, event: { type: 'go', x: 1 } }])
  expect(outcome?.emits).toEqual([{ type: 'go', x: 1 }])
  expect(JSON.stringify(outcome?.armed)).not.toContain('"@"')
})

test('time comes with the event, to the entry actions of the first state too', () => {
  const machine = createMachine({
    context: {},
    entry: assign({ born: ({ event }) => timeOf(event) }),
    on: { go: { actions: assign({ seen: ({ event }) => timeOf(event) }) } },
  })
  const actor = live(define(machine), { at: 42 })
  actor.take({ kind: 'event', event: { type: 'go' } }, 99)
  expect(actor.stored().context).toEqual({ born: 42, seen: 99 })
})

test('a delay fires once, when its time has come, however long the actor was away', () => {
  const machine = createMachine({ context: { n: 0 }, initial: 'a', states: { a: { after: { 500: 'b' } }, b: {} } })
  const actor = live(define(machine), { at: 1_000 })
  const id = 'xstate.after.500.(machine).a'
  expect(actor.last().armed).toEqual([{ id, timer: { n: 0, due: 1_500, to: self, event: { type: id } } }])
  const { n } = actor.stored().timers[id] ?? { n: -1 }
  expect(actor.fire(id, 999_999)?.next.snapshot.value).toBe('b')
  expect(actor.stored().timers).toEqual({})
  expect(actor.take({ kind: 'timer', id, n })).toBeUndefined()
})

test('leaving a state disarms its delay, and coming back arms another one', () => {
  const machine = createMachine({
    initial: 'a',
    states: { a: { after: { 500: 'c' }, on: { flip: 'b' } }, b: { on: { flip: 'a' } }, c: {} },
  })
  const actor = live(define(machine))
  const [former] = actor.last().armed
  expect(actor.send({ type: 'flip' })?.next.timers).toEqual({})
  actor.send({ type: 'flip' })
  expect(actor.take({ kind: 'timer', id: former?.id ?? '', n: former?.timer.n ?? -1 })).toBeUndefined()
  expect(actor.fire(former?.id ?? '')?.next.snapshot.value).toBe('c')
})

test('a delayed message to another actor becomes a message when its time has come, unless it is cancelled', () => {
  const machine = createMachine({
    on: { go: { actions: sendTo(refTo(other), { type: 'due' }, { delay: 50, id: 'reminder' }) }, never: { actions: cancel('reminder') } },
  })
  const actor = live(define(machine))
  actor.send({ type: 'go' })
  expect(actor.fire('reminder')).toMatchObject({ sends: [{ to: other, event: { type: 'due' } }], next: { timers: {} } })
  actor.send({ type: 'go' })
  expect(actor.send({ type: 'never' })?.next.timers).toEqual({})
})

test('a second timer of the same id replaces the first', () => {
  const machine = createMachine({
    context: { got: '' },
    on: {
      arm: { actions: raise(({ event }) => ({ type: 'ring', what: fieldOf(event, 'what') }), { delay: 10, id: 'bell' }) },
      ring: { actions: assign({ got: ({ event }) => fieldOf(event, 'what') as string }) },
    },
  })
  const actor = live(define(machine))
  const first = actor.send({ type: 'arm', what: 'first' })?.armed[0]
  actor.send({ type: 'arm', what: 'second' })
  expect(actor.take({ kind: 'timer', id: 'bell', n: first?.timer.n ?? -1 })).toBeUndefined()
  expect(actor.fire('bell')?.next.snapshot.context).toEqual({ got: 'second' })
})

test('a delay that is not a finite number fails the turn', () => {
  const actor = live(define(createMachine({ on: { go: { actions: raise({ type: 'x' }, { delay: () => Number.POSITIVE_INFINITY }) } } })))
  expect(() => actor.send({ type: 'go' })).toThrow(/delayed by Infinity ms/)
})

test('emits and replies come out apart, in order, encoded', () => {
  const machine = createMachine({
    on: {
      go: {
        actions: [
          emit({ type: 'seen', when: new Date(0) }),
          reply(() => 'first'),
          reply(({ event }) => fieldOf(event, 'x')),
          replyLater('m1', 7),
        ],
      },
    },
  })
  expect(live(define(machine)).send({ type: 'go', x: { '@Number': 'NaN' } })).toMatchObject({
    emits: [{ type: 'seen', when: { '@Date': '1970-01-01T00:00:00.000Z' } }],
    replies: [{ value: 'first' }, { value: { '@Number': 'NaN' } }, { value: 7, to: 'm1' }],
  })
})
