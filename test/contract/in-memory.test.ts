import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import { portSuites } from './suites.ts'
import type { MakeWorld } from './world.ts'

const inMemory: MakeWorld = async (options) => {
  const server = inMemoryServer({ ...options, namespace: 'test' })
  return {
    namespace: 'test',
    ports: async () => server.ports(),
    send: async (address, event, headers) => server.send(address, new TextEncoder().encode(JSON.stringify(event)), headers),
    publish: async (subject, bytes, headers) => server.publish(subject, bytes, headers),
    deadLetters: async () => server.deadLetters().length,
    disconnect: async (ports) => server.disconnect(ports),
    reconnect: async (ports) => server.reconnect(ports),
    close: async () => undefined,
  }
}

for (const suite of portSuites) suite(inMemory)
