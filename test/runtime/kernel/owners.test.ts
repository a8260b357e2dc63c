import { expect, test } from 'vitest'
import { subjects } from '../../../machines/subject.ts'
import { ServerUnavailable } from '../../../runtime/errors.ts'
import { inMemoryServer } from '../../../runtime/in-memory/server.ts'
import { simulatedClock } from '../../../runtime/in-memory/simulated-clock.ts'
import { workerDefaults, type WorkerOptions } from '../../../runtime/options.ts'
import type { Appended, Ports, Reader } from '../../../runtime/ports.ts'
import { startWorker } from '../../../runtime/worker.ts'
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { counter, sleeper } from './actors.ts'

/** One partition and one worker whose ports a test spoils. */
function oneWorker(definitions: readonly ActorDefinition[], options: Partial<WorkerOptions> = {}, mailboxMessagesMax = 1_000_000) {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 1, clock, mailboxMessagesMax })
  const ask = async (actor: string): Promise<{ state?: { value: unknown; turn: number; context: Record<string, unknown> } }> => {
    let answer: Uint8Array | undefined
    const asked = server.request(subjects(server.namespace).query(0, 'main'), Buffer.from(JSON.stringify({ actor })), 500)
    void asked.then((bytes) => (answer = bytes))
    await clock.advance(500)
    return JSON.parse(Buffer.from(answer ?? Buffer.from('{}')).toString()) as never
  }
  return {
    clock,
    server,
    ask,
    send: (type: string, event: { type: string; [field: string]: unknown }) => server.send({ tenant: 'main', type, key: 'a' }, event),
    async start(ports: Ports) {
      const starting = startWorker({ ports, definitions, options: { ...workerDefaults, ...options } })
      await clock.advance(200)
      return starting
    },
  }
}

test('a query says nothing that is not in the log', async () => {
  const { clock, server, ask, send, start } = oneWorker([counter])
  const ports = server.ports()
  let stuck = false
  const worker = await start({
    ...ports,
    log: { ...ports.log, append: (...given) => (stuck ? new Promise<Appended>(() => {}) : ports.log.append(...given)) },
  })
  send('counter', { type: 'add', n: 1 })
  await clock.advance(10)
  stuck = true
  send('counter', { type: 'add', n: 1 })
  await clock.advance(10)
  expect((await ask('main/counter/a')).state?.context ?? 'no answer').not.toEqual({ total: 2 })
  void worker.abandon()
})

test('a wake-up that came is kept until its timer has fired in the log', async () => {
  const { clock, server, ask, send, start } = oneWorker([sleeper], { idleMs: 500, flushEveryMs: 100 })
  const ports = server.ports()
  const early: Ports = {
    ...ports,
    wakes: { ...ports.wakes, set: (partition, actor, due) => ports.wakes.set(partition, actor, due - 40_000) },
  }
  const first = await start(early)
  send('sleeper', { type: 'nudge' })
  await clock.advance(5_000)
  expect(first.actors).toBe(0)
  await clock.advanceUntil(() => first.actors === 1, 40_000) // the wake-up has come, 40 seconds before the timer is due
  await clock.advance(1)
  await Promise.all([first.abandon(), server.ports().membership.leave(first.id)])
  const second = await start(ports)
  await clock.advance(60_000)
  expect((await ask('main/sleeper/a')).state).toMatchObject({ value: 'asleep', context: { rings: 1 } })
  await Promise.all([second.drain(), clock.advance(10_000)])
})

test('a full mailbox is trimmed although no more work comes', async () => {
  const { clock, server, send, start } = oneWorker([counter], { trimEveryMs: 20_000 }, 5)
  const worker = await start(server.ports())
  for (let count = 0; count < 5; count++) send('counter', { type: 'add', n: 1 })
  await clock.advance(60_000)
  expect(() => send('counter', { type: 'add', n: 1 })).not.toThrow()
  await Promise.all([worker.drain(), clock.advance(10_000)])
})

test('a dead letter that could not be stored is tried again', async () => {
  const { clock, server, send, start } = oneWorker([counter])
  const ports = server.ports()
  let away = true
  const add: Ports['deadLetters']['add'] = (...given) =>
    away ? Promise.reject(new ServerUnavailable('away')) : ports.deadLetters.add(...given)
  const worker = await start({ ...ports, deadLetters: { add } })
  send('counter', { type: 'boom' })
  await clock.advance(5_000)
  away = false
  await clock.advance(5_000)
  expect(server.deadLetters()).toHaveLength(1)
  await Promise.all([worker.drain(), clock.advance(10_000)])
})

test.each<Partial<WorkerOptions>>([{ recordsMax: 10 }, { uncheckedBytesMax: 3_000 }])(
  'what is in the log since the checkpoint is counted from owner to owner: %o',
  async (limit) => {
    const { clock, server, start } = oneWorker([counter], { ...limit, groupMessagesMax: 1 })
    const ports = server.ports()
    const noStore: Ports = { ...ports, states: { ...ports.states, save: () => Promise.reject(new ServerUnavailable('away')) } }
    for (let count = 0; count < 100; count++) server.send({ tenant: 'main', type: 'counter', key: 'a' }, { type: 'add', n: 1 })
    for (let owner = 0; owner < 4; owner++) {
      const worker = await start(noStore)
      await clock.advance(5_000)
      await Promise.all([worker.abandon(), ports.membership.leave(worker.id)])
    }
    const records = await Array.fromAsync(ports.log.read(0, 1, Number.MAX_SAFE_INTEGER))
    expect(records.length).toBeLessThan(10 + 2 * 4 + 2)
  },
)

test('mail that arrives while reading is stopped before it was opened is taken once', async () => {
  const { clock, server, ask, send, start } = oneWorker([counter], { waitingMax: 2, groupMessagesMax: 1 })
  const ports = server.ports()
  const slowToOpen: Ports['mailbox']['read'] = async (...given): Promise<Reader> => {
    const reader = await ports.mailbox.read(...given)
    await new Promise<void>((resolve) => clock.after(50, resolve))
    return reader
  }
  const worker = await start({ ...ports, mailbox: { ...ports.mailbox, read: slowToOpen } })
  for (let burst = 0; burst < 10; burst++) {
    for (let count = 0; count < 6; count++) send('counter', { type: 'add', n: 1 })
    await clock.advance(7)
  }
  await clock.advance(5_000)
  expect((await ask('main/counter/a')).state?.context).toEqual({ total: 60 })
  await Promise.all([worker.drain(), clock.advance(10_000)])
})
