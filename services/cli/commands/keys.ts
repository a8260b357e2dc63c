import { InvalidArgumentError, type Command } from 'commander'
import type { Role } from '../../gateway/caller.ts'
import { audited } from '../audited.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withDatabase } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { onOneLine, table, timeText } from '../output.ts'

interface CreateOptions extends SharedOptions {
  readonly role: readonly Role[]
  readonly scope: readonly string[]
  readonly days?: number
}
interface RotateOptions extends SharedOptions {
  readonly overlapHours: number
}

const hourMs = 3_600_000
const overlapHoursDefault = 24
const overlapHoursMax = 720
const daysMax = 3_660
const rowsMax = 1_000

export const keysCommand: Register = (program, shell) => {
  const command = program.command('keys').description('keys of the gateway: who may come in from elsewhere, and as what')
  registerList(command, shell)
  registerCreate(command, shell)
  registerRotate(command, shell)
  registerRevoke(command, shell)
}

function registerList(keys: Command, shell: Shell): void {
  const command = shared(keys.command('list', { isDefault: true }), ['keys', 'keys --tenant "*" --json']).description(
    "the keys of a tenant, the newest first; with --tenant '*' all of them",
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    const place = placeOf(options, shell.environment)
    const [{ listApiKeys }, { keyState }] = await Promise.all([
      import('../../history/api-keys.ts'),
      import('../../gateway/security/api-key.ts'),
    ])
    await withDatabase(place, async (database) => {
      const { rows, next } = await listApiKeys(database, { tenant: place.tenant === '*' ? undefined : place.tenant, limit: rowsMax })
      const shown = rows.map(({ secretHash: _, previousHash: _previous, ...row }) => ({ ...row, state: keyState(row, new Date()) }))
      if (options.json) return shell.print(JSON.stringify(shown))
      const lines = shown.map((row) => [
        row.id,
        row.tenant,
        onOneLine(row.name),
        row.roles.join(' '),
        row.scopes?.join(' ') ?? 'all',
        row.state,
        row.expiresAt ? timeText(row.expiresAt) : 'never',
        row.lastUsedAt ? timeText(row.lastUsedAt) : 'never',
      ])
      const headers = ['key', 'tenant', 'name', 'roles', 'scopes', 'state', 'expires', 'last used']
      shell.print(lines.length === 0 ? `Tenant ${place.tenant} has no keys.` : table(headers, lines))
      if (next !== undefined) shell.note(`There are more: these are the newest ${rowsMax}.`)
    })
  })
}

function registerCreate(keys: Command, shell: Shell): void {
  const command = shared(keys.command('create'), [
    'keys create "build server" --role operator --days 90',
    'keys create dashboard --role viewer --scope tasks:read --scope agents:read',
    'keys create root --role admin --tenant "*"',
  ])
    .description('make a key; its secret is shown once')
    .argument('<name>', 'whose it is, for who reads the audit log')
    .requiredOption('--role <role>', 'viewer, operator, debugger or admin; may be given again', collect, [])
    .option('--scope <resource:action>', 'limit it further, * for any; may be given again', collect, [])
    .option('--days <n>', 'how long it is good; left out: until it is revoked', wholeNumber)
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<CreateOptions>()
    const { issueKey, newKeyFault } = await import('../../gateway/security/api-key.ts')
    const place = placeOf(options, shell.environment)
    const { tenant } = place
    const days = options.days ?? 1
    const fault =
      days > daysMax ? `--days is at most ${daysMax}` : newKeyFault({ tenant, name, roles: options.role, scopes: options.scope })
    if (fault !== undefined) throw new ArgumentInvalid(`Making key ${name}: ${fault}.`)
    const scopes = options.scope.length > 0 ? options.scope : undefined
    await audited(shell, place, { action: 'troupe keys create', target: name }, async (database, { at, by }) => {
      const expiresAt = options.days === undefined ? undefined : new Date(at.getTime() + options.days * 24 * hourMs)
      const { id, key } = await issueKey(database, { tenant, name, roles: options.role, scopes, expiresAt }, { at, by })
      shell.print(options.json ? JSON.stringify({ id, key }) : key)
      shell.note(`Key ${id} of tenant ${tenant}. Keep it now: it is not shown again.`)
    })
  })
}

function registerRotate(keys: Command, shell: Shell): void {
  const command = shared(keys.command('rotate'), ['keys rotate 0123456789abcdef', 'keys rotate 0123456789abcdef --overlap-hours 1'])
    .description('give a key a new secret; the old one stays good for a while')
    .argument('<id>')
    .option('--overlap-hours <n>', `how long both are good; 0: not at all, at most ${overlapHoursMax}`, overlapOf, overlapHoursDefault)
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<RotateOptions>()
    const [{ findApiKey }, { renewKey }] = await Promise.all([
      import('../../history/api-keys.ts'),
      import('../../gateway/security/api-key.ts'),
    ])
    await audited(shell, placeOf(options, shell.environment), { action: 'troupe keys rotate', target: id }, async (database, { at }) => {
      const row = await findApiKey(database, id)
      if (!row) throw noKey(id)
      const { key } = await renewKey(database, row, { at, overlapMs: options.overlapHours * hourMs })
      shell.print(options.json ? JSON.stringify({ id, key }) : key)
      shell.note(`The secret before is good for ${options.overlapHours} h more. Keep this one now: it is not shown again.`)
    })
  })
}

function registerRevoke(keys: Command, shell: Shell): void {
  const command = shared(keys.command('revoke'), ['keys revoke 0123456789abcdef'])
    .description('end a key: within a second nobody comes in with it')
    .argument('<id>')
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const [{ findApiKey }, { endKey }] = await Promise.all([
      import('../../history/api-keys.ts'),
      import('../../gateway/security/api-key.ts'),
    ])
    await audited(shell, placeOf(options, shell.environment), { action: 'troupe keys revoke', target: id }, async (database, signed) => {
      if (!(await findApiKey(database, id))) throw noKey(id)
      await endKey(database, id, signed)
      shell.print(options.json ? JSON.stringify({ id, state: 'revoked' }) : `Key ${id} is revoked.`)
    })
  })
}

const noKey = (id: string): NotFound => new NotFound(`There is no key ${id}; \`troupe keys --tenant '*'\` lists them.`)

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text]

function overlapOf(text: string): number {
  const hours = Number(text)
  if (text.trim() !== '' && hours >= 0 && hours <= overlapHoursMax) return hours
  throw new InvalidArgumentError(`It must be a number from 0 to ${overlapHoursMax}.`)
}
