import { expect, test } from 'vitest'
import { noOrders, noteFall, orderPause, orderPin, undoPause, undoPins } from '../../runtime/orders.ts'
import type { FleetOrders } from '../../runtime/ports.ts'

const intensity = { restarts: 1, withinMs: 1_000 }
const pause = { at: 1, by: 'ann', cause: 'costs' }
const fall = (tenant: string, at: number) => noteFall({ tenant, actor: `${tenant}/task/t`, cause: 'it broke', at }, intensity)
const pausedIn = (orders: FleetOrders): readonly string[] => Object.keys(orders.paused ?? {})

test.each(['acme', 'constructor', 'toString'])('tenant %s is paused by its own failures within the time, and goes on afresh', (tenant) => {
  const others = fall('other', 500)(orderPause('other', pause)(noOrders))
  const once = fall(tenant, 0)(others)
  expect(pausedIn(once)).toEqual(['other'])
  expect(pausedIn(fall(tenant, 1_000)(once))).toEqual(['other']) // the first no longer counts
  const paused = fall(tenant, 999)(once)
  expect(pausedIn(paused)).toEqual(['other', tenant])
  expect(undoPause(tenant)(paused)).toEqual(others)
})

test('who was paused first, and why, stays', () => {
  const later = fall('acme', 3)(fall('acme', 2)(orderPause('acme', pause)(noOrders)))
  expect(later.paused).toEqual({ acme: pause })
})

test('taking pins back leaves every other order as it was', () => {
  const stop = {
    id: 'b',
    on: 'state',
    match: 'task.choosing',
    tenant: 'main',
    type: 'task',
    by: 'ann',
    until: 2_000,
    holdMs: 1_000,
  } as const
  const others = { drained: ['w1'], paused: { acme: { at: 1, by: 'ann', cause: 'a drill' } }, fallen: { acme: [1] }, breakpoints: [stop] }
  const pinned = orderPin('blue', [3])(orderPin('green')({ ...others, pins: {} }))
  expect(undoPins()(pinned)).toEqual({ ...others, pins: {} })
  expect(undoPins([3])(pinned)).toEqual({ ...others, pin: 'green', pins: {} })
})
