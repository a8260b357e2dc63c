import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callLanes, stateLanes } from '../../../services/inspector/web/agent/bands.ts'
import { timeScale } from '../../../services/inspector/web/agent/time-scale.ts'

test('idle time is squeezed, busy time never', () => {
  const { x, gaps } = timeScale([0, 100, 10_100, 10_200, 20_200], [{ from: 10_200, to: 20_200 }], 1_000)
  expect(gaps.map(({ from, to, w }) => [from, to, w])).toEqual([[100, 10_100, 26]])
  expect(x(20_200) - x(10_200)).toBeGreaterThan(900)
  expect(x(20_200)).toBeCloseTo(1_000)
})

test('later is never further left, and everything is inside, whatever happened when', () => {
  const moment = fc.integer({ min: 0, max: 10_000_000 })
  const interval = fc.tuple(moment, moment).map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }))
  fc.assert(
    fc.property(
      fc.array(moment, { maxLength: 60 }),
      fc.array(interval, { maxLength: 10 }),
      fc.integer({ min: 100, max: 3_000 }),
      (moments, busy, width) => {
        const { x, gaps } = timeScale(moments, busy, width)
        const places = moments.toSorted((one, other) => one - other).map(x)
        expect(places).toEqual(places.toSorted((one, other) => one - other))
        expect(places.every((place) => place >= 0 && place <= width + 1e-6)).toBe(true)
        for (const gap of gaps)
          expect(busy.some(({ from, to }) => from < gap.to && to > gap.from && to > from && from <= gap.from && to >= gap.to)).toBe(false)
        expect(gaps.reduce((sum, { w }) => sum + w, 0)).toBeLessThanOrEqual(width * 0.35 + 1e-6)
      },
    ),
  )
})

const row = (turn: number, at: number, state: unknown) => ({ turn, at, event: 'e', state })

test('turns that stay where they are make one band', () => {
  const lanes = stateLanes(undefined, [row(1, 0, 'a'), row(2, 10, 'a'), row(3, 20, 'b'), row(4, 30, 'failed')], 40)
  expect(lanes.map(({ name, bands }) => [name, bands.map(({ text, from, to, tone }) => [text, from, to, tone])])).toEqual([
    [
      'state',
      [
        ['a', 0, 20, 'tone-0'],
        ['b', 20, 30, 'tone-1'],
        ['failed', 30, 40, 'tone-bad'],
      ],
    ],
  ])
})

test('a call of a model ends when it was noted, and an effect without an end still runs', () => {
  const llm = [{ at: 500, latencyMs: 200, model: 'm', inputTokens: 1, outputTokens: 1 }]
  const effects = [{ key: 'k', src: 'read', startedAt: 100 }]
  expect(callLanes({ llm, effects }, 900).map(({ name, bands }) => [name, bands.map(({ from, to }) => [from, to])])).toEqual([
    ['LLM calls', [[300, 500]]],
    ['tools', [[100, 900]]],
  ])
  expect(callLanes({ llm: [], effects: [] }, 0)).toEqual([])
})
