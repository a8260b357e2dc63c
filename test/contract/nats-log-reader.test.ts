import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { openLogReader } from '../../runtime/nats/read-log.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

let server: NatsServer

beforeAll(async () => {
  server = await startNatsServer()
})
afterAll(() => server.stop())

test('a record is read by its place; one of another partition, one that was never written, and one that was dropped are not there', async () => {
  const connection = await connectNats({ servers: server.url, name: 'test' })
  onTestFinished(() => connection.close())
  await createNamespace(connection, { namespace: 'read', partitions: 2, logRecordsMax: 3 })
  const { log } = await natsPorts(connection, 'read')
  const reader = await openLogReader(connection, 'read')
  let last = 0
  const append = async (text: string): Promise<number> => {
    const appended = await log.append(0, last, Buffer.from(text))
    if (!appended.ok) throw new Error(appended.cause)
    return (last = appended.seq)
  }
  const seqs = [await append('one'), await append('two'), await append('three')]
  const textAt = async (partition: number, seq: number) => {
    const found = await reader.at(partition, seq)
    return found && { seq: found.seq, text: Buffer.from(found.bytes).toString() }
  }
  for (const [n, seq] of seqs.entries()) expect(await textAt(0, seq)).toEqual({ seq, text: ['one', 'two', 'three'][n] })
  expect(await textAt(1, seqs[0] ?? 0)).toBeUndefined()
  expect(await textAt(0, last + 1)).toBeUndefined()
  await append('four')
  expect(await textAt(0, seqs[0] ?? 0)).toBeUndefined()
  expect(await textAt(0, last)).toMatchObject({ text: 'four' })
})
