// Definitions for Stately's inspector: XState makes of them machines with the charts they came from.
import { createMachine, setup } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf, type Chart, type ChartNode } from '../../runtime/statechart/index.ts'
import { configOf } from '../../services/stately/definition.ts'
import { unwiredActors } from '../../services/worker/unwired.ts'
import { generatedMachine } from '../support/generated-machine.ts'

const remade = (chart: Chart): Chart => chartOf(createMachine(JSON.parse(JSON.stringify(configOf(chart)))))

/** All of a chart but what a name alone cannot keep: the parts of a joined guard, and how long a named delay is. */
function drawn({ initialActions, delays, transitions, states, invokes, ...node }: ChartNode): object {
  return {
    ...node,
    initialActions,
    invokes,
    delays: delays.map(({ event, delay }) => ({ event, delay })),
    transitions: transitions.map(({ guards: _parts, ...transition }) => transition).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    states: states.map(drawn),
  }
}

test.each(unwiredActors().map(({ name, machine }) => [name, machine] as const))('the machine of %s is drawn as it is', (_name, machine) => {
  const chart = chartOf(machine)
  expect(drawn(remade(chart).root)).toEqual(drawn(chart.root))
})

test('machines of any shape are drawn as they are', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const chart = chartOf(generatedMachine(seed, 5 + (seed % 30)))
    expect(drawn(remade(chart).root), `seed ${seed}`).toEqual(drawn(chart.root))
  }
})

test('names that mean something elsewhere are only names', () => {
  const machine = setup({}).createMachine({
    id: 'a.b',
    initial: 'x.y',
    states: {
      'x.y': { on: { constructor: 'constructor', go: { target: '#a\\.b.constructor.in\\.side' } } },
      constructor: {
        initial: 'in.side',
        states: { 'in.side': {}, back: { type: 'history', target: 'in\\.side' } },
        after: { 10: 'x\\.y' },
      },
    },
  })
  const chart = chartOf(machine)
  expect(drawn(remade(chart).root)).toEqual(drawn(chart.root))
})
