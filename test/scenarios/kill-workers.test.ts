// Workers that are killed and stopped in the middle of their work, on a real nats-server: nothing is lost, nothing is applied twice.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startNatsServer } from '../support/nats-server.ts'

const namespace = 'scenario'
const entry = fileURLToPath(new URL('worker.ts', import.meta.url))
const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function startWorkerProcess(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [entry, url, namespace], { stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await once(child.stdout, 'data')
  return child
}

async function startScenario() {
  const server = await startNatsServer()
  ends.push(() => server.stop())
  const connection = await connectNats({ servers: server.url, name: 'scenario' })
  ends.push(() => connection.close())
  await createNamespace(connection, { namespace })
  const workers = [await startWorkerProcess(server.url), await startWorkerProcess(server.url)]
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'bank' })
  ends.push(() => client.close())
  return { server, connection, workers, client }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  const exited = child && once(child, 'exit')
  child?.kill('SIGKILL')
  await exited
}

const total = async (client: TroupeClient, key: string): Promise<number> =>
  (await client.ask<{ total: number }>({ type: 'counter', key }, { type: 'add', n: 0 }, { deadlineMs: 20_000 })).total

test('counters keep every add through three SIGKILLs of their workers', { timeout: 60_000 }, async () => {
  const { server, workers, client } = await startScenario()
  const keys = Array.from({ length: 20 }, (_, index) => `c${index}`)
  const sent: Promise<unknown>[] = []
  for (let round = 0; round < 60; round++) {
    for (const key of keys) sent.push(client.send({ type: 'counter', key }, { type: 'add', n: 1 }))
    if (round % 20 === 10) {
      await kill(workers.shift())
      workers.push(await startWorkerProcess(server.url))
    }
    await Promise.all(sent.slice(-keys.length))
  }
  await Promise.all(sent)
  expect(await Promise.all(keys.map((key) => total(client, key)))).toEqual(keys.map(() => 60))
})

test(
  'money sent between accounts of many partitions is neither lost nor doubled when every worker is killed',
  { timeout: 60_000 },
  async () => {
    const { server, connection, workers, client } = await startScenario()
    const accounts = Array.from({ length: 12 }, (_, index) => `a${index}`)
    const pay = (round: number) =>
      Promise.all(
        accounts.map((from, at) =>
          client.send({ type: 'account', key: from }, { type: 'pay', to: accounts[(at + round) % 12] ?? '', amount: 1 + (round % 7) }),
        ),
      )
    for (let round = 1; round <= 40; round++) {
      await pay(round)
      if (round === 10 || round === 25) await kill(workers.shift())
      if (round === 25) await kill(workers.shift())
      if (round === 12 || round === 27) workers.push(await startWorkerProcess(server.url))
    }
    await expect
      .poll(
        async () =>
          (await Promise.all(accounts.map(async (key) => Number((await accountOf(client, key)).received)))).reduce(
            (sum, received) => sum + received,
            0,
          ),
        { timeout: 20_000 },
      )
      .toBe(12 * 40)
    const balances = await Promise.all(accounts.map(async (key) => Number((await accountOf(client, key)).balance)))
    expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(1_200)
    const { log, partitions } = await natsPorts(connection, namespace)
    for (let partition = 0; partition < partitions; partition++) {
      const keys: string[] = []
      for await (const { bytes } of log.read(partition, 1, Number.MAX_SAFE_INTEGER)) {
        const record = JSON.parse(Buffer.from(bytes).toString()) as { entries?: { actor: string; turn: number }[] }
        for (const { actor, turn } of record.entries ?? []) keys.push(`${actor}#${turn}`)
      }
      expect(new Set(keys).size).toBe(keys.length) // no turn is in the log twice
    }
  },
)

async function accountOf(client: TroupeClient, key: string): Promise<{ balance?: number; received?: number }> {
  try {
    return (await client.query({ type: 'account', key })).context as { balance?: number; received?: number }
  } catch {
    return {} // its partition has no owner at this moment: asked again
  }
}

test('a worker that is stopped for longer than its heartbeats and then goes on commits nothing stale', { timeout: 60_000 }, async () => {
  const { workers, client } = await startScenario()
  const keys = Array.from({ length: 10 }, (_, index) => `z${index}`)
  const add = () => Promise.all(keys.map((key) => client.send({ type: 'counter', key }, { type: 'add', n: 1 })))
  await add()
  const [zombie] = workers
  zombie?.kill('SIGSTOP')
  await add()
  expect(await Promise.all(keys.map((key) => total(client, key)))).toEqual(keys.map(() => 2)) // the other one has taken over
  zombie?.kill('SIGCONT')
  await add()
  expect(await Promise.all(keys.map((key) => total(client, key)))).toEqual(keys.map(() => 3))
})

test('workers and clients go on when the server is killed and started again', { timeout: 60_000 }, async () => {
  const { server, client } = await startScenario()
  const keys = Array.from({ length: 10 }, (_, index) => `s${index}`)
  const add = () => Promise.all(keys.map((key) => client.send({ type: 'counter', key }, { type: 'add', n: 1 })))
  await add()
  const during = add()
  await server.kill()
  await server.start()
  await during
  await add()
  expect(await Promise.all(keys.map((key) => total(client, key)))).toEqual(keys.map(() => 3))
})
