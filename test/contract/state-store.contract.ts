import { describe, expect } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { awkwardKeys, bytes, worldTest, type MakeWorld } from './world.ts'

const actor = actorId('acme', 'counter', 'one')

export function stateStoreContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('state store', () => {
    test('a snapshot is loaded as it was saved, with the sequence that the next save expects', async ({ world }) => {
      const { states } = await (await world()).ports()
      expect(await states.load(1, actor)).toBeUndefined()
      const first = await states.save(1, actor, 0, bytes('one'))
      if (!first.ok) throw new Error(first.cause)
      expect(await states.load(1, actor)).toEqual({ seq: first.seq, bytes: bytes('one') })
      const second = await states.save(1, actor, first.seq, bytes('two'))
      expect(second).toMatchObject({ ok: true })
      expect(await states.load(1, actor)).toMatchObject({ bytes: bytes('two') })
    })

    test('a save that expects another sequence is stale and writes nothing', async ({ world }) => {
      const shared = await world()
      const [owner, zombie] = [(await shared.ports()).states, (await shared.ports()).states]
      const first = await owner.save(1, actor, 0, bytes('one'))
      const seq = first.ok ? first.seq : 0
      await owner.save(1, actor, seq, bytes('two'))
      for (const expected of [0, seq]) {
        expect(await zombie.save(1, actor, expected, bytes('old'))).toMatchObject({ ok: false, reason: 'stale' })
      }
      expect(await zombie.load(1, actor)).toMatchObject({ bytes: bytes('two') })
    })

    test('of two saves that expect the same, one wins', async ({ world }) => {
      const { states } = await (await world()).ports()
      const outcomes = await Promise.all(['a', 'b', 'c'].map((content) => states.save(0, actor, 0, bytes(content))))
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
    })

    test('every actor of a partition is listed, whatever its key', async ({ world }) => {
      const { states } = await (await world()).ports()
      const actors = awkwardKeys.map((key) => actorId('acme', 'counter', key))
      for (const each of actors) expect(await states.save(2, each, 0, bytes(each))).toMatchObject({ ok: true })
      await states.save(3, actor, 0, bytes('elsewhere'))
      expect((await Array.fromAsync(states.list(2))).toSorted()).toEqual(actors.toSorted())
      for (const each of actors) expect(await states.load(2, each)).toMatchObject({ bytes: bytes(each) })
      expect(await Array.fromAsync(states.list(0))).toEqual([])
    })
  })
}
