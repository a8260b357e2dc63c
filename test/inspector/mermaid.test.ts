import { createMachine } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { mermaidOf } from '../../services/inspector/chart/mermaid.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { allStates } from './coverage.ts'

test('a chart is a Mermaid state diagram, with what Mermaid cannot draw written into its states', () => {
  const machine = createMachine({
    id: 'door',
    initial: 'shut',
    on: { fire: '.open' },
    states: {
      shut: { on: { knock: { actions: 'bark' }, open: { target: 'open', guard: 'isUnlocked' } } },
      open: { type: 'parallel', states: { light: {}, heat: {} }, after: { 5_000: 'gone' } },
      gone: { type: 'final' },
    },
  } as never)
  expect(mermaidOf(chartOf(machine))).toBe(`stateDiagram-v2
  state "door" as s0
  state s0 {
    [*] --> s1
    state "in any of them" as s0all
    s0all : fire → open
    state "shut" as s1
    s1 : knock
    state "open" as s2
    state s2 {
      state "light" as s3
      --
      state "heat" as s4
    }
    state "gone" as s5
    s5 --> [*]
  }
  s1 --> s2 : open #91;isUnlocked#93;
  s2 --> s5 : after 5 s
`)
})

test('no name breaks out of its place', () => {
  const machine = createMachine({
    id: 'odd',
    initial: 'a"b',
    states: { 'a"b': { on: { 'x\n--> s9 : y': 'end;%%' } }, 'end;%%': {} },
  } as never)
  expect(mermaidOf(chartOf(machine)).split('\n').slice(4)).toEqual([
    '    state "a#34;b" as s1',
    '    state "end#59;#37;#37;" as s2',
    '  }',
    '  s1 --> s2 : x --#62; s9 #58; y',
    '',
  ])
})

test('every state of a generated machine is declared once', () => {
  const chart = chartOf(generatedMachine(8, 120))
  const declared = mermaidOf(chart).match(/^ *state ".*" as s\d+$/gm) ?? []
  expect(declared.length).toBe(allStates(chart.root).length)
})
