// The memory contract on each store. QDRANT_URL adds a real server; its collections are deleted afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QdrantClient } from '@qdrant/js-client-rest'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Memory } from '../../actors/ports.ts'
import { openMemory } from '../../services/memory/index.ts'
import { contractPrefix, memoryContract } from '../contract/memory.contract.ts'
import { startQdrantStandIn, type QdrantStandIn } from '../support/qdrant-stand-in.ts'

describe('the embedded store', () => {
  let folder: string
  let memory: Memory
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-memory-'))
    memory = await openMemory({ folder })
  })
  afterAll(async () => {
    await memory.close()
    await rm(folder, { recursive: true })
  })
  memoryContract('embedded', () => memory)
})

describe('the Qdrant adapter on the stand-in', () => {
  let memory: Memory
  let standIn: QdrantStandIn
  beforeAll(async () => {
    standIn = await startQdrantStandIn()
    memory = await openMemory({ qdrantUrl: standIn.url, folder: '' })
  })
  afterAll(() => standIn.close())
  memoryContract('Qdrant adapter, stand-in server', () => memory)
})

const qdrantUrl = process.env['QDRANT_URL']
describe.skipIf(qdrantUrl === undefined)('the Qdrant adapter on a real server', () => {
  let memory: Memory
  beforeAll(async () => {
    memory = await openMemory({ qdrantUrl: qdrantUrl ?? '', qdrantApiKey: process.env['QDRANT_API_KEY'], folder: '' })
  })
  afterAll(async () => {
    const apiKey = process.env['QDRANT_API_KEY']
    const client = new QdrantClient({ url: qdrantUrl ?? '', ...(apiKey ? { apiKey } : {}), checkCompatibility: false })
    const { collections } = await client.getCollections()
    for (const { name } of collections) if (name.startsWith(contractPrefix)) await client.deleteCollection(name)
  })
  memoryContract('Qdrant adapter, real server', () => memory)
})
