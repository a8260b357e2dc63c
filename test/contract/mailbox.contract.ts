import { describe, expect } from 'vitest'
import { partitionOf, type Address } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import { MailboxFull, MessageTooLarge } from '../../runtime/errors.ts'
import type { Mail } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { awkwardKeys, bytes, text, worldTest, type MakeWorld, type World } from './world.ts'

const address: Address = { tenant: 'acme', type: 'counter', key: 'one' }
const partition = partitionOf(address, 4)

/** Sends numbered events to one actor, one after the other, and returns their sequences. */
async function sendNumbers(world: World, from: number, to: number): Promise<number[]> {
  const seqs: number[] = []
  for (let n = from; n < to; n++) seqs.push((await world.send(address, { type: 'add', n })).seq)
  return seqs
}

const numberOf = (mail: Mail): unknown => JSON.parse(text(mail.bytes)).n
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

export function mailboxContract(make: MakeWorld): void {
  const test = worldTest(make)

  describe('mailbox', () => {
    test('messages are delivered in order, those stored before and those sent while reading', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      await sendNumbers(shared, 0, 20)
      const mails = new Collector<Mail>()
      const reader = await mailbox.read(partition, 1, mails.add)
      await sendNumbers(shared, 20, 40)
      expect((await mails.count(40)).map(numberOf)).toEqual(range(0, 40))
      expect(mails.items.map((mail) => mail.seq)).toEqual(mails.items.map((mail) => mail.seq).toSorted((a, b) => a - b))
      await reader.stop()
    })

    test('a reader starts at any sequence, also at one that is not stored yet', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      const seqs = await sendNumbers(shared, 0, 10)
      const middle = new Collector<Mail>()
      const end = new Collector<Mail>()
      const readers = [await mailbox.read(partition, seqs[6] ?? 0, middle.add), await mailbox.read(partition, (seqs[9] ?? 0) + 1, end.add)]
      await sendNumbers(shared, 10, 12)
      expect((await middle.count(6)).map(numberOf)).toEqual(range(6, 12))
      expect((await end.count(2)).map(numberOf)).toEqual([10, 11])
      await Promise.all(readers.map((reader) => reader.stop()))
    })

    test('nothing is lost or repeated when one reader stops and another goes on', async ({ world }) => {
      const shared = await world()
      const sending = sendNumbers(shared, 0, 300)
      const got: unknown[] = []
      let next = 1
      while (got.length < 300) {
        const { mailbox } = await shared.ports()
        const mails = new Collector<Mail>()
        const reader = await mailbox.read(partition, next, mails.add)
        await mails.count(Math.min(50, 300 - got.length))
        await reader.stop()
        const taken = mails.items.length
        got.push(...mails.items.map(numberOf))
        next = (mails.items.at(-1)?.seq ?? 0) + 1
        await sending.then(() => expect(mails.items).toHaveLength(taken)) // nothing after stop
      }
      expect(got).toEqual(range(0, 300))
    })

    test('two readers of a partition each get everything', async ({ world }) => {
      const shared = await world()
      const [one, two] = [new Collector<Mail>(), new Collector<Mail>()]
      const readers = await Promise.all([one, two].map(async (mails) => (await shared.ports()).mailbox.read(partition, 1, mails.add)))
      await sendNumbers(shared, 0, 30)
      expect((await one.count(30)).map(numberOf)).toEqual(range(0, 30))
      expect((await two.count(30)).map(numberOf)).toEqual(range(0, 30))
      await Promise.all(readers.map((reader) => reader.stop()))
    })

    test('a trim forgets what is before it, in its partition only', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      const seqs = await sendNumbers(shared, 0, 6)
      await mailbox.sendChannel((partition + 1) % 4, partition, bytes('channel'))
      await mailbox.trim(partition, seqs[4] ?? 0)
      const [mails, others] = [new Collector<Mail>(), new Collector<Mail>()]
      const readers = [await mailbox.read(partition, 1, mails.add), await mailbox.read((partition + 1) % 4, 1, others.add)]
      expect((await mails.count(2)).map(numberOf)).toEqual([4, 5])
      expect((await others.count(1)).map((mail) => text(mail.bytes))).toEqual(['channel'])
      await Promise.all(readers.map((reader) => reader.stop()))
    })

    test('a stored message is known by its sequence and time; a trimmed or future one is not', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      const seqs = await sendNumbers(shared, 0, 3)
      const mails = new Collector<Mail>()
      const reader = await mailbox.read(partition, 1, mails.add)
      for (const mail of await mails.count(3)) expect(await mailbox.at(mail.seq)).toEqual({ at: mail.at })
      expect(await mailbox.lastSeq()).toBe(seqs[2])
      expect(await mailbox.at((seqs[2] ?? 0) + 1)).toBeUndefined()
      await mailbox.trim(partition, seqs[1] ?? 0)
      expect(await mailbox.at(seqs[0] ?? 0)).toBeUndefined()
      await reader.stop()
    })

    test('the source says whether a client, a frame or a channel sent it, and headers are found in lower case', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      const { frame } = subjects(shared.namespace)
      const mails = new Collector<Mail>()
      const reader = await mailbox.read(partition, 1, mails.add)
      await shared.send(address, { type: 'add' }, { Traceparent: '00-1-1-01' })
      await shared.publish(frame(partition, 'acme'), bytes('{}'))
      await mailbox.sendChannel(partition, 3, bytes('channel'))
      const [sent, framed, channelled] = await mails.count(3)
      expect(sent?.source).toEqual({ kind: 'send', address })
      expect(sent?.header('traceparent')).toBe('00-1-1-01')
      expect(sent?.header('deadline')).toBeUndefined()
      expect(framed?.source).toEqual({ kind: 'frame', tenant: 'acme' })
      expect(framed?.header('traceparent')).toBeUndefined()
      expect(channelled?.source).toEqual({ kind: 'channel', source: 3 })
      await reader.stop()
    })

    test('a key with any characters comes back as it was', async ({ world }) => {
      const shared = await world()
      const { mailbox } = await shared.ports()
      const mails = new Collector<Mail>()
      const readers = await Promise.all(range(0, 4).map((at) => mailbox.read(at, 1, mails.add)))
      for (const key of awkwardKeys) await shared.send({ ...address, key }, { type: 'add' })
      await mails.count(awkwardKeys.length)
      const keys = mails.items.map(({ source }) => (source.kind === 'send' ? source.address.key : source.kind))
      expect(keys.toSorted()).toEqual(awkwardKeys.toSorted())
      await Promise.all(readers.map((reader) => reader.stop()))
    })

    test('a subject that no key encodes to is delivered as unreadable', async ({ world }) => {
      const shared = await world({ partitions: 1 })
      const { mailbox } = await shared.ports()
      const mails = new Collector<Mail>()
      const reader = await mailbox.read(0, 1, mails.add)
      const tokens = ['=zz', 'a$b', 'k'.repeat(300)] // the second would be an actor of two partitions
      for (const token of tokens) await shared.publish(`${shared.namespace}.send.acme.counter.${token}`, bytes('{}'))
      await shared.send(address, { type: 'add' })
      const found = await mails.count(tokens.length + 1)
      expect(found.slice(0, -1).map(({ source }) => source)).toEqual(
        tokens.map((token) => ({ kind: 'unreadable', subject: `${shared.namespace}.in.0.acme.counter.${token}` })),
      )
      expect(found.at(-1)?.source.kind).toBe('send')
      await reader.stop()
    })

    test('a message id sent twice is stored once', async ({ world }) => {
      const shared = await world()
      const first = await shared.send(address, { type: 'add' }, { 'Nats-Msg-Id': 'same' })
      expect(await shared.send(address, { type: 'add' }, { 'Nats-Msg-Id': 'same' })).toEqual({ seq: first.seq, duplicate: true })
      expect(await (await shared.ports()).mailbox.lastSeq()).toBe(first.seq)
    })

    test('a message larger than the limit is refused', async ({ world }) => {
      const shared = await world({ messageBytesMax: 4096 })
      const { mailbox } = await shared.ports()
      await expect(shared.send(address, { type: 'add', text: 'x'.repeat(5000) })).rejects.toThrow(MessageTooLarge)
      await expect(mailbox.sendChannel(0, 1, new Uint8Array(5000))).rejects.toThrow(MessageTooLarge)
      expect(await mailbox.lastSeq()).toBe(0)
    })

    test('a full mailbox refuses, keeps what it has, and takes more after a trim', async ({ world }) => {
      const shared = await world({ mailboxMessagesMax: 3 })
      const { mailbox } = await shared.ports()
      const seqs = await sendNumbers(shared, 0, 3)
      await expect(shared.send(address, { type: 'add' })).rejects.toThrow(MailboxFull)
      await expect(mailbox.sendChannel(partition, 1, bytes('more'))).rejects.toThrow(MailboxFull)
      expect(await mailbox.at(seqs[0] ?? 0)).toBeDefined()
      await mailbox.trim(partition, seqs[1] ?? 0)
      await mailbox.sendChannel(partition, 1, bytes('more'))
    })
  })
}
