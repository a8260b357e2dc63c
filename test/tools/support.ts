// A run of one tool as an agent would start it: real memory, real files, the offline embedding.
import { onTestFinished } from 'vitest'
import type { ToolResult } from '../../actors/ports.ts'
import { openMemory } from '../../services/memory/index.ts'
import { ingest, readFolder } from '../../services/memory/ingest.ts'
import { tools } from '../../services/tools/index.ts'
import { lexicalEmbedder } from '../support/lexical-embedder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export interface Bench {
  readonly root: string
  call(name: string, args: unknown, signal?: AbortSignal): Promise<ToolResult>
  ingest(tenant: string): Promise<void>
}

export async function benchWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<Bench> {
  const root = await temporaryFolder(files)
  const memory = await openMemory({ folder: await temporaryFolder() })
  onTestFinished(() => memory.close())
  const embedder = lexicalEmbedder()
  const roster = tools({ memory, embedder })
  const never = new AbortController().signal
  return {
    root,
    async call(name, args, signal = never) {
      const tool = roster.get(name)
      if (tool === undefined) throw new Error(`no tool ${name}`)
      return tool.run(args, { tenant: 'acme', root, collection: 'documents', signal, idempotencyKey: 'test' })
    },
    async ingest(tenant) {
      await ingest({ ...(await readFolder(root, { signal: never })), memory, embedder, collection: 'documents', tenant, signal: never })
    },
  }
}
