import { afterEach, expect, test, vi } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { TimerOrder } from '../../runtime/group.ts'
import { simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import type { Clock } from '../../runtime/ports.ts'
import { systemClock } from '../../runtime/system.ts'
import { Timers } from '../../runtime/timers.ts'

const dayMs = 86_400_000
const order = (id: string, due: number): TimerOrder => ({ actor: actorId('acme', 'sleeper', 'a'), id, n: 1, due })

afterEach(() => void vi.useRealTimers())

/** Timers that note when each of them rang. */
function noting(clock: Clock) {
  const rang: { id: string | undefined; at: number }[] = []
  const timers = new Timers(clock, (due) => rang.push(...due.map(({ id }) => ({ id, at: clock.now() }))))
  return { timers, rang }
}

test('a timer of sixty days rings once, when it is due, though no timer of Node waits that long', async () => {
  const clock = simulatedClock(0)
  const { timers, rang } = noting(clock)
  timers.arm(order('far', 60 * dayMs))
  timers.arm(order('near', dayMs))
  await clock.advance(61 * dayMs)
  expect(rang).toEqual([
    { id: 'near', at: dayMs },
    { id: 'far', at: 60 * dayMs },
  ])
  expect(clock.armed).toBe(0)
})

test("the machine's own clock waits sixty days as well", () => {
  vi.useFakeTimers({ now: 0 })
  const rang: number[] = []
  systemClock.after(60 * dayMs, () => rang.push(Date.now()))
  const cancelled = systemClock.after(60 * dayMs, () => rang.push(-1))
  vi.advanceTimersByTime(30 * dayMs)
  cancelled()
  vi.advanceTimersByTime(40 * dayMs)
  expect(rang).toEqual([60 * dayMs])
})

test('a clock that is put forward, as after a sleep of the machine, makes timers late by seconds, not by the jump', async () => {
  const clock = simulatedClock(0)
  let aheadMs = 0
  const { timers, rang } = noting({ now: () => clock.now() + aheadMs, after: clock.after })
  timers.arm(order('soon', 3_600_000))
  await clock.advance(1_000)
  aheadMs = 3_600_000
  await clock.advance(10_000)
  expect(rang.map(({ id }) => id)).toEqual(['soon'])
})

test('a clock that is put back rings nothing early', async () => {
  const clock = simulatedClock(dayMs)
  let behindMs = 0
  const { timers, rang } = noting({ now: () => clock.now() - behindMs, after: clock.after })
  timers.arm(order('soon', dayMs + 5_000))
  behindMs = 3_600_000
  await clock.advance(6_000)
  expect(rang).toEqual([])
  await clock.advance(3_600_000)
  expect(rang).toEqual([{ id: 'soon', at: dayMs + 5_000 }])
})
