// The gateway that is measured: its live part alone, in a process of its own. Prints its URL, then figures for every line it is given.
import { createInterface } from 'node:readline'
import fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { connectTroupe } from '../client/index.ts'
import { connectNats, natsPorts } from '../runtime/nats/index.ts'
import { quietLogger } from '../runtime/telemetry.ts'
import { localCaller } from '../services/gateway/caller.ts'
import { addLive } from '../services/gateway/live/index.ts'

const { urls, namespace, port } = JSON.parse(process.argv[2] ?? '') as {
  readonly urls: readonly string[]
  readonly namespace: string
  readonly port: number
} // written by inspect-processes.ts
const connection = await connectNats({ servers: [...urls], name: 'bench gateway' })
const client = await connectTroupe({ connection, namespace })
const server = fastify()
server.setValidatorCompiler(validatorCompiler)
server.setSerializerCompiler(serializerCompiler)
const many = 100_000
await addLive(server, {
  client,
  ports: await natsPorts(connection, namespace),
  tenant: 'bench',
  alerts: () => Promise.resolve([]),
  guard: { admit: () => Promise.resolve(localCaller), allow: () => {} },
  log: quietLogger,
  limits: { socketsMax: many, socketsPerCallerMax: many },
})
const url = await server.listen({ host: '127.0.0.1', port })
const say = (answer: object): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`)
say({ url })
const questions = createInterface({ input: process.stdin })
questions.on('line', () => {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  say({ cpuUs: user + system, rssMb: Math.round(process.memoryUsage.rss() / 1e6), sockets: server.websocketServer.clients.size })
})
questions.on('close', () => process.exit(1)) // whoever measures has gone
