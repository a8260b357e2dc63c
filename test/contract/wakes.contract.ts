import { describe, expect } from 'vitest'
import { actorId, type ActorId } from '../../machines/address.ts'
import { Collector } from '../support/collector.ts'
import { awkwardKeys, worldTest, type MakeWorld } from './world.ts'

interface Wake {
  readonly actor: ActorId
  readonly at: number
  readonly done: () => void
}

const named = (key: string): ActorId => actorId('acme', 'timer', key)

export function wakesContract(make: MakeWorld): void {
  const test = worldTest(make)
  const collect = () => {
    const wakes = new Collector<Wake>()
    return { wakes, deliver: (actor: ActorId, done: () => void) => wakes.add({ actor, done, at: Date.now() }) }
  }

  describe('wakes', () => {
    test('a wake-up comes once, when it is due and not before', async ({ world }) => {
      const ports = await (await world()).ports()
      const { wakes, deliver } = collect()
      const reader = await ports.wakes.read(1, deliver)
      const due = Date.now() + 300
      await ports.wakes.set(1, named('late'), due + 600)
      await ports.wakes.set(1, named('soon'), due)
      await ports.wakes.set(2, named('elsewhere'), due)
      const [first, second] = await wakes.count(2)
      expect([first?.actor, second?.actor]).toEqual([named('soon'), named('late')])
      expect(first?.at).toBeGreaterThanOrEqual(due)
      expect(wakes.items).toHaveLength(2)
      await reader.stop()
    })

    test('a wake-up that came due while nobody read, or was due when it was set, is delivered', async ({ world }) => {
      const shared = await world()
      const ports = await shared.ports()
      await ports.wakes.set(0, named('past'), Date.now() - 60_000)
      await ports.wakes.set(0, named('soon'), Date.now() + 100)
      const marker = collect()
      const markerReader = await ports.wakes.read(3, marker.deliver)
      await ports.wakes.set(3, named('marker'), Date.now() + 600)
      await marker.wakes.count(1)
      const { wakes, deliver } = collect()
      const reader = await (await shared.ports()).wakes.read(0, deliver)
      const actors = (await wakes.count(2)).map((wake) => wake.actor)
      expect(actors.toSorted()).toEqual([named('past'), named('soon')])
      await Promise.all([reader.stop(), markerReader.stop()])
    })

    test('a wake-up that is done is forgotten; one that is not comes again to the next reader', async ({ world }) => {
      const shared = await world()
      const ports = await shared.ports()
      const first = collect()
      const reader = await ports.wakes.read(0, first.deliver)
      await ports.wakes.set(0, named('done'), Date.now())
      await ports.wakes.set(0, named('open'), Date.now())
      await first.wakes.count(2)
      first.wakes.items.find((wake) => wake.actor === named('done'))?.done()
      await reader.stop()
      const second = collect()
      const next = await (await shared.ports()).wakes.read(0, second.deliver)
      await ports.wakes.set(0, named('marker'), Date.now())
      await second.wakes.until((items) => items.some((wake) => wake.actor === named('marker')))
      expect(second.wakes.items.map((wake) => wake.actor)).toEqual([named('open'), named('marker')])
      await next.stop()
    })

    test('setting a wake-up again replaces it', async ({ world }) => {
      const ports = await (await world()).ports()
      const { wakes, deliver } = collect()
      const reader = await ports.wakes.read(0, deliver)
      const due = Date.now() + 900
      await ports.wakes.set(0, named('moved'), Date.now() + 300)
      await ports.wakes.set(0, named('moved'), due)
      await ports.wakes.set(0, named('marker'), due + 300)
      await wakes.until((items) => items.some((wake) => wake.actor === named('marker')))
      expect(wakes.items.map((wake) => wake.actor)).toEqual([named('moved'), named('marker')])
      expect(wakes.items[0]?.at).toBeGreaterThanOrEqual(due)
      await reader.stop()
    })

    test('a wake-up of a far year waits, and one of a year that no calendar writes does too', async ({ world }) => {
      const ports = await (await world()).ports()
      const { wakes, deliver } = collect()
      const reader = await ports.wakes.read(1, deliver)
      for (const year of [2100, 2300, 9999, 12_000]) await ports.wakes.set(1, named(`year ${year}`), Date.UTC(year, 0, 1))
      await ports.wakes.set(1, named('marker'), Date.now() + 300)
      await wakes.until((items) => items.some((wake) => wake.actor === named('marker')))
      expect(wakes.items.map((wake) => wake.actor)).toEqual([named('marker')])
      await reader.stop()
    })

    test('an actor with any key is woken', async ({ world }) => {
      const ports = await (await world()).ports()
      const { wakes, deliver } = collect()
      const reader = await ports.wakes.read(0, deliver)
      for (const key of awkwardKeys) await ports.wakes.set(0, named(key), Date.now())
      const actors = (await wakes.count(awkwardKeys.length)).map((wake) => wake.actor)
      expect(actors.toSorted()).toEqual(awkwardKeys.map(named).toSorted())
      await reader.stop()
    })
  })
}
