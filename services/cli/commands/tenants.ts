import { addressFault } from '../../../machines/address.ts'
import { ofTenant, orderPause, undoPause } from '../../../runtime/orders.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withPorts } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { onOneLine, table, timeText } from '../output.ts'

interface PauseOptions extends SharedOptions {
  readonly reason: string
}

export const tenantsCommand: Register = (program, shell) => {
  const tenants = program.command('tenants').description('tenants that are paused; pause one, or let it go on')
  const list = shared(tenants.command('list', { isDefault: true }), ['tenants', 'tenants --json']).description(
    'the tenants that are paused, and why',
  )
  list.action(async () => {
    const options = list.optsWithGlobals<SharedOptions>()
    await withPorts(placeOf(options, shell.environment), async ({ orders }) => {
      const { paused = {} } = await orders.read()
      if (options.json) return shell.print(JSON.stringify(paused))
      const rows = Object.entries(paused).map(([tenant, { at, by, cause }]) => [tenant, timeText(at), by, onOneLine(cause)])
      shell.print(rows.length === 0 ? 'No tenant is paused.' : table(['tenant', 'since', 'by', 'why'], rows))
    })
  })
  const pause = shared(tenants.command('pause'), ['tenants pause acme --reason "costs"'])
    .description('stop taking messages for the actors of a tenant: they wait, nothing is dropped')
    .argument('<tenant>')
    .requiredOption('--reason <text>', 'why, for who looks at it later')
  pause.action(async (tenant: string) => {
    const options = pause.optsWithGlobals<PauseOptions>()
    const fault = addressFault({ tenant, type: 'any', key: 'any' })
    if (fault) throw new ArgumentInvalid(`pausing a tenant: ${fault}`)
    await withPorts(placeOf(options, shell.environment), async ({ orders, clock }) => {
      const by = shell.environment['USER'] ?? 'operator'
      const after = await orders.change(orderPause(tenant, { at: clock.now(), by, cause: options.reason.slice(0, reasonCharactersMax) }))
      shell.print(options.json ? JSON.stringify(after.paused) : `${tenant} is paused; \`troupe tenants resume ${tenant}\` lets it go on.`)
    })
  })
  const resume = shared(tenants.command('resume'), ['tenants resume acme'])
    .description('let a paused tenant go on: what waited is taken in order')
    .argument('<tenant>')
  resume.action(async (tenant: string) => {
    const options = resume.optsWithGlobals<SharedOptions>()
    await withPorts(placeOf(options, shell.environment), async ({ orders }) => {
      const { paused = {} } = await orders.read()
      if (!ofTenant(paused, tenant))
        throw new NotFound(`resuming tenant ${tenant}: it is not paused; paused are ${Object.keys(paused).join(', ') || 'none'}`)
      const after = await orders.change(undoPause(tenant))
      shell.print(options.json ? JSON.stringify(after.paused ?? {}) : `${tenant} goes on.`)
    })
  })
}

const reasonCharactersMax = 500
