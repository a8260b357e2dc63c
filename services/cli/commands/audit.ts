import { InvalidArgumentError } from 'commander'
import type { AuditHead } from '../../history/audit-chain.ts'
import { exitCodes } from '../../process.ts'
import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withDatabase } from '../connect.ts'
import { onOneLine, table, timeText } from '../output.ts'

interface ListOptions extends SharedOptions {
  readonly limit: number
}
interface VerifyOptions extends SharedOptions {
  readonly head?: AuditHead
}

const rowsDefault = 50
const rowsMax = 10_000

export const auditCommand: Register = (program, shell) => {
  const audit = program.command('audit').description("the gateway's audit log: who did, or was refused, what, and whether the log is whole")
  const list = shared(audit.command('list', { isDefault: true }), ['audit', 'audit --tenant acme --limit 200'])
    .description('the newest rows first; of one tenant with --tenant, else of all')
    .option('--limit <n>', `how many, at most ${rowsMax}`, wholeNumber, rowsDefault)
  list.action(async () => {
    const options = list.optsWithGlobals<ListOptions>()
    const { readAudit } = await import('../../history/audit-chain.ts')
    await withDatabase(placeOf(options, shell.environment), async (database) => {
      const rows = await readAudit(database, { tenant: options.tenant, limit: Math.min(options.limit, rowsMax) })
      if (options.json) return shell.print(JSON.stringify(rows))
      const lines = rows.map(({ seq, at, caller, tenant, action, target, outcome, code }) =>
        [String(seq), timeText(at), caller, tenant, action, target, code ? `${outcome} ${code}` : outcome].map(onOneLine),
      )
      shell.print(
        lines.length === 0 ? 'The audit log is empty.' : table(['row', 'at', 'caller', 'tenant', 'action', 'target', 'outcome'], lines),
      )
    })
  })
  const verify = shared(audit.command('verify'), ['audit verify', 'audit verify --head 1042:9f86…'])
    .description('read the whole log and say whether a row was edited, removed, put in or moved, and which')
    .option('--head <row:hash>', 'where it ended once, as noted then: shows rows cut off the end, or all written anew', headOf)
  verify.action(async () => {
    const options = verify.optsWithGlobals<VerifyOptions>()
    const { verifyAudit } = await import('../../history/audit-chain.ts')
    await withDatabase(placeOf(options, shell.environment), async (database) => {
      const verdict = await verifyAudit(database, options.head)
      if (!verdict.ok) shell.exitWith(exitCodes.failed)
      if (options.json) return shell.print(JSON.stringify(verdict))
      const { seq, hash } = verdict.head
      shell.print(
        verdict.ok
          ? `Whole: ${seq} rows. Note where it ends, elsewhere: ${seq}:${hash}`
          : `Broken at row ${verdict.seq}: ${verdict.fault}. The ${seq} rows before it are whole.`,
      )
    })
  })
}

function headOf(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  throw new InvalidArgumentError('It must be a row and its hash as `troupe audit verify` prints them.')
}
