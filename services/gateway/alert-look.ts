// Alert look
// Looks what there is to warn of: gathers the situation, asks the rules, waits until a cause has lasted as long as its rule wants, and remembers how long each alert lasted.
//
// L1. It looks by itself every `lookEveryMs`, whoever listens, and remembers what all tenants and the fleet gave; a look of one tenant is remembered by nobody.
// L2. A look of its own asks no actor that would take a turn for it, unless somebody looks as well: open circuits are not seen meanwhile.
// L3. What it holds has an end: `viewsMax` views, each with the alerts of its last look.
import type { Logger } from '../../runtime/telemetry.ts'
import { keepEpisodes, readFiring, readMutes, readRules, type Mute } from '../history/alert-book.ts'
import { rulesOf, type Rules } from './alert-rules.ts'
import { situationOf } from './alert-situation.ts'
import { alertsOf, type Alert } from './alerts.ts'
import type { GatewayParts } from './parts.ts'
import { remembered } from './remember.ts'

const lookEveryMs = 15_000
const keptMs = 1_000
/** Since somebody looked, circuits are asked for (L2). */
const watchedMs = 60_000
const viewsMax = 500

export interface MutedAlert extends Alert {
  readonly muted?: Mute
}

export interface Look {
  readonly at: number
  readonly alerts: readonly MutedAlert[]
}

interface View {
  /** By id, when its cause was seen first. */
  begun: ReadonlyMap<string, number>
}

const views = new WeakMap<GatewayParts, Map<string, View>>()
const lookedAt = new WeakMap<GatewayParts, number>()

/** What somebody who sees `tenant` (undefined: all of them, and the fleet) is told, made once a second. */
export function lookFor(parts: GatewayParts, tenant: string | undefined, seesFleet: boolean): Promise<Look> {
  if (seesFleet) lookedAt.set(parts, Date.now())
  return remembered(parts, `alerts ${tenant ?? '*'} ${seesFleet}`, { freshMs: keptMs }, () =>
    look(parts, { tenant, seesFleet, asks: true }),
  )
}

async function look(
  parts: GatewayParts,
  { tenant, seesFleet, asks }: { readonly tenant: string | undefined; readonly seesFleet: boolean; readonly asks: boolean },
): Promise<Look> {
  const { orm, namespace } = parts
  const at = new Date()
  const [situation, settings, mutes, firing] = await Promise.all([
    situationOf(parts, { tenant, seesFleet, asks }),
    readRules(orm, namespace).catch(() => []), // a database that does not answer is told as an alert of its own
    readMutes(orm, namespace, at).catch(() => []),
    readFiring(orm, namespace, at).catch(() => new Map<string, Date>()),
  ])
  const rules = rulesOf(settings)
  const view = viewOf(parts, `${tenant ?? '*'} ${seesFleet}`)
  // What is told of all tenants together is another alert than that of one of them.
  const sinceOf = ({ id, tenant: whose }: Alert): number | undefined =>
    tenant === undefined || whose === tenant ? firing.get(id)?.getTime() : undefined
  const lasting = lastingOf(alertsOf(situation, rules), { view, rules, now: situation.now, sinceOf })
  return {
    at: situation.now,
    alerts: lasting.map((alert) => {
      const muted = mutes.find((mute) => applies(mute, alert, tenant))
      return { ...alert, since: sinceOf(alert) ?? alert.since, ...(muted && { muted }) } // an episode keeps its beginning
    }),
  }
}

/** Of everybody's mutes, and those of the tenant that it is about or that looks. */
const applies = ({ target, tenant }: Mute, alert: Alert, looks: string | undefined): boolean =>
  (target === alert.id || target === alert.kind) && (tenant === null || tenant === (looks ?? alert.tenant))

interface Lasting {
  readonly view: View
  readonly rules: Rules
  readonly now: number
  /** When its episode began, of one that some gateway tells already. */
  sinceOf(alert: Alert): number | undefined
}

/** Those whose cause has lasted; an alert that says no time of its own began when it was seen first, by whichever gateway. */
function lastingOf(found: readonly Alert[], { view, rules, now, sinceOf }: Lasting): readonly Alert[] {
  const begun = new Map(found.map((alert) => [alert.id, Math.min(alert.since, view.begun.get(alert.id) ?? now, sinceOf(alert) ?? now)]))
  view.begun = begun // L3
  return found.flatMap((alert) => {
    const since = begun.get(alert.id) ?? alert.since
    return now - since >= (rules.get(alert.kind)?.forMs ?? 0) ? [{ ...alert, since }] : []
  })
}

function viewOf(parts: GatewayParts, name: string): View {
  const known = views.get(parts) ?? new Map<string, View>()
  views.set(parts, known)
  const view = known.get(name) ?? { begun: new Map() }
  known.delete(name)
  known.set(name, view)
  const [oldest] = known.keys()
  if (known.size > viewsMax && oldest !== undefined) known.delete(oldest) // L3
  return view
}

/** L1. The result ends it. */
export function startLooking(parts: GatewayParts, log: Logger): () => Promise<void> {
  let looking: Promise<void> | undefined
  const lookNow = async (): Promise<void> => {
    const asks = Date.now() - (lookedAt.get(parts) ?? -Infinity) < watchedMs // L2
    const { at, alerts } = await look(parts, { tenant: undefined, seesFleet: true, asks })
    const seen = alerts.map(({ muted: _, ...alert }) => ({
      id: alert.id,
      since: new Date(alert.since),
      tenant: alert.tenant ?? null,
      alert,
    }))
    await keepEpisodes(parts.orm, parts.namespace, seen, new Date(at))
  }
  const timer = setInterval(() => {
    looking ??= lookNow()
      .catch((error: unknown) => log.warn({ error }, 'alerts were looked for and could not be remembered; the next look follows'))
      .finally(() => (looking = undefined))
  }, lookEveryMs)
  return async () => {
    clearInterval(timer)
    await looking
  }
}
