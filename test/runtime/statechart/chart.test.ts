import { assign, createMachine, not, raise, sendParent, setup, stateIn } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { chartOf, takenEdges, type ChartNode, type ChartTransition } from '../../../runtime/statechart/index.ts'
import { define, live } from './life.ts'

const machine = setup({
  types: { context: {} as { n: number } },
  actors: { work: effect<undefined, string>() },
  guards: { ready: () => true },
  delays: { soon: 10 },
  actions: { note: () => {} },
}).createMachine({
  id: 'm',
  context: { n: 0 },
  description: 'what it is for',
  initial: 'a',
  states: {
    a: {
      tags: 'needs-human',
      meta: { colour: 'red' },
      entry: ['note', () => {}],
      invoke: { id: 'w', src: 'work', onDone: 'b', onError: 'b' },
      after: { soon: 'b' },
      on: {
        go: [
          { guard: not('ready'), target: 'b' },
          {
            guard: ({ context }) => context.n > 0,
            actions: [assign({ n: 1 }), raise({ type: 'x' }), sendParent({ type: 'y' })],
            description: 'why',
          },
        ],
      },
    },
    b: {
      initial: 'c',
      states: { c: { always: { guard: stateIn('#m.b'), target: 'd' } }, d: { type: 'final' }, past: { type: 'history', target: 'c' } },
      onDone: 'z',
    },
    z: { type: 'final' },
  },
})

const find = (node: ChartNode, id: string): ChartNode | undefined =>
  node.id === id ? node : node.states.map((state) => find(state, id)).find(Boolean)
const all = (node: ChartNode): readonly ChartTransition[] => [...node.transitions, ...node.states.flatMap(all)]

test('a chart is plain data in which everything has a name', () => {
  const chart = chartOf(machine)
  expect(JSON.parse(JSON.stringify(chart))).toEqual(chart)
  expect(chart.root).toMatchObject({ id: 'm', type: 'compound', initial: 'm.a', description: 'what it is for' })
  expect(find(chart.root, 'm.a')).toMatchObject({
    tags: ['needs-human'],
    meta: { colour: 'red' },
    entry: ['note', 'entry[1]'],
    exit: [],
    invokes: [{ id: 'w', src: 'work' }],
    delays: [{ event: 'xstate.after.soon.m.a', delay: 'soon' }],
    transitions: [
      { id: 'm.a|go|0', guard: 'not(ready)', targets: ['m.b'] },
      {
        id: 'm.a|go|1',
        guard: 'guard of m.a|go|1',
        actions: ['assign(n)', 'raise(x)', 'sendTo(parent, y)'],
        targets: [],
        description: 'why',
      },
      { label: 'done w' },
      { label: 'error w' },
      { label: 'after soon' },
    ],
  })
  expect(find(chart.root, 'm.b.c')?.transitions).toMatchObject([{ id: 'm.b.c||0', label: 'always', guard: 'stateIn(#m.b)' }])
  expect(find(chart.root, 'm.b.past')).toMatchObject({
    type: 'history',
    history: 'shallow',
    transitions: [{ label: 'default', targets: ['m.b.c'] }],
  })
  expect(find(chart.root, 'm.b')?.transitions).toMatchObject([{ label: 'done', targets: ['m.z'] }])
})

test('the edges a turn took are edges of its chart', () => {
  const actor = live(define(machine, { effects: ['work'] }))
  const outcome = actor.succeed('w', 'x')
  const edges = outcome ? takenEdges(outcome) : []
  expect(edges).toEqual(['m.a|xstate.done.actor.w|0', 'm.b.c||0', 'm.b|xstate.done.state.m.b|0'])
  expect(all(chartOf(machine).root).map(({ id }) => id)).toEqual(expect.arrayContaining([...edges]))
})

test('the chart of a machine without states has one node', () => {
  expect(chartOf(createMachine({ id: 'one' })).root).toMatchObject({ id: 'one', type: 'atomic', states: [] })
})

test('the default of a history state is found by its path, by an id, and by a path below an id', () => {
  const past = (target: string) => ({ type: 'history' as const, target })
  const { root } = chartOf(
    createMachine({
      id: 'h',
      initial: 'on',
      states: {
        on: {
          id: 'named',
          initial: 'low',
          states: {
            low: {},
            high: { id: 'top' },
            byPath: past('high'),
            byId: past('#top'),
            below: past('#named.low'),
            fromRoot: past('#h.on.high'),
          },
        },
      },
    }),
  )
  const targets = ['byPath', 'byId', 'below', 'fromRoot'].flatMap((key) => find(root, `h.on.${key}`)?.transitions[0]?.targets ?? [])
  expect(targets).toEqual(['top', 'top', 'h.on.low', 'top'])
})
