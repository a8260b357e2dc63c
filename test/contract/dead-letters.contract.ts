import { describe, expect } from 'vitest'
import { awkwardKeys, bytes, worldTest, type MakeWorld } from './world.ts'

export function deadLettersContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('dead letters', () => {
    test('a dead letter added twice is one; another id is another', async ({ world }) => {
      const shared = await world()
      const { deadLetters } = await shared.ports()
      const address = { tenant: 'acme', type: 'counter', key: 'one' }
      await deadLetters.add(address, 'id-1', bytes('first'))
      await (await shared.ports()).deadLetters.add(address, 'id-1', bytes('again'))
      expect(await shared.deadLetters()).toBe(1)
      await deadLetters.add(address, 'id-2', bytes('second'))
      expect(await shared.deadLetters()).toBe(2)
    })

    test('letters of any key are kept', async ({ world }) => {
      const shared = await world()
      const { deadLetters } = await shared.ports()
      for (const key of awkwardKeys)
        await deadLetters.add({ tenant: 'acme', type: 'counter', key }, `letter of ${key.length} ${key}`, bytes(key))
      expect(await shared.deadLetters()).toBe(awkwardKeys.length)
    })
  })
}
