import { expect, test } from 'vitest'
import type { LogReader } from '../../runtime/nats/read-log.ts'
import type { Stamped } from '../../runtime/ports.ts'
import { Entries } from '../../services/inspector/moments/entries.ts'
import { entry, task } from '../projector/log-book.ts'

/** A log of one record a sequence, each with one entry; it answers when it is told to. */
function slowLog(last: number) {
  const asked: number[] = []
  const waiting: (() => void)[] = []
  const recordAt = (seq: number): Stamped => {
    const one = entry({ actor: task(`${seq}`), turn: seq })
    const record = { kind: 'turns', epoch: 1, worker: 'w', checkpointAt: 0, offset: { seq: 1, count: 0, at: 1 }, entries: [one] }
    return { seq, at: 1, bytes: Buffer.from(JSON.stringify(record)) }
  }
  const log: LogReader = {
    at: async (_partition, seq) => {
      asked.push(seq)
      await new Promise<void>((resolve) => waiting.push(resolve))
      return seq <= last ? recordAt(seq) : undefined
    },
  }
  const settle = async (): Promise<void> => {
    for (let idle = 0; idle < 3;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (waiting.length === 0) idle++
      for (const resolve of waiting.splice(0)) resolve()
    }
  }
  return { log, asked, settle, underWay: () => waiting.length }
}

const place = (seq: number) => ({ turn: seq, partition: 0, seq, index: 0 })

test('at most sixteen records are read at once, each once, and what was read is kept', async () => {
  const { log, asked, settle, underWay } = slowLog(40)
  const entries = new Entries(log)
  const places = Array.from({ length: 40 }, (_, n) => place(n + 1))
  const reading = Promise.all([entries.at(places), entries.at(places)])
  await new Promise((resolve) => setImmediate(resolve))
  expect(underWay()).toBe(16)
  await settle()
  const [one, other] = await reading
  expect(one.map((found) => found?.turn)).toEqual(places.map(({ turn }) => turn))
  expect(other).toEqual(one)
  expect(asked).toHaveLength(40)
  await entries.at(places)
  expect(asked).toHaveLength(40)
})

test('what is missing is missing, and is asked for again', async () => {
  const { log, asked, settle } = slowLog(1)
  const entries = new Entries(log)
  for (let n = 0; n < 2; n++) {
    const reading = entries.at([place(1), place(2)])
    await settle()
    expect((await reading).map((found) => found?.turn)).toEqual([1, undefined])
  }
  expect(asked).toEqual([1, 2, 2])
})
