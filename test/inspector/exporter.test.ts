// The chart of a machine, held to the machine as XState made it ready: every state, every transition, every guard.
import fc from 'fast-check'
import { and, createMachine, not, or } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { childNodes, nodesOf, targetIds, transitionsOf } from '../../runtime/statechart/structure.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { allStates, allTransitions } from './coverage.ts'

test('a chart has every state and every transition of a machine, each transition with a name of its own', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 200 }), (seed, states) => {
      const machine = generatedMachine(seed, states)
      const { root } = chartOf(machine)
      const nodes = nodesOf(machine.root)
      expect(allStates(root).map(({ id, type, states: inner }) => [id, type, inner.length])).toEqual(
        nodes.map((node) => [node.id, node.type, childNodes(node).length]),
      )
      const drawn = allTransitions(root)
      expect(new Set(drawn.map(({ id }) => id)).size).toBe(drawn.length)
      const exported = drawn
        .filter(({ kind }) => kind !== 'default')
        .map(({ event, targets, guard, reenter }) => [event, targets, guard !== undefined, reenter])
      const real = nodes.flatMap(transitionsOf).map((one) => [one.eventType, targetIds(one), one.guard !== undefined, one.reenter])
      expect(exported).toEqual(real)
      expect(JSON.parse(JSON.stringify(root))).toEqual(root)
    }),
    { numRuns: 40 },
  )
})

const machine = createMachine(
  {
    id: 'm',
    initial: 'a',
    states: {
      a: {
        on: {
          go: { guard: and(['ready', or([not('late'), { type: 'atLeast', params: { n: 3 } }])]), target: 'b' },
          '*': { actions: { type: 'log', params: { level: 'info', more: { deep: true } } } },
          when: { guard: { type: 'atLeast', params: () => ({ n: 1 }) }, target: 'b' },
        },
        after: { backoff: 'b', 250: 'b', computed: 'b' },
        invoke: { src: 'job', id: 'j', onDone: 'b', onError: 'b', onSnapshot: { actions: 'look' } },
      },
      b: {
        initial: { target: 'one', actions: ['prepare'] },
        states: {
          one: { id: 'first of b' },
          two: {},
          past: { type: 'history' },
          deep: { type: 'history', history: 'deep', target: ['#first of b'] },
        },
      },
    },
  } as never,
  { delays: { backoff: 2_000, computed: () => 5 } },
)
const { root } = chartOf(machine)
const transitionsFrom = (id: string) => allStates(root).find((state) => state.id === id)?.transitions

test('a guard shows what it is made of, with its parameters', () => {
  expect(transitionsFrom('m.a')?.[0]).toMatchObject({
    guard: 'and(ready, or(not(late), atLeast(n: 3)))',
    guards: ['ready', 'late', 'atLeast(n: 3)'],
  })
  expect(transitionsFrom('m.a')?.[2]).toMatchObject({ guard: 'atLeast(…)', guards: ['atLeast(…)'] })
  expect(transitionsFrom('m.a')?.[1]?.actions).toEqual(['log(level: info, more: …)'])
})

test('every transition says what takes it', () => {
  expect(transitionsFrom('m.a')?.map(({ kind, label }) => [kind, label])).toEqual([
    ['event', 'go'],
    ['wildcard', '*'],
    ['event', 'when'],
    ['done', 'done j'],
    ['error', 'error j'],
    ['snapshot', 'snapshot j'],
    ['after', 'after 250'],
    ['after', 'after backoff'],
    ['after', 'after computed'],
  ])
})

test('a delay says how long it is, unless that is computed', () => {
  const delays = allStates(root).find(({ id }) => id === 'm.a')?.delays
  expect(delays?.map(({ delay, ms }) => [delay, ms])).toEqual([
    ['250', 250],
    ['backoff', 2_000],
    ['computed', undefined],
  ])
})

test('a history state leads to what it names, or to where its parent starts', () => {
  expect(transitionsFrom('m.b.past')).toMatchObject([{ kind: 'default', targets: ['first of b'] }])
  expect(transitionsFrom('m.b.deep')).toMatchObject([{ kind: 'default', targets: ['first of b'] }])
  expect(allStates(root).find(({ id }) => id === 'm.b')?.initialActions).toEqual(['prepare'])
})
