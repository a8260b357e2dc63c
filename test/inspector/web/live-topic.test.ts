import { expect, test } from 'vitest'
import { backoffMs, frameOf, newTopic, refusalOf, resumedTopic, take } from '../../../services/inspector/web/live-topic.ts'

const frame = (seq: number, more = {}) => ({ t: 0, topic: 'fleet', seq, ...more })

test('frames are taken in order, and one that was seen is not taken again', () => {
  const one = take(newTopic, frame(5))
  expect(one).toMatchObject({ frame: { seq: 5 }, missed: false })
  expect(take(one.state, frame(5)).frame).toBeUndefined()
  expect(take(one.state, frame(6))).toMatchObject({ frame: { seq: 6 }, missed: false })
})

test('a gap that the gateway names is said', () => {
  expect(take(newTopic, frame(9, { gap: { from: 3, to: 8 } })).missed).toBe(true)
})

test('after a lost connection nothing is missed in silence', () => {
  const known = resumedTopic(take(newTopic, frame(5)).state)
  expect(take(known, frame(6)).missed).toBe(false)
  expect(take(known, frame(8)).missed).toBe(true)
  // A gateway that began anew counts from the beginning.
  const anew = take(known, frame(1))
  expect(anew).toMatchObject({ frame: { seq: 1 }, missed: true })
  expect(take(anew.state, frame(2)).missed).toBe(false)
})

test('a heartbeat, a refusal and what is no JSON are no frames', () => {
  expect(['{"t":1,"alive":true}', 'nonsense', '[]', 'null', '{"topic":1,"seq":2}'].map(frameOf)).toEqual(Array(5).fill(undefined))
  expect(frameOf(new ArrayBuffer(1))).toBeUndefined()
  expect(refusalOf('{"t":1,"topic":"fleet","problem":{"code":"TR_NOT_ALLOWED"}}')).toEqual({ topic: 'fleet', code: 'TR_NOT_ALLOWED' })
  expect(refusalOf(JSON.stringify(frame(1)))).toBeUndefined()
})

test('waits between tries grow up to a limit, each a little different', () => {
  const waits = [0, 1, 2, 3, 10, 500].map((attempt) => backoffMs(attempt, 0.5))
  expect(waits).toEqual(waits.toSorted((one, other) => one - other))
  expect(waits.at(-1)).toBe(15_000)
  expect(backoffMs(2, 0)).toBeLessThan(backoffMs(2, 0.9))
})
