import { afterAll, beforeAll } from 'vitest'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { natsWorld } from './nats-world.ts'
import { portSuites } from './suites.ts'

let server: NatsServer
beforeAll(async () => {
  server = await startNatsServer()
})
afterAll(() => server.stop())

for (const suite of portSuites) suite(natsWorld(() => server.url))
