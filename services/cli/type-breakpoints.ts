// Breakpoints of types
// `troupe break '<tenant>/<type>/*'`: they stand in the fleet's orders, so that every worker obeys.
import { addressFault } from '../../machines/address.ts'
import { breakpointsFault, holdMsMax, type Breakpoint, type TypeBreakpoint } from '../../machines/debug.ts'
import { orderBreakpoints } from '../../runtime/orders.ts'
import type { SharedOptions, Shell } from './command.ts'
import { placeOf, withPorts } from './connect.ts'
import { operator } from './dead/redrive.ts'
import { ArgumentInvalid } from './errors.ts'
import { table, timeText } from './output.ts'
import { parseTarget } from './words.ts'

interface Asked {
  /** `tenant/type/*` or `type/*`. */
  readonly actor: string
  readonly breakpoints: readonly Breakpoint[]
  readonly ttlMs: number
  readonly holdMs: number
}

/** Whether a state of that name exists is not known here: workers of several builds may host the type. */
export async function breakType(shell: Shell, options: SharedOptions, { actor, breakpoints, ttlMs, holdMs }: Asked): Promise<void> {
  const place = placeOf(options, shell.environment)
  const { tenant, type } = parseTarget(actor.replace(/\*$/, 'any'), place.tenant, options.tenant !== undefined)
  const longest = Math.max(ttlMs, holdMs) > holdMsMax ? 'a time of at most 1h' : undefined
  const fault = addressFault({ tenant, type, key: 'any' }) ?? breakpointsFault(breakpoints) ?? longest
  if (fault !== undefined) throw new ArgumentInvalid(`Setting breakpoints of ${tenant}/${type}: ${fault}.`)
  await withPorts(place, async ({ orders, clock }) => {
    const now = clock.now()
    const wanted = breakpoints.map((one): TypeBreakpoint => ({ ...one, tenant, type, by: operator(), until: now + ttlMs, holdMs }))
    await orders.change(orderBreakpoints({ tenant, type, now }, wanted))
    if (options.json) return shell.print(JSON.stringify({ tenant, type, breakpoints: wanted }))
    const rows = wanted.map(({ on, match, until }) => [on, match, timeText(until)])
    shell.print(rows.length === 0 ? `No actor of ${tenant}/${type} is stopped any more.` : table(['on', 'match', 'until'], rows))
  })
}
