// Ingest
// Asks the keeper of a collection to read a folder into memory, and waits for its answer.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { AskTimeout } from '../../../client/index.ts'
import type { Ingested, MemoryReply } from '../../../machines/memory.machine.ts'
import { untilStopped } from '../connect.ts'
import { Interrupted } from '../errors.ts'
import { IngestFailed } from './errors.ts'
import type { Link } from './link.ts'

/** One ask; a longer run is asked for again, which shares its result or finds nothing new. */
const askMs = 20_000
const asksMax = 30

/** Throws `IngestFailed` with the reason the keeper gives. */
export async function ingestFolder(link: Link, root: string, collection: string, stop: AbortSignal): Promise<Ingested> {
  for (let ask = 1; ask <= asksMax && !stop.aborted; ask++) {
    try {
      const asked = link.client.ask<MemoryReply>(
        { tenant: link.tenant, type: 'memory', key: collection },
        { type: 'memory.ingest', root },
        { deadlineMs: askMs },
      )
      const reply = await untilStopped(asked, stop, `${root} was read into memory`)
      if (reply.ok) return reply
      throw new IngestFailed(`Reading ${root} into memory: ${reply.reason}`)
    } catch (error) {
      if (!(error instanceof AskTimeout)) throw error
    }
  }
  if (stop.aborted) throw new Interrupted(`Stopped while ${root} was read into memory.`)
  throw new IngestFailed(`Reading ${root} into memory took longer than ${(askMs * asksMax) / 60_000} minutes: give a smaller folder.`)
}

const digestLength = 8
const nameLength = 60

/** Folders of one name do not share a collection, nor do embedding models, whose vectors cannot be compared. */
export function collectionOf(root: string, embeddingModel: string): string {
  const digest = createHash('sha256').update(`${root}\n${embeddingModel}`).digest('hex').slice(0, digestLength)
  const name = path
    .basename(root)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, nameLength)
  return `${name || 'folder'}-${digest}`
}
