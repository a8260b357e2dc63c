import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { circuitDefaults } from '../../machines/circuit.ts'
import { connectNats, createNamespace } from '../../runtime/nats/index.ts'
import { inMemoryCircuitStore, natsCircuitStore, openCircuits } from '../../services/circuits/index.ts'
import type { CircuitStore } from '../../services/circuits/store.ts'
import { circuitsContract, circuitStoreContract, type TwoProcesses } from '../contract/circuits.contract.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

let server: NatsServer
let namespaces = 0
beforeAll(async () => {
  server = await startNatsServer()
})
afterAll(() => server.stop())

async function newNamespace(): Promise<string> {
  const namespace = `circuits${++namespaces}`
  const connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace, partitions: 1 })
  await connection.close()
  return namespace
}

async function natsStore(namespace: string): Promise<CircuitStore> {
  const connection = await connectNats({ servers: server.url, name: 'test' })
  onTestFinished(() => connection.close())
  return natsCircuitStore(connection, namespace)
}

async function onOneClock(stores: readonly [CircuitStore, CircuitStore]): Promise<TwoProcesses> {
  let now = 1_000_000
  const [one, other] = await Promise.all(stores.map((store) => openCircuits(store, { now: () => now })))
  if (!one || !other) throw new Error('two stores make two circuits')
  onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => undefined))
  return { one, other, pass: (ms) => void (now += ms), now: () => now }
}

describe('in memory', () => {
  circuitStoreContract(() => Promise.resolve(inMemoryCircuitStore()))
  circuitsContract(() => {
    const store = inMemoryCircuitStore()
    return onOneClock([store, store])
  })
})

describe('on NATS', () => {
  circuitStoreContract(async () => natsStore(await newNamespace()))
  circuitsContract(async () => {
    const namespace = await newNamespace()
    return onOneClock(await Promise.all([natsStore(namespace), natsStore(namespace)]))
  })
})

test('a process that starts knows what was open before', async () => {
  const namespace = await newNamespace()
  const first = await openCircuits(await natsStore(namespace))
  for (let count = 0; count < circuitDefaults.callsMin; count++) {
    const admission = await first.admit('m')
    if (admission.admitted) await admission.settle('failed')
  }
  await first.close()
  const second = await openCircuits(await natsStore(namespace))
  expect(await second.admit('m')).toMatchObject({ admitted: false })
  await second.close()
})

test('a store that is away keeps nobody from calling, and an opening is obeyed where it was found', async () => {
  const away: CircuitStore = {
    write: () => Promise.reject(new Error('away')),
    watch: () => Promise.resolve({ stop: () => Promise.resolve() }),
  }
  let now = 0
  const failures: unknown[] = []
  const circuits = await openCircuits(away, { now: () => now, onStoreFailure: (error) => failures.push(error) })
  for (let count = 0; count < circuitDefaults.callsMin; count++) {
    const admission = await circuits.admit('m')
    if (admission.admitted) await admission.settle('failed')
  }
  expect([(await circuits.admit('m')).admitted, (await circuits.admit('n')).admitted, failures.length]).toEqual([false, true, 1])
  now += circuitDefaults.openMs
  expect((await circuits.admit('m')).admitted, 'no probe can be taken').toBe(false)
})

test('at the limit of keys one that never failed is forgotten, and those that are open are kept', async () => {
  const circuits = await openCircuits(inMemoryCircuitStore(), { keysMax: 2 })
  const fail = async (key: string): Promise<void> => {
    for (let count = 0; count < circuitDefaults.callsMin; count++) {
      const admission = await circuits.admit(key)
      if (admission.admitted) await admission.settle('failed')
    }
  }
  await fail('a')
  await circuits.admit('b')
  await fail('c')
  await fail('d')
  expect([...circuits.all().keys()]).toEqual(['a', 'c'])
  expect((await circuits.admit('d')).admitted, 'a key too many has no circuit').toBe(true)
})

const processPath = fileURLToPath(new URL('./process.ts', import.meta.url))

test(
  'a circuit opened by one process is obeyed by another within a second, and of fifty callers in both one probes',
  { timeout: 30_000 },
  async () => {
    const namespace = await newNamespace()
    const start = async () => {
      const child = fork(processPath, [server.url, namespace], { execArgv: [] })
      onTestFinished(() => void child.kill('SIGKILL'))
      const ask = async <Answer>(what: object): Promise<Answer> => {
        const answer = once(child, 'message')
        child.send(what)
        return (await answer)[0] as Answer
      }
      await once(child, 'message')
      return ask
    }
    const [one, other] = await Promise.all([start(), start()])
    const waiting = other<{ at: number }>({ do: 'await-open' })
    const { at } = await one<{ at: number }>({ do: 'open' })
    const heardMs = (await waiting).at - at
    console.log(`the other process obeyed the opening after ${heardMs} ms`)
    expect(heardMs).toBeLessThan(1_000)
    const probes = await Promise.all([one, other].map((ask) => ask<{ admitted: number }>({ do: 'probe', callers: 25 })))
    expect(probes.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(1)
  },
)
