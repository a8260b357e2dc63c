// What a machine's page says of the fleet's heat, and what transitions are called there.
import { expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { edgeName } from '../../../services/inspector/web/chart/edge-name.ts'
import { treeOf } from '../../../services/inspector/web/chart/tree.ts'
import { heatMarks, glowOf } from '../../../services/inspector/web/machines/heat-marks.ts'
import type { MachineHeat } from '../../../services/inspector/web/machines/wire.ts'

const heat: MachineHeat = {
  at: 1_000,
  hash: 'h',
  actors: 12,
  active: 3,
  elsewhere: 0,
  versions: [],
  states: [
    { state: 'm.busy', actors: 3, active: 3, visits: 4, totalMs: 900, p50Ms: 200, p95Ms: 300 },
    { state: 'm.done', actors: 9, active: 0, visits: 0, totalMs: 0 },
    { state: 'm.left', actors: 0, active: 0, visits: 2, totalMs: 50, p50Ms: 20, p95Ms: 30 },
  ],
  edges: [{ edge: 'm.busy|end|0', taken: 9, failed: 2 }],
  sample: { since: 0, actors: 12, turns: 40, actorsMax: 300, turnsMax: 100, unexplained: 0 },
}

test('states glow by those who are active in them, or by time; where only done ones are it is faint', () => {
  expect([...glowOf(heat, 'actors').keys()]).toEqual(['m.busy', 'm.done'])
  expect(glowOf(heat, 'actors').get('m.busy')).toBeGreaterThan(glowOf(heat, 'actors').get('m.done') ?? 0)
  expect([...glowOf(heat, 'time').keys()]).toEqual(['m.busy', 'm.left'])
})

test('figures stand beside states and transitions, failures by themselves, findings before them', () => {
  const marks = heatMarks(heat, 'actors', new Map([['m.busy', { tone: 'finding', note: 'dead-end' }]]))
  expect(marks.get('m.busy')).toMatchObject([{ tone: 'finding' }, { tone: 'hot', text: '3' }])
  expect(marks.get('m.done')).toMatchObject([{ text: '9', note: '0 active actors now, 9 done' }])
  expect(marks.get('m.busy|end|0')).toEqual([
    { tone: 'hot', text: '9', note: 'taken 9 times' },
    { tone: 'removed', text: '2×', note: 'failed 2 times' },
  ])
  expect(heatMarks(heat, 'time', new Map()).get('m.busy')).toMatchObject([{ text: '200 ms' }])
})

test('a transition is called by what runs, not by the name that XState gives it', () => {
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    states: { a: { invoke: { src: 'think', onDone: 'b', onError: 'b' }, after: { 1_500: 'b' }, on: { go: 'b' } }, b: {} },
  })
  const tree = treeOf(chartOf(machine))
  expect([...tree.edges.keys()].map((edge) => edgeName(tree, edge)).toSorted()).toEqual(['after 1.5 s', 'done think', 'error think', 'go'])
  expect(edgeName(tree, 'of another version')).toBe('of another version')
})
