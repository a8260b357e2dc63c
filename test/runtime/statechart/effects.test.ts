import { assign, sendTo, setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { birth, errorNotice } from '../../../runtime/statechart/index.ts'
import { boss, define, live, metaAt, self } from './life.ts'

interface Got {
  readonly got: unknown
}

const working = setup({ types: { context: {} as Got }, actors: { work: effect<{ n: number }, string>() } }).createMachine({
  context: { got: undefined },
  initial: 'busy',
  states: {
    busy: {
      invoke: {
        id: 'job',
        src: 'work',
        input: { n: 7 },
        onDone: { target: 'idle', actions: assign({ got: ({ event }) => event.output }) },
        onError: { target: 'broken', actions: assign({ got: ({ event }) => event.error }) },
      },
      on: { away: 'idle' },
    },
    idle: { on: { back: 'busy' } },
    broken: {},
  },
})
const worker = define(working, { effects: ['work'] })

test('an invoked promise is an effect whose key names the incarnation', () => {
  const actor = live(worker)
  expect(actor.last().effects).toEqual([{ id: 'job', src: 'work', key: `${self}#job.0`, input: { n: 7 } }])
  expect(actor.succeed('job', 'done')?.next.snapshot).toMatchObject({ value: 'idle', context: { got: 'done' } })
})

test('leaving the invoking state cancels the effect, and its late result counts for nothing', () => {
  const actor = live(worker)
  expect(actor.send({ type: 'away' })?.cancelled).toEqual([`${self}#job.0`])
  actor.send({ type: 'back' })
  expect(actor.last().effects[0]?.key).toBe(`${self}#job.1`)
  const late = { kind: 'result', id: 'job', key: `${self}#job.0`, result: { ok: true, output: 'old' } } as const
  expect(actor.take(late)).toBeUndefined()
})

test('the result of an effect is applied once, also while its state stays', () => {
  const machine = setup({ actors: { work: effect<undefined, string>() } }).createMachine({
    context: { n: 0 },
    invoke: { id: 'job', src: 'work', onDone: { actions: assign({ n: ({ context }) => context['n'] + 1 }) } },
  })
  const actor = live(define(machine, { effects: ['work'] }))
  actor.succeed('job', 'x')
  expect(actor.stored().children['job']).toEqual({ kind: 'effect', src: 'work', address: `${self}#job.0`, ended: true })
  expect(actor.succeed('job', 'x')).toBeUndefined()
  expect(actor.stored().context).toEqual({ n: 1 })
})

test('a failed effect takes onError with an error that keeps its name, code and cause', () => {
  const actor = live(worker)
  actor.fail('job', Object.assign(new TypeError('429', { cause: 'quota' }), { code: 'RATE' }))
  const { got } = actor.living().snapshot.context as { got: Error & { code: string } }
  expect(actor.stored().value).toBe('broken')
  expect([got instanceof Error, got.name, got.message, got.code, got.cause]).toEqual([true, 'TypeError', '429', 'RATE', 'quota'])
})

test('a result that cannot be stored reaches the machine as a failure', () => {
  const actor = live(worker)
  actor.succeed('job', { socket: new AbortController() })
  expect(actor.stored().value).toBe('broken')
  expect((actor.living().snapshot.context as { got: Error }).got.message).toContain("'socket' is an instance of AbortController")
})

test('a failed effect that nobody handles ends the actor in error, which is an outcome and no throw', () => {
  const machine = setup({ actors: { work: effect<undefined, string>() } }).createMachine({
    invoke: { id: 'job', src: 'work' },
    after: { 10: {} },
  })
  const actor = live(define(machine, { effects: ['work'] }), { parent: boss })
  expect(actor.fail('job', new Error('boom'))).toMatchObject({ handled: true, sends: [], next: { children: {}, timers: {} } })
  expect(actor.stored()).toMatchObject({ status: 'error', error: { '@Error': { message: 'boom' } } })
  expect(errorNotice(actor.living())).toMatchObject({
    to: boss.address,
    event: { type: 'xstate.error.actor.worker', actorId: 'worker', error: { '@Error': { message: 'boom' } } },
  })
})

test('an actor born again numbers its children on, so nothing of its former life counts', () => {
  const { host } = live(worker)
  const again = birth(host, { address: self, input: null, counter: 5 }, metaAt(1))
  expect(again.effects[0]?.key).toBe(`${self}#job.5`)
})

test('an effect is no actor: an event sent to it fails the turn', () => {
  const machine = setup({ actors: { work: effect<undefined, string>() } }).createMachine({
    invoke: { id: 'job', src: 'work' },
    on: { go: { actions: sendTo('job', { type: 'hurry' }) } },
  })
  expect(() => live(define(machine, { effects: ['work'] })).send({ type: 'go' })).toThrow(/'hurry' is sent to 'job', which is an effect/)
})
