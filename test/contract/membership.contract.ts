import { describe, expect } from 'vitest'
import type { Departure, Member, Membership, Reader } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { worldTest, type MakeWorld } from './world.ts'

const memberTtlMs = 600

const member = (id: string, owned: readonly number[] = []): Member => ({
  id,
  owned,
  draining: false,
  version: '1',
  types: ['counter'],
  startedAt: 1,
  host: 'here',
  pid: 1,
  fit: true,
  load: { actors: 0, turns: 0, effects: 0, rssBytes: 0 },
  partitions: [],
})

const ids = (members: readonly Member[] | undefined): string[] => (members ?? []).map(({ id }) => id)
const isNow =
  (...wanted: string[]) =>
  (calls: readonly (readonly Member[])[]) =>
    ids(calls.at(-1)).join() === wanted.join()

export function membershipContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('membership', () => {
    test('a watcher is told at once, of nobody or of all who are alive', async ({ world }) => {
      const shared = await world({ memberTtlMs: 5000 })
      const { membership } = await shared.ports()
      const [empty, full] = [new Collector<readonly Member[]>(), new Collector<readonly Member[]>()]
      const early = await membership.watch(empty.add)
      expect(await empty.count(1)).toEqual([[]])
      await membership.announce(member('b', [1, 2]))
      await membership.announce(member('a'))
      const late = await (await shared.ports()).membership.watch(full.add)
      expect((await full.count(1))[0]).toEqual([member('a'), member('b', [1, 2])])
      await empty.until(isNow('a', 'b'))
      await Promise.all([early.stop(), late.stop()])
    })

    test('who joins, changes and leaves is told; a heartbeat that says nothing new is not', async ({ world }) => {
      const shared = await world({ memberTtlMs: 5000 })
      const { membership } = await shared.ports()
      const calls = new Collector<readonly Member[]>()
      const watch = await membership.watch(calls.add)
      await membership.announce(member('a.b *>'))
      await membership.announce(member('a.b *>'))
      await membership.announce(member('a.b *>', [7]))
      await calls.until((all) => all.at(-1)?.[0]?.owned[0] === 7)
      await membership.leave('a.b *>')
      await calls.until(isNow())
      expect(calls.items).toEqual([[], [member('a.b *>')], [member('a.b *>', [7])], []])
      await watch.stop()
    })

    test('a member that is heard of stays; one that is not is left out after its time to live', async ({ world }) => {
      const shared = await world({ memberTtlMs })
      const { membership } = await shared.ports()
      const calls = new Collector<readonly Member[]>()
      const watch = await membership.watch(calls.add)
      await membership.announce(member('dies'))
      const started = Date.now()
      let announced = Promise.resolve()
      const heartbeat = setInterval(() => {
        announced = membership.announce(member('lives'))
      }, memberTtlMs / 4)
      try {
        await calls.until(isNow('dies', 'lives'))
        await calls.until(isNow('lives'))
        expect(Date.now() - started).toBeGreaterThanOrEqual(memberTtlMs - 50)
        expect(calls.items.map(ids)).toEqual([[], ['dies'], ['dies', 'lives'], ['lives']])
      } finally {
        clearInterval(heartbeat)
        await announced
        await watch.stop()
      }
    })

    test('a new watcher does not see who died before', async ({ world }) => {
      const shared = await world({ memberTtlMs })
      const { membership } = await shared.ports()
      const [first, second] = [new Collector<readonly Member[]>(), new Collector<readonly Member[]>()]
      const watch = await membership.watch(first.add)
      await membership.announce(member('dies'))
      await first.until(isNow('dies'))
      await first.until(isNow())
      const late = await (await shared.ports()).membership.watch(second.add)
      await second.until(isNow())
      await Promise.all([watch.stop(), late.stop()])
    })

    test('a member whose connection ends is left out long before its time to live, and the reason is told', async ({ world }) => {
      const shared = await world({ memberTtlMs: 60_000 })
      const [alive, dying] = [await shared.ports(), await shared.ports()]
      const { calls, watch } = await watching(alive.membership)
      await alive.membership.announce(member('lives'))
      await dying.membership.announce(member('dies'))
      await calls.until((all) => ids(all.at(-1)?.members).join() === 'dies,lives')
      await shared.disconnect(dying)
      await calls.until((all) => ids(all.at(-1)?.members).join() === 'lives')
      expect(calls.items.at(-1)?.departure).toEqual({ id: 'dies', why: 'disconnected' })
      await watch.stop()
    })

    test('who begins to watch after the connection of a member has ended is soon told that it has gone', async ({ world }) => {
      const shared = await world({ memberTtlMs: 60_000 })
      const [alive, dying] = [await shared.ports(), await shared.ports()]
      const { calls, watch } = await watching(alive.membership)
      await alive.membership.announce(member('lives'))
      await dying.membership.announce(member('dies'))
      await calls.until((all) => ids(all.at(-1)?.members).join() === 'dies,lives')
      await shared.disconnect(dying)
      await calls.until((all) => all.at(-1)?.departure?.id === 'dies')
      const late = await watching((await shared.ports()).membership)
      await late.calls.until((all) => ids(all.at(-1)?.members).join() === 'lives')
      await Promise.all([watch.stop(), late.watch.stop()])
    })

    test('a member that connects again at once is never left out', async ({ world }) => {
      const shared = await world({ memberTtlMs: 60_000 })
      const [watcher, breaking, dying] = [await shared.ports(), await shared.ports(), await shared.ports()]
      const { calls, watch } = await watching(watcher.membership)
      await breaking.membership.announce(member('breaks'))
      await dying.membership.announce(member('dies'))
      await calls.until((all) => ids(all.at(-1)?.members).join() === 'breaks,dies')
      await shared.reconnect(breaking)
      await shared.disconnect(dying) // a later end, so that when it is told the earlier one has been
      await calls.until((all) => all.at(-1)?.departure?.id === 'dies')
      expect(calls.items.flatMap(({ departure }) => departure?.id ?? [])).toEqual(['dies'])
      expect(ids(calls.items.at(-1)?.members)).toEqual(['breaks'])
      await watch.stop()
    })

    test('who leaves and who falls silent are told apart', async ({ world }) => {
      const shared = await world({ memberTtlMs })
      const { membership } = await shared.ports()
      const { calls, watch } = await watching(membership)
      await membership.announce(member('leaves'))
      await membership.announce(member('dies'))
      await calls.until((all) => ids(all.at(-1)?.members).join() === 'dies,leaves')
      await membership.leave('leaves')
      await calls.until((all) => all.at(-1)?.members.length === 0)
      expect(calls.items.flatMap(({ departure }) => departure ?? [])).toEqual([
        { id: 'leaves', why: 'left' },
        { id: 'dies', why: 'silent' },
      ])
      await watch.stop()
    })
  })
}

interface Call {
  readonly members: readonly Member[]
  readonly departure: Departure | undefined
}

async function watching(membership: Membership): Promise<{ calls: Collector<Call>; watch: Reader }> {
  const calls = new Collector<Call>()
  return { calls, watch: await membership.watch((members, departure) => calls.add({ members, departure })) }
}
