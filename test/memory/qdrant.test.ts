import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { MemoryRefused, MemoryUnavailable } from '../../services/memory/errors.ts'
import { openMemory } from '../../services/memory/index.ts'
import { openQdrant } from '../../services/memory/qdrant.ts'
import { startQdrantStandIn } from '../support/qdrant-stand-in.ts'

/** A server that gives every request the same answer, or none. */
async function serverAnswering(status: number | undefined): Promise<string> {
  const server = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":{"error":"because"}}')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test('a server that is not there is one clear sentence that may be retried', async () => {
  const standIn = await startQdrantStandIn()
  await standIn.close()
  const failure = await openMemory({ qdrantUrl: standIn.url, folder: '' }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MemoryUnavailable)
  expect(failure).toMatchObject({ code: 'TR_MEMORY_UNAVAILABLE', retryable: true })
  expect(String(failure)).toContain(`the Qdrant server at ${standIn.url} does not answer; start it, or correct its URL`)
})

test('a server that never answers is unavailable after the time limit', async () => {
  const url = await serverAnswering(undefined)
  await expect(openQdrant({ url, requestTimeoutMs: 50 })).rejects.toThrow(MemoryUnavailable)
})

test('a server in trouble may be retried, one that refuses may not', async () => {
  await expect(openQdrant({ url: await serverAnswering(503) })).rejects.toThrow(/answers with status 503/)
  await expect(openQdrant({ url: await serverAnswering(429) })).rejects.toThrow(MemoryUnavailable)
  await expect(openQdrant({ url: await serverAnswering(403) })).rejects.toThrow(/status 403: because/)
  await expect(openQdrant({ url: 'localhost:6333' })).rejects.toThrow(MemoryRefused)
})

test('the tenant field is indexed when a collection is made', async () => {
  const standIn = await startQdrantStandIn()
  onTestFinished(() => standIn.close())
  const memory = await openMemory({ qdrantUrl: standIn.url, folder: '' })
  await memory.ensureCollection('notes', 2)
  expect(standIn.requests).toContain('PUT /collections/notes/index?wait=true')
})
