import { describe, expect } from 'vitest'
import type { Signal } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { bytes, text, worldTest, type MakeWorld } from './world.ts'

export function signalsContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('signals', () => {
    test('a signal reaches everyone subscribed to its subject, in the order published, also who published it', async ({ world }) => {
      const shared = await world()
      const [one, two] = [(await shared.ports()).signals, (await shared.ports()).signals]
      const [exact, wild, tail, other] = Array.from({ length: 4 }, () => new Collector<Signal>())
      const readers = [
        one.subscribe(`${shared.namespace}.applied.1.2`, exact?.add ?? raise),
        one.subscribe(`${shared.namespace}.applied.1.*`, wild?.add ?? raise),
        one.subscribe(`${shared.namespace}.applied.>`, tail?.add ?? raise),
        one.subscribe(`${shared.namespace}.applied.2.*`, other?.add ?? raise),
        two.subscribe(`${shared.namespace}.ready`, () => undefined),
      ]
      for (let n = 0; n < 10; n++) one.publish(`${shared.namespace}.applied.1.2`, bytes(String(n)))
      for (const collector of [exact, wild, tail]) {
        const contents = (await collector?.count(10))?.map((signal) => text(signal.bytes))
        expect(contents).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
      }
      expect(other?.items).toEqual([])
      await Promise.all(readers.map((reader) => reader.stop()))
    })

    test('nothing comes after stop', async ({ world }) => {
      const shared = await world()
      const { signals } = await shared.ports()
      const [stopped, going] = [new Collector<Signal>(), new Collector<Signal>()]
      const reader = signals.subscribe(`${shared.namespace}.watch`, stopped.add)
      const other = signals.subscribe(`${shared.namespace}.watch`, going.add)
      await reader.stop()
      signals.publish(`${shared.namespace}.watch`, bytes('one'))
      await going.count(1)
      expect(stopped.items).toEqual([])
      await other.stop()
    })
  })
}

const raise = (): never => {
  throw new Error('no collector')
}
