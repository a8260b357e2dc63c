// Your first actor: a ledger that outlives its process. Run it twice: node docs/examples/first-actor.ts
import { assign, setup } from 'xstate'
import { connectTroupe } from '../../client/index.ts'
import { defineActor, reply, startWorker } from '../../runtime/index.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startNats } from '../../services/stack/nats.ts'

const machine = setup({
  types: { context: {} as { total: number }, events: {} as { type: 'entry.add'; amount: number } },
  actions: {
    add: assign({ total: ({ context, event }) => context.total + event.amount }),
    answer: reply(({ context }) => context.total),
  },
}).createMachine({ context: { total: 0 }, on: { 'entry.add': { actions: ['add', 'answer'] } } })
const ledger = defineActor({ name: 'ledger', version: '1', machine })

const server = await startNats({ dataDir: '.data/first-actor', profile: 'fast', log: () => {} })
const connection = await connectNats({ servers: server.url, name: 'first actor' })
await createNamespace(connection, { namespace: 'first' })
const worker = await startWorker({ ports: await natsPorts(connection, 'first'), definitions: [ledger] })
const client = await connectTroupe({ connection, namespace: 'first', tenant: 'acme' })

console.log(await client.actor(ledger, 'main').ask<number>({ type: 'entry.add', amount: 5 })) // 5, then 10

await client.close()
await worker.drain()
await connection.close()
await server.close()
