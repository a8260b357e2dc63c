import { describe, expect } from 'vitest'
import { noOrders, orderDrain, orderPin, undoDrain, undoPins } from '../../runtime/orders.ts'
import type { FleetOrders } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { worldTest, type MakeWorld } from './world.ts'

export function ordersContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('orders', () => {
    test('nothing is ordered at first; what is ordered holds for everyone until it is taken back', async ({ world }) => {
      const shared = await world()
      const [mine, yours] = [(await shared.ports()).orders, (await shared.ports()).orders]
      expect(await mine.read()).toEqual(noOrders)
      expect(await mine.change(orderDrain('w1'))).toEqual({ pins: {}, drained: ['w1'] })
      await mine.change(orderPin('blue'))
      await yours.change(orderPin('green', [2, 3]))
      expect(await yours.read()).toEqual({ pin: 'blue', pins: { 2: 'green', 3: 'green' }, drained: ['w1'] })
      await yours.change(undoDrain('w1'))
      await yours.change(undoPins([3]))
      expect(await mine.read()).toEqual({ pin: 'blue', pins: { 2: 'green' }, drained: [] })
      await mine.change(undoPins())
      expect(await yours.read()).toEqual(noOrders)
    })

    test('a watcher is told what holds, and every change', async ({ world }) => {
      const shared = await world()
      const [operator, worker] = [(await shared.ports()).orders, (await shared.ports()).orders]
      await operator.change(orderPin('blue'))
      const calls = new Collector<FleetOrders>()
      const watch = await worker.watch(calls.add)
      expect(await calls.count(1)).toEqual([{ pin: 'blue', pins: {}, drained: [] }])
      await operator.change(undoPins())
      await calls.until((all) => all.at(-1)?.pin === undefined)
      await watch.stop()
    })

    test('two operators who order at the same time are both obeyed', async ({ world }) => {
      const shared = await world()
      const all = await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => ({ id, orders: (await shared.ports()).orders })))
      await Promise.all(all.map(({ id, orders }) => orders.change(orderDrain(id))))
      expect((await all[0]?.orders.read())?.drained.toSorted()).toEqual(['a', 'b', 'c', 'd'])
    })
  })
}
