import { assign, createMachine, enqueueActions, sendTo, setup, spawnChild, stopChild } from 'xstate'
import { expect, test } from 'vitest'
import { actorId } from '../../../machines/address.ts'
import { effect, refTo, type AnyRef } from '../../../machines/authoring.ts'
import { boss, define, fieldOf, live } from './life.ts'

const kid = createMachine({ id: 'kid' })
const kidDefinition = define(kid, { name: 'kid' })

const family = setup({ actors: { kid } }).createMachine({
  context: { said: '' },
  initial: 'alone',
  states: {
    alone: { on: { have: 'parent' } },
    parent: {
      entry: sendTo('little', { type: 'welcome' }),
      exit: sendTo('little', { type: 'farewell' }),
      invoke: {
        id: 'little',
        src: 'kid',
        input: { age: 1 },
        onDone: { target: 'alone', actions: assign({ said: ({ event }) => event.output }) },
        onError: 'sad',
      },
      on: { leave: 'alone', talk: { actions: sendTo('little', { type: 'hello' }) } },
    },
    sad: {},
  },
})
const familyDefinition = define(family, { children: { kid: kidDefinition } })
const little = (n: number) => actorId('acme', 'kid', `it:k/little.${n}`)

test('an invoked machine is a child actor with its own address, greeted at birth and told farewell before it is stopped', () => {
  const actor = live(familyDefinition)
  expect(actor.send({ type: 'have' })).toMatchObject({
    spawned: [{ id: 'little', address: little(0), input: { age: 1 } }],
    sends: [{ to: little(0), event: { type: 'welcome' } }],
  })
  expect(actor.send({ type: 'talk' })?.sends).toEqual([{ to: little(0), event: { type: 'hello' } }])
  expect(actor.send({ type: 'leave' })).toMatchObject({
    stopped: [little(0)],
    sends: [{ event: { type: 'farewell' } }],
    next: { children: {} },
  })
})

test('the end of a child counts only when it comes from the present incarnation', () => {
  const actor = live(familyDefinition)
  for (const type of ['have', 'leave', 'have']) actor.send({ type })
  const done = { type: 'xstate.done.actor.little', output: 'bye', actorId: 'little' }
  expect(actor.send(done, little(0))).toBeUndefined()
  expect(actor.send(done)).toBeUndefined()
  expect(actor.send(done, little(1))?.next.snapshot).toMatchObject({ value: 'alone', context: { said: 'bye' } })
  expect(actor.last().stopped).toEqual([]) // it has ended by itself
})

test('the failure of a child takes onError, and other events of XState from outside count for nothing', () => {
  const actor = live(familyDefinition)
  actor.send({ type: 'have' })
  expect(actor.send({ type: 'xstate.stop' })).toBeUndefined()
  expect(actor.send({ type: 'xstate.error.actor.little', error: 'ill', actorId: 'little' }, little(0))?.next.snapshot.value).toBe('sad')
})

test('a child born and stopped in one turn never existed', () => {
  const machine = setup({ actors: { kid, work: effect<undefined, void>() } }).createMachine({
    initial: 'a',
    states: {
      a: { on: { go: 'b' } },
      b: {
        invoke: [
          { id: 'k', src: 'kid' },
          { id: 'w', src: 'work' },
        ],
        entry: sendTo('k', { type: 'hi' }),
        always: 'c',
      },
      c: {},
    },
  })
  const actor = live(define(machine, { effects: ['work'], children: { kid: kidDefinition } }))
  expect(actor.send({ type: 'go' })).toMatchObject({
    spawned: [],
    stopped: [],
    effects: [],
    cancelled: [],
    sends: [],
    next: { children: {} },
  })
})

interface Mine {
  readonly mine: AnyRef
}

