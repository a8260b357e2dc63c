import { expect, test } from 'vitest'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { whyOf } from '../../../services/inspector/web/agent/why.ts'
import { activeIn, treeOf } from '../../../services/inspector/web/chart/tree.ts'
import { talks } from './talks.ts'

const tree = treeOf(chartOf(talks))
const before = activeIn(tree, { working: { reading: 'first', writing: 'idle' } })
const trace = { edges: ['talks.working|stop|1'], entered: [], exited: [], actions: [] }

test('a turn says which transition it took by which guard, and of each other one why not', () => {
  const guards = [
    { name: 'mayIgnore', result: false },
    { name: 'isCalm', result: false },
    { name: 'isLate', result: true },
    { name: 'isLate', result: true },
  ]
  const reasons = whyOf(tree, { event: 'stop', before, trace: { ...trace, guards } })
  expect(reasons.map(({ way, isTaken, because }) => [way, isTaken, because])).toEqual([
    ['working → ended', true, undefined],
    ['working.reading.first stays', false, 'mayIgnore was false'],
    ['working → resting', false, 'isCalm was false'],
    ['working stays', false, 'another one was taken first'],
  ])
  expect(reasons[0]?.guards).toEqual([{ name: 'isLate', result: true }])
})

test('a guard that nobody asked is not called false', () => {
  const reasons = whyOf(tree, { event: 'stop', before, trace: { ...trace, guards: [] } })
  expect(reasons.find(({ edge }) => edge === 'talks.working|stop|0')?.because).toBe('not asked: one before it was taken')
})

test('an event that nothing takes has no taken transition, and the way leaves out what both ends share', () => {
  expect(whyOf(tree, { event: 'nothing', before, trace: { ...trace, edges: [], guards: [] } })).toEqual([])
  const [step] = whyOf(tree, { event: 'next', before, trace: { ...trace, edges: ['talks.working.reading.first|next|0'], guards: [] } })
  expect(step?.way).toBe('first → second')
})
