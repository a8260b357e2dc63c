import { describe, expect } from 'vitest'
import { MessageTooLarge } from '../../runtime/errors.ts'
import type { Log, Stamped } from '../../runtime/ports.ts'
import { bytes, text, worldTest, type MakeWorld } from './world.ts'

const all = async (records: AsyncIterable<Stamped>): Promise<Stamped[]> => Array.fromAsync(records)

/** Appends one after the other and returns the sequences. */
async function fill(log: Log, partition: number, contents: readonly string[]): Promise<number[]> {
  const seqs: number[] = []
  for (const content of contents) {
    const appended = await log.append(partition, seqs.at(-1) ?? 0, bytes(content))
    if (!appended.ok) throw new Error(appended.cause)
    seqs.push(appended.seq)
  }
  return seqs
}

export function logContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('log', () => {
    test('what is appended is the last record, with the time it was stored', async ({ world }) => {
      const { log } = await (await world()).ports()
      expect(await log.last(1)).toBeUndefined()
      const before = Date.now()
      const [first = 0, second = 0] = await fill(log, 1, ['one', 'two'])
      const last = await log.last(1)
      expect(last).toMatchObject({ seq: second, bytes: bytes('two') })
      expect(last?.at).toBeGreaterThanOrEqual(before - 1)
      expect(last?.at).toBeLessThanOrEqual(Date.now() + 1)
      expect(await log.at(1, first)).toMatchObject({ seq: first, bytes: bytes('one') })
      expect(await log.at(2, first)).toBeUndefined()
      expect(await log.at(1, second + 1)).toBeUndefined()
    })

    test('whether a record is still the last of its partition is told, whatever happens in others', async ({ world }) => {
      const { log } = await (await world()).ports()
      expect(await log.isLast(1, 0)).toBe(true)
      const [first = 0, second = 0] = await fill(log, 1, ['one', 'two'])
      await fill(log, 2, ['elsewhere'])
      expect(await Promise.all([0, first, second].map((seq) => log.isLast(1, seq)))).toEqual([false, false, true])
    })

    test('an append with the wrong expected sequence is stale and writes nothing', async ({ world }) => {
      const { log } = await (await world()).ports()
      const [seq = 0] = await fill(log, 0, ['one'])
      for (const expected of [0, seq - 1, seq + 1]) {
        expect(await log.append(0, expected, bytes('no'))).toMatchObject({ ok: false, reason: 'stale' })
      }
      expect(await all(log.read(0, 1, seq + 10))).toHaveLength(1)
    })

    test('when two writers race, exactly one wins each position', async ({ world }) => {
      const shared = await world()
      const [{ log }, { log: rival }] = await Promise.all([shared.ports(), shared.ports()])
      let expected = 0
      for (let round = 0; round < 25; round++) {
        const outcomes = await Promise.all([log, rival].map((writer, which) => writer.append(3, expected, bytes(`${round} by ${which}`))))
        const won = outcomes.filter((outcome) => outcome.ok)
        expect(won).toHaveLength(1)
        expect(outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'stale')).toHaveLength(1)
        expected = won[0]?.seq ?? 0
      }
      const records = await all(log.read(3, 1, expected))
      expect(records.map((record) => text(record.bytes).split(' ')[0])).toEqual(Array.from({ length: 25 }, (_, round) => String(round)))
    })

    test('the expected sequence is that of the partition, whatever others append', async ({ world }) => {
      const { log } = await (await world()).ports()
      const [seq = 0] = await fill(log, 0, ['one'])
      await fill(log, 1, ['a', 'b', 'c'])
      expect(await log.append(0, seq, bytes('two'))).toMatchObject({ ok: true })
    })

    test('a range is read in order, with both ends, and nothing of other partitions', async ({ world }) => {
      const { log } = await (await world()).ports()
      const contents = Array.from({ length: 600 }, (_, n) => `record ${n}`)
      const seqs = await fill(log, 2, contents)
      await fill(log, 1, ['other'])
      const [from = 0, to = 0] = [seqs[100], seqs[500]]
      expect((await all(log.read(2, from, to))).map((record) => text(record.bytes))).toEqual(contents.slice(100, 501))
      expect(await all(log.read(2, 1, Number.MAX_SAFE_INTEGER))).toHaveLength(600)
      expect(await all(log.read(2, (seqs.at(-1) ?? 0) + 1, Number.MAX_SAFE_INTEGER))).toEqual([])
      expect(await all(log.read(3, 1, Number.MAX_SAFE_INTEGER))).toEqual([])
    })

    test('a record of 768 KiB is read back as it was; one larger than the server takes is refused', async ({ world }) => {
      const { log } = await (await world()).ports()
      const large = new Uint8Array(768 * 1024).map((_, at) => at % 251)
      const appended = await log.append(0, 0, large)
      expect(appended.ok).toBe(true)
      const [record] = await all(log.read(0, 1, Number.MAX_SAFE_INTEGER))
      expect(Buffer.from(record?.bytes ?? []).equals(large)).toBe(true)
      await expect(log.append(0, record?.seq ?? 0, new Uint8Array(2 * 1024 * 1024))).rejects.toThrow(MessageTooLarge)
    })

    test('the newest records of each partition are kept, of an idle one too', async ({ world }) => {
      const { log } = await (await world({ logRecordsMax: 3 })).ports()
      await fill(log, 0, ['idle'])
      await fill(log, 1, ['a', 'b', 'c', 'd', 'e'])
      expect((await all(log.read(1, 1, Number.MAX_SAFE_INTEGER))).map((record) => text(record.bytes))).toEqual(['c', 'd', 'e'])
      expect(text((await log.last(0))?.bytes ?? bytes(''))).toBe('idle')
    })
  })
}
