import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { readDeadLetters, type StoredLetter } from '../../runtime/nats/read-dead-letters.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

let server: NatsServer
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  server = await startNatsServer()
  connection = await connectNats({ servers: server.url, name: 'test' })
})

afterAll(async () => {
  await connection.close()
  await server.stop()
})

async function namespaceWith(namespace: string, letters: readonly object[]): Promise<void> {
  await createNamespace(connection, { namespace, partitions: 1 })
  const { deadLetters } = await natsPorts(connection, namespace)
  const address = { tenant: 'main', type: 'counter', key: 'x' }
  for (const [index, letter] of letters.entries()) {
    await deadLetters.add(address, `0.${index}.0`, Buffer.from(JSON.stringify({ id: `0.${index}.0`, actor: 'main/counter/x', ...letter })))
  }
}

async function read(namespace: string): Promise<StoredLetter[]> {
  return Array.fromAsync(readDeadLetters(connection, namespace))
}

test('every letter is read once, the newest first, over many windows', async () => {
  await namespaceWith(
    'many',
    Array.from({ length: 600 }, () => ({ code: 'C', cause: 'c', at: 1 })),
  )
  expect((await read('many')).map(({ id }) => id)).toEqual(Array.from({ length: 600 }, (_, index) => `0.${599 - index}.0`))
})

test('letters too large for one answer of the server are read all the same', async () => {
  const raw = 'x'.repeat(900_000)
  await namespaceWith(
    'large',
    Array.from({ length: 12 }, () => ({ code: 'C', cause: 'c', at: 1, raw })),
  )
  expect((await read('large')).map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `0.${11 - index}.0`))
})

test('a letter that a next owner stored has the time it was stored', async () => {
  await namespaceWith('recovered', [{ code: 'C', cause: 'c' }])
  const [letter] = await read('recovered')
  expect(Math.abs(Date.now() - (letter?.at ?? 0))).toBeLessThan(60_000)
})

test('a namespace without letters gives none, and one that is not there is named', async () => {
  await namespaceWith('empty', [])
  expect(await read('empty')).toEqual([])
  await expect(read('nowhere')).rejects.toMatchObject({ code: 'TR_NAMESPACE_NOT_FOUND', message: expect.stringContaining('nowhere_DEAD') })
})
