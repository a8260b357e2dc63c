import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ganttOf, workOf } from '../../../services/inspector/web/tasks/gantt-rows.ts'
import { lanesOf, nameOf } from '../../../services/inspector/web/tasks/lanes.ts'
import { runScale } from '../../../services/inspector/web/tasks/run-scale.ts'
import type { Span } from '../../../services/inspector/web/tasks/wire.ts'

const task = 'main/task/42'
const agent = 'main/agent-researcher/task:42/researcher.1'
const step = 'main/task/42.s1'
const spans: readonly Span[] = [
  { actor: task, label: 'task 42', kind: 'task', from: 0, to: 9_000, ok: true },
  { actor: agent, parent: step, label: 'researcher', kind: 'agent', from: 2_000, ok: true },
  { actor: step, parent: task, label: 'step 1', kind: 'task', from: 1_000, to: 8_000 },
  { actor: agent, label: 'model', kind: 'llm', from: 2_500, to: 3_000, ok: false },
]

test('who works for someone stands below him, and what has not ended lasts until now', () => {
  const { rows, from, to } = ganttOf({ spans, critical: [] }, 10_000)
  expect(rows.map(({ label, depth }) => [label, depth])).toEqual([
    ['task 42', 0],
    ['step 1', 1],
    ['researcher', 2],
  ])
  expect(rows[2]).toMatchObject({ to: 10_000, lasts: true, pieces: [{ label: 'model', ok: false, from: 2_500 }] })
  expect([from, to]).toEqual([0, 10_000])
})

test('actors that name each other as parents are drawn once each', () => {
  const circle: readonly Span[] = [
    { actor: 'a', parent: 'b', label: 'a', kind: 'agent', from: 0, to: 1 },
    { actor: 'b', parent: 'a', label: 'b', kind: 'agent', from: 0, to: 1 },
  ]
  expect(ganttOf({ spans: circle, critical: ['a', 'b'] }, 1).rows.map(({ label }) => label)).toEqual(['a', 'b'])
})

test('the critical path goes from each to the next that was waited for', () => {
  const { links } = ganttOf({ spans, critical: [task, step, agent] }, 10_000)
  expect(links).toEqual([
    { from: 0, to: 1, begin: 1_000, at: 1_000 },
    { from: 1, to: 2, begin: 2_000, at: 2_000 },
  ])
})

test('a queue that only waited for a person is no work, one that waited for a model is', () => {
  const waits: readonly Span[] = [
    { actor: task, label: 'task', kind: 'task', from: 0, to: 100 },
    { actor: task, label: 'choosing', kind: 'queue', from: 0, to: 90 },
    { actor: task, label: 'a person', kind: 'human', from: 10, to: 90 },
    { actor: task, label: 'model', kind: 'llm', from: 90, to: 100 },
  ]
  expect(workOf(ganttOf({ spans: waits, critical: [] }, 100)).map(({ label }) => label)).toEqual(['model'])
})

test('a person’s long wait is squeezed, and every moment has its place and back', () => {
  const scale = runScale(
    { from: 0, to: 3_602_000 },
    [
      { from: 0, to: 1_000 },
      { from: 3_601_000, to: 3_602_000 },
    ],
    1_000,
  )
  expect(scale.gaps.map(({ from, to }) => [from, to])).toEqual([[1_000, 3_601_000]])
  expect(scale.x(1_000)).toBeGreaterThan(400)
  expect(scale.at(scale.x(3_601_500))).toBeCloseTo(3_601_500, 3)
})

test('for any run, later is never further left, and it fills the width', () => {
  const stretch = fc.tuple(fc.nat(10_000_000), fc.nat(100_000)).map(([from, length]) => ({ from, to: from + length }))
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 30 }), fc.integer({ min: 1, max: 10_100_000 }), (work, to) => {
      const scale = runScale({ from: 0, to }, work, 800)
      const places = Array.from({ length: 50 }, (_, at) => scale.x((to * at) / 49))
      expect(places).toEqual(places.toSorted((one, other) => one - other))
      expect(places[0]).toBe(0)
      expect(places.at(-1)).toBeCloseTo(800, 3)
    }),
  )
})

test('what others say to each other behind the scenes is drawn only when all of it is wanted', () => {
  const messages = [
    { at: 2, from: 'main/coordinator/s0', to: 'main/coordinator/main', type: 'statistics.merge' },
    { at: 1, from: 'client', to: task, type: 'task.submit' },
    { at: 3, from: task, to: agent, type: '@init' },
    { at: 4, from: agent, to: task, type: 'agent.completed' },
  ]
  const few = lanesOf(messages, false)
  expect(few.shown.map(({ type }) => type)).toEqual(['task.submit', 'agent.completed'])
  expect(few).toMatchObject({ quiet: 2, left: 0, lanes: ['client', task, agent] })
  expect(lanesOf(messages, true).shown).toHaveLength(4)
})

test('of what an agent says at every step the first and the last are drawn, and of its budget nothing', () => {
  const said = (at: number, type: string, to: string = task) => ({ at, from: agent, to, type })
  const messages = [
    said(1, 'agent.progress'),
    said(2, 'budget.reserve', 'main/budget/main'),
    said(3, 'agent.progress'),
    said(4, 'agent.progress'),
  ]
  expect(lanesOf(messages, false)).toMatchObject({ shown: [{ at: 1 }, { at: 4 }], quiet: 2 })
  expect(lanesOf(messages, true).shown).toHaveLength(4)
})

test('an actor of a run is named by what tells it from the others', () => {
  expect([agent, task, 'main/coordinator/s0', 'client'].map(nameOf)).toEqual(['researcher.1', 'task 42', 'coordinator s0', 'client'])
})
