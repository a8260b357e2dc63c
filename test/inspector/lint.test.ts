// Each rule with a machine that has the fault and one that is the same but for it.
import { raise, createMachine } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { lintChart } from '../../services/inspector/chart/lint/lint.ts'
import { rules } from '../../services/inspector/chart/lint/rules.ts'
import { unwiredActors } from '../../services/worker/unwired.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { tableRows, read } from '../docs/pages.ts'

const lint = (config: object): ReturnType<typeof lintChart> =>
  lintChart(chartOf(createMachine({ id: 'm', initial: 'a', ...config } as never)))
const found = (config: object): readonly string[] => lint(config).findings.map(({ rule, state, edge }) => `${rule} ${edge ?? state}`)

const cases: readonly (readonly [string, object, string, object])[] = [
  [
    'a state nothing leads to',
    { states: { a: { on: { x: 'b' } }, b: { type: 'final' }, c: {} } },
    'unreachable-state m.c',
    { states: { a: { on: { x: 'b', y: 'c' } }, b: { type: 'final' }, c: { on: { x: 'b' } } } },
  ],
  [
    'only the outermost of unreachable states',
    { states: { a: {}, b: { initial: 'c', states: { c: { on: { x: 'd' } }, d: { on: { x: 'c' } } } } } },
    'unreachable-state m.b',
    { states: { a: { on: { x: 'b' } }, b: { initial: 'c', states: { c: { on: { x: 'd' } }, d: { on: { x: 'c' } } } } } },
  ],
  [
    'a state reached only by an onDone that never comes',
    {
      states: {
        a: {
          initial: 'x',
          states: { x: { on: { e: {} } } },
          onDone: { target: 'b' },
          meta: { lint: { allow: { 'never-done': 'of this test' } } },
        },
        b: { on: { e: {} } },
      },
    },
    'unreachable-state m.b',
    {
      states: {
        a: { initial: 'x', states: { x: { on: { e: 'y' } }, y: { type: 'final' } }, onDone: { target: 'b' } },
        b: { on: { e: {} } },
      },
    },
  ],
  ['a dead end', { states: { a: { on: { x: 'b' } }, b: {} } }, 'dead-end m.b', { states: { a: { on: { x: 'b' } }, b: { type: 'final' } } }],
  [
    'a dead end that only the end of all leaves',
    { on: { cancel: '.c' }, states: { a: { on: { x: 'b' } }, b: {}, c: { type: 'final' } } },
    'dead-end m.b',
    { on: { again: '.a' }, states: { a: { on: { x: 'b' } }, b: {} } },
  ],
  [
    'a raised event that nobody handles',
    { states: { a: { entry: raise({ type: 'gone' }), on: { x: {} } } } },
    'unheard-event m.a',
    { states: { a: { entry: raise({ type: 'gone.now' }), on: { 'gone.*': {} } } } },
  ],
  [
    'a transition after one without a guard',
    { states: { a: { on: { x: [{ actions: 'log' }, { target: 'b' }], y: 'b' } }, b: { on: { z: 'a' } } } },
    'shadowed-transition m.a|x|1',
    { states: { a: { on: { x: [{ guard: 'g', actions: 'log' }, { target: 'b' }] } }, b: { on: { z: 'a' } } } },
  ],
  [
    'what waits in a state that is left at once',
    { states: { a: { always: 'b', on: { x: 'b' } }, b: { on: { x: 'a' } } } },
    'shadowed-transition m.a|x|0',
    { states: { a: { always: { target: 'b', guard: 'g' }, on: { x: 'b' } }, b: { on: { x: 'a' } } } },
  ],
  [
    'what every state inside handles itself',
    { on: { x: { actions: 'log' } }, states: { a: { on: { x: 'b' } }, b: { on: { x: 'a' } } } },
    'shadowed-transition m|x|0',
    { on: { x: { actions: 'log' } }, states: { a: { on: { x: 'b' } }, b: { on: { y: 'a' } } } },
  ],
  [
    'a guard asked twice',
    {
      states: {
        a: {
          on: {
            x: [
              { guard: 'g', target: 'b' },
              { guard: 'g', actions: 'log' },
            ],
          },
        },
        b: { on: { x: 'a' } },
      },
    },
    'repeated-guard m.a|x|1',
    {
      states: {
        a: {
          on: {
            x: [
              { guard: 'g', target: 'b' },
              { guard: { type: 'g', params: { n: 1 } }, actions: 'log' },
            ],
          },
        },
        b: { on: { x: 'a' } },
      },
    },
  ],
  [
    'an invoke without an onError',
    { states: { a: { invoke: { src: 'job', id: 'j', onDone: 'b' } }, b: { type: 'final' } } },
    'missing-error-branch m.a',
    { states: { a: { invoke: { src: 'job', id: 'j', onDone: 'b', onError: 'b' } }, b: { type: 'final' } } },
  ],
  [
    'a region that cannot finish under an onDone',
    {
      states: {
        a: {
          type: 'parallel',
          states: { one: { initial: 'x', states: { x: { type: 'final' } } }, two: { on: { e: {} } } },
          onDone: { actions: 'log' },
        },
      },
    },
    'never-done m.a',
    {
      states: {
        a: {
          type: 'parallel',
          states: { one: { initial: 'x', states: { x: { type: 'final' } } }, two: { initial: 'x', states: { x: { type: 'final' } } } },
          onDone: { actions: 'log' },
        },
      },
    },
  ],
  [
    'a delay of no time',
    { states: { a: { after: { 0: 'b' } }, b: { on: { x: 'a' } } } },
    'zero-delay m.a',
    { states: { a: { after: { 1: 'b' } }, b: { on: { x: 'a' } } } },
  ],
]

