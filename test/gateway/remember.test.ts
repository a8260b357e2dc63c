import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { GatewayParts } from '../../services/gateway/parts.ts'
import { remembered } from '../../services/gateway/remember.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }))
afterEach(() => void vi.useRealTimers())

const partsOf = () => ({}) as GatewayParts

/** Each answer is the number of its making. */
function maker() {
  let made = 0
  return { make: () => Promise.resolve(++made), count: () => made }
}

test('many who ask at once are given one answer, which is made anew when its time is over', async () => {
  const [parts, { make }] = [partsOf(), maker()]
  const ask = () => remembered(parts, 'a', { freshMs: 100 }, make)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  vi.advanceTimersByTime(99)
  expect(await ask()).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await ask()).toBe(2)
})

test('what is asked under another name, or of another gateway, is another answer', async () => {
  const [parts, { make }] = [partsOf(), maker()]
  expect(await remembered(parts, 'a', { freshMs: 100 }, make)).toBe(1)
  expect(await remembered(parts, 'b', { freshMs: 100 }, make)).toBe(2)
  expect(await remembered(partsOf(), 'a', { freshMs: 100 }, make)).toBe(3)
})

test('a failure is told to those who waited for it, and not remembered', async () => {
  const parts = partsOf()
  const fail = (): Promise<never> => Promise.reject(new Error('no'))
  await expect(remembered(parts, 'a', { freshMs: 100 }, fail)).rejects.toThrow('no')
  expect(await remembered(parts, 'a', { freshMs: 100 }, () => Promise.resolve('yes'))).toBe('yes')
})

test('where an older answer will do it is given while one maker makes the next, but not for ever', async () => {
  const [parts, { make, count }] = [partsOf(), maker()]
  const ask = () => remembered(parts, 'a', { freshMs: 100, staleMs: 1_000 }, make)
  await ask()
  vi.advanceTimersByTime(150)
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  expect(count()).toBe(2)
  expect(await ask()).toBe(2)
  vi.advanceTimersByTime(2_000)
  expect(await ask()).toBe(3)
})

test('an older answer stays when the next one cannot be made, until its time is over', async () => {
  const parts = partsOf()
  const ask = (make: () => Promise<string>) => remembered(parts, 'a', { freshMs: 100, staleMs: 1_000 }, make)
  await ask(() => Promise.resolve('old'))
  vi.advanceTimersByTime(150)
  const fail = (): Promise<never> => Promise.reject(new Error('no'))
  expect(await ask(fail)).toBe('old')
  expect(await ask(() => Promise.resolve('new'))).toBe('old')
  expect(await ask(fail)).toBe('new')
})
