// Memory
// The roster of vector stores, and the choice between them: a Qdrant server when there is a URL, a file of this machine otherwise.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Memory } from '../../actors/ports.ts'
import { openEmbedded } from './embedded.ts'
import { MemoryUnavailable } from './errors.ts'
import { openQdrant } from './qdrant.ts'

export interface MemoryOptions {
  /** Without it, or when it is empty, the store is embedded. */
  readonly qdrantUrl?: string | undefined
  readonly qdrantApiKey?: string | undefined
  /** Where the embedded store keeps its file; made if missing. */
  readonly folder: string
}

export async function openMemory({ qdrantUrl, qdrantApiKey, folder }: MemoryOptions): Promise<Memory> {
  if (qdrantUrl) return stores.qdrant({ url: qdrantUrl, apiKey: qdrantApiKey || undefined })
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new MemoryUnavailable(`memory: the folder ${folder} cannot be made; choose a folder that may be written`, { cause })
  })
  return stores.embedded({ file: join(folder, 'memory.sqlite') })
}

export const stores = { embedded: openEmbedded, qdrant: openQdrant } as const
