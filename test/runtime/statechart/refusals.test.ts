import {
  assign,
  cancel,
  createMachine,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  setup,
  spawnChild,
  type AnyStateMachine,
} from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { define } from './life.ts'

const work = effect<undefined, string>()
const kid = createMachine({ id: 'kid' })
const twoRegions = (target: string) =>
  createMachine({
    type: 'parallel',
    states: {
      one: { initial: 'a', states: { a: { on: { go: target } }, b: {} } },
      two: { id: 'two', initial: 'c', states: { c: {}, d: { id: 'd' } } },
    },
  })

const refused: readonly [string, AnyStateMachine, RegExp][] = [
  [
    'inline logic in an invoke',
    createMachine({ invoke: { src: fromPromise(async () => 1) } }),
    /state '\(machine\)': invokes inline logic/,
  ],
  ['inline logic in a spawn', createMachine({ entry: spawnChild(kid) }), /state '\(machine\)': spawns inline logic/],
  ['inline logic in a named action', setup({ actions: { have: spawnChild(kid) } }).createMachine({}), /action 'have': spawns inline logic/],
  [
    'systemId on an invoke',
    setup({ actors: { work } }).createMachine({ invoke: { src: 'work', systemId: 's' } }),
    /systemId is not supported/,
  ],
  [
    'systemId on a spawn',
    setup({ actors: { work } }).createMachine({ entry: spawnChild('work', { systemId: 's' }) }),
    /systemId is not supported/,
  ],
  [
    'watching the snapshots of a child',
    setup({ actors: { work } }).createMachine({ invoke: { src: 'work', onSnapshot: {} } }),
    /onSnapshot is not supported/,
  ],
  [
    'two invokes of one id that run at the same time',
    setup({ actors: { work } }).createMachine({
      invoke: { id: 'w', src: 'work' },
      initial: 'a',
      states: { a: { invoke: { id: 'w', src: 'work' } } },
    }),
    /invoke id 'w' is used by '\(machine\)' and '\(machine\).a'/,
  ],
  [
    'a handler for an event of XState by its name',
    createMachine({ on: { 'xstate.done.actor.x': {} } }),
    /handles 'xstate.done.actor.x' by name/,
  ],
  ['raising an event of XState', createMachine({ entry: raise({ type: 'xstate.done.state.x' }) }), /sends 'xstate.done.state.x'/],
  ['cancelling a delay by the name XState gave it', createMachine({ exit: cancel('xstate.after.5.x') }), /cancels 'xstate.after.5.x'/],
  ['routes', createMachine({ initial: 'a', states: { a: { id: 'a', route: {} } } }), /route is not supported/],
  [
    'a first context that cannot be stored',
    createMachine({ context: { socket: new AbortController() } }),
    /initial context: .*'socket' is an instance of AbortController/,
  ],
  [
    'a computed first context that cannot be stored',
    createMachine({ context: () => ({ deep: { f: () => 1 } }) }),
    /initial context: .*'deep.f' is a function/,
  ],
  ['a transition into a sibling region', twoRegions('#two.d'), /'go' leads to 'd' in a sibling region/],
  [
    'callback logic',
    setup({ actors: { work: fromCallback(() => {}) } }).createMachine({ invoke: { src: 'work' } }),
    /source 'work' is callback, observable or transition logic/,
  ],
  [
    'transition logic',
    setup({ actors: { work: fromTransition((state) => state, {}) } }).createMachine({ invoke: { src: 'work' } }),
    /source 'work' is callback/,
  ],
  [
    'observable logic',
    setup({ actors: { work: fromObservable(() => ({ subscribe: () => ({ unsubscribe() {} }) })) } }).createMachine({
      invoke: { src: 'work' },
    }),
    /source 'work' is callback, observable/,
  ],
  ['an action without implementation', createMachine({ entry: 'missing' }), /action 'missing' is not implemented/],
  [
    'a guard without implementation',
    createMachine({ on: { go: { guard: { type: 'missing' }, actions: [] } } }),
    /guard 'missing' is not implemented/,
  ],
  [
    'a delay without implementation',
    createMachine({ initial: 'a', states: { a: { after: { missing: {} } } } }),
    /delay 'missing' is not implemented/,
  ],
]

for (const [what, machine, reason] of refused)
  test(`${what} is refused at registration`, () => {
    expect(() => prepare(define(machine, { effects: ['work'] }))).toThrow(reason)
  })

test('a source that has neither an effect nor a child is refused, declared or only used', () => {
  const declared = setup({ actors: { work, kid } }).createMachine({})
  expect(() => prepare(define(declared))).toThrow(/2 faults:\n- source 'work' has no effect and no child.*\n- source 'kid'/)
  expect(() => prepare(define(createMachine({ invoke: { src: 'used' } })))).toThrow(/source 'used' has no effect/)
})

test('a source that is both an effect and a child is refused', () => {
  const machine = setup({ actors: { kid } }).createMachine({})
  expect(() => prepare(define(machine, { effects: ['kid'], children: { kid: define(kid) } }))).toThrow(/both an effect and a child/)
})

test('all faults come in one error, those of children with them', () => {
  const broken = createMachine({ on: { 'xstate.stop': {} } })
  const machine = setup({ actors: { kid: broken } }).createMachine({ on: { go: { guard: 'missing' as never } }, context: { f: () => 1 } })
  const attempt = () => prepare(define(machine, { name: 'no good', children: { kid: define(broken, { name: 'kid' }) } }))
  expect(attempt).toThrow(expect.objectContaining({ code: 'TR_DEFINITION_INVALID' }))
  expect(attempt).toThrow(
    /4 faults:\n- name: .*\n- .*guard 'missing'.*\n- initial context.*\n- child 'kid': registering actor 'kid': 1 fault:\n- state .* handles 'xstate.stop'/,
  )
})

test('what looks like a refusal but is sound is accepted', () => {
  const exclusive = setup({ actors: { work }, delays: { soon: 5 } }).createMachine({
    context: ({ input }) => ({ name: (input as { name: string }).name, since: new Date(0), none: undefined }),
    entry: assign({ since: new Date(1) }),
    initial: 'a',
    states: {
      a: { invoke: { id: 'w', src: 'work', onDone: 'b', onError: 'b' }, after: { soon: 'b', 100: 'b' } },
      b: { invoke: { id: 'w', src: 'work', onDone: 'a' } },
    },
  })
  const definition = define(exclusive, { effects: ['work'] })
  expect(prepare(definition)).toBe(prepare(definition))
  expect(() => prepare(define(twoRegions('b')))).not.toThrow()
})
