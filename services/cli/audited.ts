// Audited
// What operators do with commands to what the gateway guards stands in the same audit log as what callers do: before it, and what came of it.
import type { Shell } from './command.ts'
import { withDatabase, type Database, type Place } from './connect.ts'

interface Deed {
  readonly action: string
  readonly target: string
}

type Work = (database: Database, signed: { readonly at: Date; readonly by: string }) => Promise<void>

export async function audited(shell: Shell, place: Place, deed: Deed, work: Work): Promise<void> {
  const { appendAudit } = await import('../history/audit-chain.ts')
  const { randomUUID } = await import('node:crypto')
  const by = shell.environment['USER'] ?? 'operator'
  await withDatabase(place, async (database) => {
    const entry = { ...deed, caller: by, via: 'cli', tenant: place.tenant, requestId: randomUUID() }
    await appendAudit(database, [{ ...entry, at: new Date(), outcome: 'begun' }])
    try {
      await work(database, { at: new Date(), by })
    } catch (error) {
      await appendAudit(database, [{ ...entry, at: new Date(), outcome: 'refused' }])
      throw error
    }
    await appendAudit(database, [{ ...entry, at: new Date(), outcome: 'done' }])
  })
}
