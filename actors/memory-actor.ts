// Memory actor
// The keeper of one collection; its key is the collection's name.
import { parseActorId } from '../machines/address.ts'
import { memoryMachine } from '../machines/memory.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, memoryIngest, nothingElse } from './accepts.ts'
import type { ActorPorts } from './ports.ts'

const ingestTimeoutMs = 300_000
const forgetTimeoutMs = 30_000

export const memoryActor = ({ ingest, memory }: ActorPorts): ActorDefinition =>
  defineActor({
    name: 'memory',
    version: '1',
    machine: memoryMachine,
    effects: {
      ingest: {
        run: ({ input: { root, collection }, actor, signal, idempotencyKey, progress, heartbeat }) =>
          ingest.ingest(
            { tenant: tenantOf(actor), root, collection },
            {
              signal,
              idempotencyKey,
              progress: (value) => {
                heartbeat()
                progress(value)
              },
            },
          ),
        timeoutMs: ingestTimeoutMs,
        attemptsMax: 2,
        backoffMs: 1_000,
        pool: 'tools',
      },
      forget: {
        run: async ({ input, actor }) => {
          await memory.remove(input.collection, tenantOf(actor))
          return null
        },
        timeoutMs: forgetTimeoutMs,
        attemptsMax: 3,
        backoffMs: 1_000,
        pool: 'tools',
      },
    },
    accepts: acceptsOnly({ 'memory.ingest': memoryIngest, 'memory.forget': nothingElse, 'memory.status': nothingElse, cancel }),
  })

const tenantOf = (actor: string): string => parseActorId(actor)?.tenant ?? ''
