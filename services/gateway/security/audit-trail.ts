// Audit trail
// Puts what callers do, and what they are refused, into the audit chain: many requests' rows in one transaction.
//
// T1. `add` resolves when its row is committed, so whoever waits for it knows that it is there.
// T2. Rows go in the order in which they were added, one transaction at a time; a transaction that fails fails all who wait for it.
// T3. At most `waitingMax` rows wait: beyond that a row is refused at once, and with it what it is about.
import { appendAudit, type AuditEntry } from '../../history/audit-chain.ts'
import type { Database } from '../../history/database.ts'
import { AuditUnavailable } from '../errors.ts'

export interface AuditTrail {
  /** Throws AuditUnavailable. */
  add(entry: AuditEntry): Promise<void>
  /** When everything that was added is committed or has failed. */
  close(): Promise<void>
}

const waitingMax = 5_000
const batchMax = 200

interface Waiting {
  readonly entry: AuditEntry
  readonly written: PromiseWithResolvers<void>
}

export function openAuditTrail(database: Database): AuditTrail {
  const waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax) // T2
      try {
        await appendAudit(
          database,
          batch.map(({ entry }) => entry),
        )
        for (const { written } of batch) written.resolve() // T1
      } catch (cause) {
        for (const { entry, written } of batch)
          written.reject(
            new AuditUnavailable(`writing '${entry.action}' to the audit log: the database does not answer; try again`, { cause }),
          )
      }
    }
    writing = undefined
  }

  return {
    add: (entry) => {
      if (waiting.length >= waitingMax)
        return Promise.reject(
          new AuditUnavailable(`writing '${entry.action}' to the audit log: ${waitingMax} rows wait already; try again`),
        ) // T3
      const written = Promise.withResolvers<void>()
      waiting.push({ entry, written })
      writing ??= write()
      return written.promise
    },
    close: async () => {
      await writing
    },
  }
}
