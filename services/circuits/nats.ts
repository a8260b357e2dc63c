// Circuits on NATS: a bucket of the namespace.
import { closedCircuit } from '../../machines/circuit.ts'
import type { connectNats } from '../../runtime/nats/index.ts'
import { openBucket } from '../../runtime/nats/bucket.ts'
import { decodeCircuit, type CircuitStore } from './store.ts'

/** Throws `NamespaceNotFound`, `ServerUnavailable`. */
export async function natsCircuitStore(connection: Awaited<ReturnType<typeof connectNats>>, namespace: string): Promise<CircuitStore> {
  const bucket = await openBucket(connection, namespace, 'circuits')
  return {
    write: (key, circuit, revision) => bucket.write(key, Buffer.from(JSON.stringify(circuit)), revision),
    watch: (changed) => bucket.watch((key, bytes, revision) => changed(key, decodeCircuit(bytes) ?? closedCircuit, revision)),
  }
}
