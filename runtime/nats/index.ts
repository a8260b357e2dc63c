// The door to NATS: what a process's main.ts needs to put a worker on a server.
export { connectNats, type NatsOptions } from './connect.ts'
export { createNamespace } from './create-namespace.ts'
export { natsPorts } from './ports.ts'