test('children are spawned by a name known only at run time, and within an assign', () => {
  const machine = setup({ actors: { kid }, types: { context: {} as Mine } }).createMachine({
    context: { mine: refTo(little(9)) },
    on: {
      byName: { actions: enqueueActions(({ enqueue, event }) => enqueue(spawnChild(fieldOf(event, 'src') as 'kid', { id: 'named' }))) },
      inAssign: { actions: assign({ mine: ({ spawn }) => spawn('kid', { id: 'mine', input: { a: 1 } }) }) },
      talk: { actions: sendTo(({ context }) => context.mine, { type: 'hello' }) },
      drop: { actions: [stopChild('named'), stopChild(({ context }) => context.mine)] },
    },
  })
  const actor = live(define(machine, { children: { kid: kidDefinition } }))
  actor.send({ type: 'byName', src: 'kid' })
  expect(actor.last().spawned).toEqual([{ id: 'named', address: 'acme/kid/it:k/named.0', input: { '@undefined': true } }])
  actor.send({ type: 'inAssign' })
  expect(actor.last().spawned).toEqual([{ id: 'mine', address: 'acme/kid/it:k/mine.1', input: { a: 1 } }])
  expect(actor.send({ type: 'talk' })?.sends).toEqual([{ to: 'acme/kid/it:k/mine.1', event: { type: 'hello' } }])
  expect(actor.send({ type: 'drop' })?.stopped).toEqual(['acme/kid/it:k/named.0', 'acme/kid/it:k/mine.1'])
  expect(() => actor.send({ type: 'byName', src: 'nobody' })).toThrow(/spawns 'nobody'/)
})

test('a child spawned without an id is still known, and one that takes the id of another replaces it', () => {
  const machine = setup({ actors: { kid } }).createMachine({
    on: { anon: { actions: spawnChild('kid') }, same: { actions: spawnChild('kid', { id: 'one' }) } },
  })
  const actor = live(define(machine, { children: { kid: kidDefinition } }))
  actor.send({ type: 'anon' })
  actor.send({ type: 'anon' })
  expect(Object.keys(actor.stored().children)).toEqual(['kid:0', 'kid:1'])
  expect(Object.keys(actor.living().snapshot.children)).toEqual(['kid:0', 'kid:1'])
  actor.send({ type: 'same' })
  expect(actor.send({ type: 'same' })).toMatchObject({ stopped: ['acme/kid/it:k/one.2'], spawned: [{ address: 'acme/kid/it:k/one.3' }] })
})

test('the address of a child deep down fits its limit and stays the same for the same incarnation', () => {
  const long = actorId('acme', 'it', 'ä'.repeat(125))
  const born = () => live(familyDefinition, { address: long }).send({ type: 'have' })?.spawned[0]?.address ?? ''
  expect(Buffer.byteLength(born().slice('acme/kid/'.length))).toBeLessThanOrEqual(256)
  expect(born()).toBe(born())
  expect(born()).not.toContain('\uFFFD')
})

test('an actor that is done tells its parent, stops its children and disarms its timers', () => {
  const machine = setup({ actors: { kid } }).createMachine({
    invoke: { id: 'little', src: 'kid' },
    after: { 1_000: {} },
    initial: 'a',
    states: { a: { on: { end: 'z' } }, z: { type: 'final' } },
    output: { answer: 42 },
  })
  const actor = live(define(machine, { children: { kid: kidDefinition } }), { parent: boss })
  expect(actor.send({ type: 'end' })).toMatchObject({
    sends: [{ to: boss.address, event: { type: 'xstate.done.actor.worker', output: { answer: 42 }, actorId: 'worker' } }],
    stopped: [little(0)],
    next: { children: {}, timers: {} },
  })
  expect(actor.send({ type: 'more' })).toBeUndefined()
})

test('a stopped actor stops its children and tells nobody', () => {
  const actor = live(familyDefinition, { parent: boss })
  actor.send({ type: 'have' })
  expect(actor.take({ kind: 'stop' })).toMatchObject({ stopped: [little(0)], sends: [], next: { children: {} } })
  expect(actor.stored().status).toBe('stopped')
  expect(actor.take({ kind: 'stop' })).toBeUndefined()
})
