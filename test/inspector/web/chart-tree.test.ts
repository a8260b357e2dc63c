import { expect, test } from 'vitest'
import { fromPromise, getInitialSnapshot } from 'xstate'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { activeIn, leavesOf, pathText, treeOf, walk, type Step } from '../../../services/inspector/web/chart/tree.ts'
import { moveText, lanesIn, stateText } from '../../../services/inspector/web/agent/state-value.ts'
import { generatedMachine } from '../../support/generated-machine.ts'
import { talks } from './talks.ts'

const chart = chartOf(talks)
const tree = treeOf(chart)

test('the states a state value lights are those that XState has entered', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const machine = generatedMachine(seed, 60)
    const snapshot = getInitialSnapshot(machine.provide({ actors: { job: fromPromise(() => Promise.resolve()) } }))
    const known = treeOf(chartOf(machine))
    const entered = snapshot._nodes.map(({ id }: { readonly id: string }) => id)
    expect([...activeIn(known, snapshot.value)].toSorted()).toEqual(entered.toSorted())
  }
})

test('a value the chart does not know lights what it can, and never fails', () => {
  expect([...activeIn(tree, { working: { reading: 'gone', constructor: 'x' } })]).toEqual([
    'talks',
    'talks.working',
    'talks.working.reading',
  ])
  expect([...activeIn(tree, undefined)]).toEqual([])
  expect([...activeIn(tree, 7)]).toEqual(['talks'])
})

test('the innermost active states are the ones to look at', () => {
  const active = activeIn(tree, { working: { reading: 'first', writing: 'idle' } })
  expect(leavesOf(tree, active)).toEqual(['talks.working.reading.first', 'talks.working.writing.idle'])
  expect(pathText(tree, 'talks.working.reading.first')).toBe('working.reading.first')
  expect(pathText(tree, 'talks')).toBe('talks')
})

test('arrows follow transitions, and with Alt they go in and out', () => {
  const go = (from: string, step: Step, alt = false) => walk(tree, from, step, alt)
  expect(go('talks.resting', 'ArrowRight')).toBe('talks.working')
  expect(go('talks.working', 'ArrowLeft')).toBe('talks.resting')
  expect(go('talks.working', 'ArrowRight', true)).toBe('talks.working.reading')
  expect(go('talks.working.reading', 'ArrowLeft', true)).toBe('talks.working')
  expect(go('talks.working.reading', 'ArrowDown')).toBe('talks.working.writing')
  expect(go('talks.working.reading', 'ArrowUp')).toBe('talks.working.writing')
  expect(go('nowhere', 'ArrowUp')).toBe('talks')
})

test('a state value is written by its leaves, and a move by what moved', () => {
  expect(stateText({ working: { reading: 'first', writing: {} } })).toBe('working.reading.first · working.writing')
  expect(moveText({ working: { reading: 'first', writing: 'idle' } }, { working: { reading: 'second', writing: 'idle' } })).toBe(
    'first → second',
  )
  expect(moveText('resting', 'resting')).toBe('')
})

test('a lane is a region of the outermost parallel state, beside that of the states themselves', () => {
  expect(lanesIn(chart.root, 'resting')).toEqual([{ lane: 'state', state: 'resting' }])
  expect(lanesIn(chart.root, { working: { reading: 'first', writing: 'idle' } })).toEqual([
    { lane: 'state', state: 'working' },
    { lane: 'reading', state: 'first' },
    { lane: 'writing', state: 'idle' },
  ])
  expect(lanesIn(undefined, { working: 'x' })).toEqual([{ lane: 'state', state: 'x' }])
})
