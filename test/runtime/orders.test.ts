import { expect, test } from 'vitest'
import type { FleetOrders } from '../../runtime/ports.ts'
import { noOrders, noteFall, orderPause, undoPause } from '../../runtime/orders.ts'

const intensity = { restarts: 1, withinMs: 1_000 }
const fall = (tenant: string, at: number) => noteFall({ tenant, actor: `${tenant}/task/t`, cause: 'it broke', at }, intensity)

test.each(['acme', 'constructor', 'toString'])(
  'tenant %s is paused when too many of its actors fail for good within the time, and goes on afresh',
  (tenant) => {
    const once = fall(tenant, 0)(noOrders)
    expect(once.paused).toBeUndefined()
    expect(fall(tenant, 1_000)(once).paused).toBeUndefined() // the first no longer counts
    const paused = fall(tenant, 999)(once)
    expect(Object.keys(paused.paused ?? {})).toEqual([tenant])
    expect(undoPause(tenant)(paused)).toEqual(noOrders)
  },
)

test('who was paused first, and why, stays', () => {
  const paused = orderPause('acme', { at: 1, by: 'ann', cause: 'costs' })(noOrders)
  const later = fall('acme', 3)(fall('acme', 2)(paused))
  expect(later.paused).toEqual({ acme: { at: 1, by: 'ann', cause: 'costs' } })
})