test.each(cases)('%s is found, and nothing where it is mended', (_, faulty, finding, mended) => {
  expect(found(faulty)).toEqual([finding])
  expect(found(mended)).toEqual([])
})

test('a history state that a transition names is reached, one that none names is not', () => {
  const inner = { initial: 'x', states: { x: { on: { e: {} } }, past: { type: 'history' } } }
  expect(found({ states: { a: { on: { go: 'b' } }, b: { ...inner, on: { back: 'a' } } } })).toEqual(['unreachable-state m.b.past'])
  expect(found({ states: { a: { on: { go: 'b', back: 'b.past' } }, b: { ...inner, on: { back: 'a' } } } })).toEqual([])
})

test('a state allows a finding with a reason, and only what is found there', () => {
  const allow = (given: object): object => ({ states: { a: { on: { x: 'b' } }, b: { meta: { lint: { allow: given } } } } })
  const { findings, allowed } = lint(allow({ 'dead-end': 'it waits to be stopped' }))
  expect(findings).toEqual([])
  expect(allowed).toMatchObject([{ rule: 'dead-end', state: 'm.b', reason: 'it waits to be stopped' }])
  expect(found(allow({ 'dead-end': '' }))).toEqual(['dead-end m.b', 'allow-list m.b'])
  expect(found(allow({ 'dead-end': 'so', 'zero-delay': 'so' }))).toEqual(['allow-list m.b'])
  expect(found(allow({ 'dead-end': 'so', constructor: 'so' }))).toEqual(['allow-list m.b'])
})

test('a finding says what is wrong and what to do, in a sentence each', () => {
  for (const [, faulty] of cases)
    for (const { what, mend } of lint(faulty).findings) {
      expect(what).toMatch(/^['A-Z].*\.$/s)
      expect(mend).toMatch(/^[A-Z].*\.$/s)
    }
})

test('no machine of the main job has a finding', () => {
  const all = unwiredActors().flatMap(({ name, machine }) =>
    lintChart(chartOf(machine)).findings.map(({ rule, what }) => `${name}: ${rule}: ${what}`),
  )
  expect(all).toEqual([])
})

test('a machine of a thousand states is linted at once', () => {
  expect(lintChart(chartOf(generatedMachine(14, 1_000))).findings.length).toBeGreaterThan(10)
})

test('docs/inspector.md has every rule with its severity, and no other', () => {
  const rows = tableRows(read('docs/inspector.md'), 'rule', 'severity').map(([rule, severity]) => `${rule} ${severity}`)
  expect(rows).toEqual([...rules.map(({ id, severity }) => `${id} ${severity}`), 'allow-list error'])
})
