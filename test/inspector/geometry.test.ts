// Each rule of the geometry, shown by a frame that breaks it: a check that finds nothing in good drawings must find something in bad ones.
import { expect, test } from 'vitest'
import { drawingFaults, frameFaults, type FrameGeometry } from '../../services/inspector/chart/geometry.ts'
import type { Drawing } from '../../services/inspector/chart/drawing.ts'

const good: FrameGeometry = {
  id: 'frame',
  w: 300,
  h: 200,
  headH: 34,
  boxes: [
    { id: 'a', x: 20, y: 60, w: 60, h: 30 },
    { id: 'b', x: 220, y: 60, w: 60, h: 30 },
    { id: 'c', x: 120, y: 140, w: 60, h: 30 },
  ],
  lines: [
    { id: 'ab', from: { box: 'a' }, to: { box: 'b' }, points: [at(80, 75), at(220, 75)], label: { x: 130, y: 65, w: 40, h: 20 } },
    { id: 'bout', from: { box: 'b' }, to: { box: 'frame' }, points: [at(280, 75), at(300, 75)] },
  ],
}

function at(x: number, y: number): { readonly x: number; readonly y: number } {
  return { x, y }
}

const [ab, bout] = good.lines
const withLine = (change: object): FrameGeometry => ({ ...good, lines: ab && bout ? [{ ...ab, ...change }, bout] : [] })
const withBox = (change: object): FrameGeometry => ({
  ...good,
  boxes: good.boxes.map((box) => (box.id === 'c' ? { ...box, ...change } : box)),
})
const rulesOf = (frame: FrameGeometry): readonly string[] => [...new Set(frameFaults(frame).map(({ rule }) => rule))]

test('a good frame breaks no rule', () => {
  expect(frameFaults(good)).toEqual([])
})

test.each([
  ['box on box', withBox({ x: 60, y: 70 })],
  ['box outside its frame', withBox({ y: 190 })],
  ['box outside its frame', withBox({ y: 10 })], // on the title
  ['label on box', withLine({ label: { x: 130, y: 145, w: 40, h: 20 } })],
  ['label on label', { ...withLine({}), lines: [...good.lines, ...good.lines.slice(0, 1).map((line) => ({ ...line, id: 'twice' }))] }],
  ['label outside its frame', withLine({ label: { x: 130, y: 20, w: 40, h: 20 } })],
  ['line without route', withLine({ points: [] })],
  ['line with a loose end', withLine({ points: [at(80, 75), at(200, 75)] })],
  ['diagonal line', withLine({ points: [at(80, 65), at(220, 85)] })],
  ['line outside its frame', withLine({ points: [at(80, 75), at(100, 75), at(100, 230), at(210, 230), at(210, 75), at(220, 75)] })],
  ['line through a box', withLine({ points: [at(80, 75), at(100, 75), at(100, 155), at(200, 155), at(200, 75), at(220, 75)] })],
  ['line along a box', withLine({ points: [at(80, 75), at(100, 75), at(100, 139), at(200, 139), at(200, 75), at(220, 75)] })],
] satisfies [string, FrameGeometry][])('%s is found', (rule, frame) => {
  expect(rulesOf(frame)).toContain(rule)
})

test('the frames of a drawing are judged where they are, each by itself', () => {
  const shared = { depth: 1, title: '', rows: [], tags: [], headH: 34, region: false }
  const frame = (id: string, x: number): Drawing['boxes'][number] => ({
    ...shared,
    id,
    kind: 'compound',
    parent: 'root',
    open: true,
    x,
    y: 60,
    w: 200,
    h: 200,
  })
  const leaf = (id: string, parent: string, x: number): Drawing['boxes'][number] => ({
    ...shared,
    id,
    kind: 'atomic',
    parent,
    open: false,
    x,
    y: 120,
    w: 60,
    h: 34,
  })
  const root = { ...frame('root', 0), parent: undefined, y: 0, w: 500, h: 300 }
  const { parent: _none, ...rootBox } = root
  const boxes = [rootBox, frame('one', 20), frame('other', 260), leaf('in one', 'one', 40), leaf('in other', 'other', 280)]
  const drawing: Drawing = { id: 'm', machineHash: '', w: 500, h: 300, boxes, lines: [], fallbacks: 0 }
  expect(drawingFaults(drawing)).toEqual([])
  const astray = { ...drawing, boxes: [...boxes, leaf('astray', 'one', 300)] }
  expect(drawingFaults(astray)).toEqual([{ rule: 'box outside its frame', frame: 'one', what: 'astray' }])
})
