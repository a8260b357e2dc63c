import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import { connectNats } from '../../runtime/nats/connect.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { natsPorts } from '../../runtime/nats/ports.ts'
import type { Mail, Member, Ports } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { bytes, text } from './world.ts'

interface Scene {
  readonly server: NatsServer
  readonly connection: NatsConnection
  readonly ports: Ports
}

/** A server of the test's own, and a worker's ports that live through its restarts. */
async function scene(): Promise<Scene> {
  const server = await startNatsServer()
  const connection = await connectNats({ servers: server.url, name: 'worker' })
  onTestFinished(async () => {
    await connection.close()
    await server.stop()
  })
  await createNamespace(connection, { namespace: 'ns', partitions: 1 })
  return { server, connection, ports: await natsPorts(connection, 'ns') }
}

/** Publishes numbered messages with a connection of its own, as clients do. */
async function publish(server: NatsServer, from: number, to: number): Promise<void> {
  const client = await connectNats({ servers: server.url, name: 'client' })
  const js = jetstream(client)
  const subject = subjects('ns').send({ tenant: 'acme', type: 'counter', key: 'one' })
  await Promise.all(range(from, to).map((n) => js.publish(subject, String(n), { retries: 10 })))
  await client.close()
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const numbers = (mails: readonly Mail[]): number[] => mails.map((mail) => Number(text(mail.bytes)))

test('after the server was killed and restarted, the mailbox reader goes on without loss or repeat', async () => {
  const { server, ports } = await scene()
  const mails = new Collector<Mail>()
  const reader = await ports.mailbox.read(0, 1, mails.add)
  await publish(server, 0, 500)
  for (const round of [1, 2]) {
    await server.kill()
    await server.start()
    await publish(server, round * 500, round * 500 + 500)
  }
  await mails.count(1500)
  await publish(server, 1500, 1501)
  await mails.count(1501)
  expect(numbers(mails.items).toSorted((a, b) => a - b)).toEqual(range(0, 1501))
  expect(mails.items.map((mail) => mail.seq)).toEqual(range(1, 1502))
  await reader.stop()
})

test('a connection that breaks in the middle of delivery costs nothing', async () => {
  const { server, connection, ports } = await scene()
  await publish(server, 0, 5000)
  const mails = new Collector<Mail>()
  let breaks = 0
  const reader = await ports.mailbox.read(0, 1, (mail) => {
    mails.add(mail)
    if (mail.seq % 1500 === 0 && breaks < 3) {
      breaks++
      void connection.reconnect()
    }
  })
  await publish(server, 5000, 6000)
  await mails.count(6000)
  expect(breaks).toBe(3)
  expect(mails.items.map((mail) => mail.seq)).toEqual(range(1, 6001))
  await reader.stop()
})

test('a reader that is behind its trimmed mailbox goes on after a restart', async () => {
  const { server, ports } = await scene()
  const mails = new Collector<Mail>()
  const reader = await ports.mailbox.read(0, 1, mails.add)
  await publish(server, 0, 10)
  await mails.count(10)
  await ports.mailbox.trim(0, 11)
  await server.kill()
  await server.start()
  await publish(server, 10, 12)
  expect(numbers(await mails.count(12)).toSorted((a, b) => a - b)).toEqual(range(0, 12))
  await reader.stop()
})

test('when the server lost its tail and uses sequences again, what it stored since is delivered', async () => {
  const { server, ports } = await scene()
  const older = await mkdtemp(join(tmpdir(), 'troupe-older-'))
  onTestFinished(() => rm(older, { recursive: true, force: true }))
  const mails = new Collector<Mail>()
  const reader = await ports.mailbox.read(0, 1, mails.add)
  await publish(server, 0, 10)
  await mails.count(10)
  await server.kill()
  await cp(server.storeDirectory, older, { recursive: true })
  await server.start()
  await publish(server, 10, 20)
  await mails.count(20)

  await server.kill()
  await rm(server.storeDirectory, { recursive: true, force: true })
  await cp(older, server.storeDirectory, { recursive: true }) // as after a power cut: messages 10 to 19 are gone
  await server.start()
  await publish(server, 20, 45)
  await mails.count(45)
  expect(numbers(mails.items).toSorted((a, b) => a - b)).toEqual(range(0, 45))
  expect(mails.items.slice(20).map((mail) => mail.seq)).toEqual(range(11, 36))
  await reader.stop()
})

test('an append whose answer is lost is unknown at once, and the log tells what happened', async () => {
  const { connection, ports } = await scene()
  await ports.log.append(0, 0, bytes('one'))
  const started = Date.now()
  const appending = ports.log.append(0, 1, bytes('two'))
  await connection.reconnect()
  expect(await appending).toMatchObject({ ok: false, reason: 'unknown' })
  expect(Date.now() - started).toBeLessThan(2000)
  const last = await ports.log.last(0)
  expect(['one', 'two']).toContain(text(last?.bytes ?? bytes('')))
  expect(await ports.log.append(0, last?.seq ?? 0, bytes('three'))).toMatchObject({ ok: true })
})

test('what is asked while the server restarts is answered when it is back', async () => {
  const { server, connection, ports } = await scene()
  await ports.log.append(0, 0, bytes('one'))
  const down = new Collector<string>()
  void (async () => {
    for await (const status of connection.status()) down.add(status.type)
  })()
  await server.kill()
  await down.until((types) => types.includes('disconnect'))
  const answers = Promise.all([
    ports.log.append(0, 1, bytes('two')),
    ports.mailbox.lastSeq(),
    ports.states.load(0, actorId('acme', 'counter', 'one')),
  ])
  await server.start()
  expect(await answers).toEqual([{ ok: true, seq: 2 }, 0, undefined])
})

test('wake-ups that came due while the server was down, and heartbeats after it, are delivered', async () => {
  const { server, ports } = await scene()
  const wakes = new Collector<string>()
  const calls = new Collector<readonly Member[]>()
  const reader = await ports.wakes.read(0, (actor, done) => {
    wakes.add(actor)
    done()
  })
  const watch = await ports.membership.watch(calls.add)
  await ports.wakes.set(0, actorId('acme', 'timer', 'one'), Date.now() + 200)
  await server.kill()
  await server.start()
  expect(await wakes.count(1)).toEqual(['acme/timer/one'])
  await retried(() => ports.membership.announce(member))
  await calls.until((all) => all.at(-1)?.length === 1)
  await Promise.all([reader.stop(), watch.stop()])
})

const member: Member = {
  id: 'a',
  owned: [],
  draining: false,
  version: '1',
  types: [],
  startedAt: 1,
  host: 'here',
  pid: 1,
  fit: true,
  load: { actors: 0, turns: 0, effects: 0, rssBytes: 0 },
  partitions: [],
}

/** Again until the connection is back; each attempt waits for its answer. */
async function retried<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  for (let left = 5; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}
