// Circuits in memory: one store of one process, for a worker without a server to share them on, and for tests.
import type { Circuit } from '../../machines/circuit.ts'
import type { CircuitStore } from './store.ts'

export function inMemoryCircuitStore(): CircuitStore {
  const stored = new Map<string, { readonly circuit: Circuit; readonly revision: number }>()
  const watchers = new Set<(key: string, circuit: Circuit, revision: number) => void>()
  let revisions = 0
  return {
    write: (key, circuit, revision) => {
      if ((stored.get(key)?.revision ?? 0) !== revision) return Promise.resolve(undefined)
      const next = ++revisions
      stored.set(key, { circuit, revision: next })
      for (const changed of watchers) changed(key, circuit, next)
      return Promise.resolve(next)
    },
    watch: (changed) => {
      for (const [key, { circuit, revision }] of stored) changed(key, circuit, revision)
      watchers.add(changed)
      return Promise.resolve({
        stop: () => {
          watchers.delete(changed)
          return Promise.resolve()
        },
      })
    },
  }
}
