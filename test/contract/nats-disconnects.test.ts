// What the server's word on ended connections is worth when there is none, or when the server itself ends.
import { expect, onTestFinished, test } from 'vitest'
import { connectNats } from '../../runtime/nats/connect.ts'
import { createNamespace } from '../../runtime/nats/create-namespace.ts'
import { natsPorts } from '../../runtime/nats/ports.ts'
import type { Departure, Member } from '../../runtime/ports.ts'
import { Collector } from '../support/collector.ts'
import { startNatsServer } from '../support/nats-server.ts'

const member = (id: string): Member => ({
  id,
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
})

async function scene(options: { readonly bare?: boolean; readonly memberTtlMs: number }) {
  const server = await startNatsServer(options)
  onTestFinished(() => server.stop())
  const open = async () => {
    const connection = await connectNats({ servers: server.url, name: 'worker' })
    onTestFinished(() => connection.close())
    return connection
  }
  const [one, other] = [await open(), await open()]
  await createNamespace(one, { namespace: 'ns', partitions: 1, memberTtlMs: options.memberTtlMs })
  const [watcher, worker] = [await natsPorts(one, 'ns'), await natsPorts(other, 'ns')]
  const calls = new Collector<{ readonly members: readonly Member[]; readonly departure: Departure | undefined }>()
  await watcher.membership.watch((members, departure) => calls.add({ members, departure }))
  await worker.membership.announce(member('w'))
  await calls.until((all) => all.at(-1)?.members.length === 1)
  return { server, connection: other, calls }
}

test('a server without the configuration says nothing, and the heartbeat that is missing does', async () => {
  const { connection, calls } = await scene({ bare: true, memberTtlMs: 600 })
  await connection.close()
  await calls.until((all) => all.at(-1)?.members.length === 0)
  expect(calls.items.at(-1)?.departure).toEqual({ id: 'w', why: 'silent' })
})

test('when the server ends and comes back nobody is taken for dead who connects again', async () => {
  const { server, calls } = await scene({ memberTtlMs: 60_000 })
  await server.kill()
  await server.start()
  const late = await connectNats({ servers: server.url, name: 'worker' })
  await (await natsPorts(late, 'ns')).membership.announce(member('x'))
  await calls.until((all) => all.at(-1)?.members.some(({ id }) => id === 'x') === true)
  await late.close()
  await calls.until((all) => all.at(-1)?.departure?.id === 'x') // told after all that the restart made the server tell
  expect(calls.items.at(-1)?.members.map(({ id }) => id)).toEqual(['w'])
})
