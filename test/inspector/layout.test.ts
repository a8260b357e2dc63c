// Layouts of generated machines, held to the rules of geometry.ts and to the machine itself: nothing overlaps, nothing is lost.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { createMachine } from 'xstate'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chartOf, structureHash, type Chart } from '../../runtime/statechart/index.ts'
import { drawingFaults } from '../../services/inspector/chart/geometry.ts'
import { foldedTo } from '../../services/inspector/chart/fold.ts'
import { drawnStatesMax, layoutChart } from '../../services/inspector/chart/layout.ts'
import { startLayoutThread } from '../../services/inspector/chart/layout-thread.ts'
import { unwiredActors } from '../../services/worker/unwired.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { allStates, allTransitions, missingIn } from './coverage.ts'

vi.setConfig({ testTimeout: 90_000 })

const nothing = { lost: [], unwritten: [], states: [], unreached: [] }

function expectSound(chart: Chart): void {
  const drawing = layoutChart(chart)
  expect(drawingFaults(drawing)).toEqual([])
  expect(missingIn(chart, drawing)).toEqual(nothing)
}

test('a machine of 2 to 40 states is drawn without a fault, and no transition is lost', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 2, max: 40 }), (seed, states) => expectSound(chartOf(generatedMachine(seed, states)))),
    { numRuns: 25 },
  )
})

test.each([
  [100, 11],
  [300, 13],
  [1_000, 14],
])('a machine of %i states is drawn without a fault', (states, seed) => expectSound(chartOf(generatedMachine(seed, states))))

test('every machine of the main job is drawn without a fault', () => {
  const charts = new Map(unwiredActors().map(({ machine }) => [structureHash(machine), chartOf(machine)])) // the agents share one
  for (const chart of charts.values()) expectSound(chart)
})

test('the same chart gives the same drawing, here and in the layout thread', async () => {
  const thread = startLayoutThread()
  onTestFinished(() => thread.close())
  const chart = chartOf(generatedMachine(5, 30))
  const drawing = layoutChart(chart)
  expect(isDeepStrictEqual(layoutChart(chartOf(generatedMachine(5, 30))), drawing)).toBe(true)
  expect(isDeepStrictEqual(await thread.layout(chart), drawing)).toBe(true)
})

test('a layout thread that is closed says so to whoever waits and whoever comes', async () => {
  const thread = startLayoutThread()
  const chart = chartOf(generatedMachine(5, 30))
  const waiting = expect(thread.layout(chart)).rejects.toMatchObject({ code: 'TR_LAYOUT_STOPPED' })
  await thread.close()
  await waiting
  await expect(thread.layout(chart)).rejects.toMatchObject({ code: 'TR_LAYOUT_STOPPED' })
})

test('a frame that is too large for ELK is drawn as a column, without a fault', () => {
  const states = Object.fromEntries(
    Array.from({ length: 400 }, (_, at) => [
      `s${at}`,
      { on: { next: `s${(at + 1) % 400}`, back: { target: `s${(at * 7) % 400}`, guard: 'may' } } },
    ]),
  )
  const chart = chartOf(createMachine({ id: 'flat', initial: 's0', states } as never))
  const drawing = layoutChart(chart)
  expect(drawing.fallbacks).toBe(1)
  expect(drawingFaults(drawing)).toEqual([])
  expect(missingIn(chart, drawing)).toEqual(nothing)
})

test('a column leads lines in and out of a frame too', () => {
  const inner = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`s${at}`, { on: { next: `s${(at + 1) % 300}`, out: '#outside', in: '#m' } }]),
  )
  const machine = createMachine({
    id: 'm',
    initial: 'big',
    states: { big: { initial: 's0', states: inner }, outside: { id: 'outside', on: { again: 'big.s7', whole: 'big' } } },
  } as never)
  const chart = chartOf(machine)
  const drawing = layoutChart(chart)
  expect(drawing.fallbacks).toBeGreaterThan(0)
  expect(drawingFaults(drawing)).toEqual([])
  expect(missingIn(chart, drawing)).toEqual(nothing)
})

test('a chart with too many states is folded: the rest is drawn without a fault and says how much is hidden', () => {
  const leaves = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`s${at}`, {}]))
  const frames = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, { initial: 's0', states: leaves }]))
  const drawing = layoutChart(chartOf(createMachine({ id: 'wide', initial: 'f0', states: frames } as never)))
  const states = drawing.boxes.filter(({ kind }) => kind !== 'initial')
  expect(states.length).toBeLessThanOrEqual(drawnStatesMax)
  expect(states.length + states.reduce((sum, { hidden = 0 }) => sum + hidden, 0)).toBe(1 + 60 + 60 * 30)
  expect(drawingFaults(drawing)).toEqual([])
})

test('what leaves a folded state still leaves it', () => {
  const chart = chartOf(generatedMachine(13, 200))
  const folded = foldedTo(chart, 60)
  expect(allStates(folded.root).length).toBeLessThanOrEqual(60)
  expectSound(folded)
  const ids = new Set(allTransitions(folded.root).map(({ id }) => id))
  const shown = new Set(allStates(folded.root).map(({ id }) => id))
  const leaving = allStates(chart.root).flatMap(({ id, transitions }) => (shown.has(id) ? transitions : []))
  expect(leaving.filter(({ id }) => !ids.has(id))).toEqual([])
})

test('states are named as they like', () => {
  const odd = ['constructor', 'hasOwnProperty', 'to#initial', 'pill 0', '<b>&"', 'ünï 漢字 🎭', 'line\nbreak']
  const states = Object.fromEntries(odd.map((name, at) => [name, { id: `state ${at}`, on: { go: `#state ${(at + 1) % odd.length}` } }]))
  expectSound(chartOf(createMachine({ id: '"odd"', initial: 'constructor', states } as never)))
})

test('a machine without states is one box', () => {
  const { boxes, lines } = layoutChart(chartOf(createMachine({ id: 'one', on: { hit: {} } } as never)))
  expect(boxes).toMatchObject([{ id: 'one', rows: [{ text: 'hit' }] }])
  expect(lines).toEqual([])
})

test('a transition to a state that is not there is written, not drawn', () => {
  const chart = chartOf(createMachine({ id: 'm', initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } } as never))
  const [a] = chart.root.states
  const broken: Chart = { ...chart, root: { ...chart.root, states: a ? [a] : [] } }
  expect(layoutChart(broken).boxes.find(({ id }) => id === 'm.a')?.rows).toMatchObject([{ text: 'go ↗ m.b' }])
})
