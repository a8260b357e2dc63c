import { createMachine } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf, type Chart } from '../../runtime/statechart/index.ts'
import type { Drawing } from '../../services/inspector/chart/drawing.ts'
import { chartHash, keepDrawings } from '../../services/inspector/chart/drawings.ts'

const chart = (id: string): Chart => chartOf(createMachine({ id }))
const line = { id: '', frame: '', from: '', to: '', edges: [], kind: 'event', points: [], arrow: true } as const
const drawing = (id: string, weight: number): Drawing => ({
  id,
  machineHash: '',
  w: 1,
  h: 1,
  boxes: [],
  lines: Array.from({ length: weight }, () => line),
  fallbacks: 0,
})

test('a chart is laid out once, also for those who ask while that goes on', async () => {
  const asked: string[] = []
  const gate = Promise.withResolvers<Drawing>()
  const drawings = keepDrawings({ layout: ({ id }) => (asked.push(id), gate.promise) })
  const both = [drawings.of(chart('a')), drawings.of(chart('a'))]
  gate.resolve(drawing('a', 1))
  const [first, second] = await Promise.all(both)
  expect(first).toBe(second)
  expect(await drawings.of(chart('a'))).toBe(first)
  expect(asked).toEqual(['a'])
})

test('what was asked for longest ago goes first, and what is too heavy is not kept at all', async () => {
  const asked: string[] = []
  const drawings = keepDrawings({ layout: ({ id }) => (asked.push(id), drawing(id, id === 'huge' ? 11 : 4)), weightMax: 10 })
  await drawings.of(chart('a'))
  await drawings.of(chart('b'))
  await drawings.of(chart('a'))
  await drawings.of(chart('c')) // b goes
  expect(drawings.kept).toBe(2)
  await drawings.of(chart('a'))
  await drawings.of(chart('b'))
  expect(asked).toEqual(['a', 'b', 'c', 'b'])
  await drawings.of(chart('huge'))
  expect(drawings.kept).toBe(0)
})

test('a layout that fails is not kept: the next one who asks tries again', async () => {
  let fails = true
  const drawings = keepDrawings({ layout: ({ id }) => (fails ? Promise.reject(new Error('no')) : drawing(id, 1)) })
  await expect(drawings.of(chart('a'))).rejects.toThrow('no')
  fails = false
  expect(await drawings.of(chart('a'))).toMatchObject({ id: 'a' })
})

test('charts that differ in the name of a guard alone are not taken for each other', () => {
  const guarded = (guard: string): Chart => chartOf(createMachine({ id: 'm', on: { go: { guard, actions: 'x' } } } as never))
  expect(guarded('one').hash).toBe(guarded('other').hash) // stored snapshots fit both
  expect(chartHash(guarded('one'))).not.toBe(chartHash(guarded('other')))
})
