// Orders
// What operators want of a fleet, as plain values: how an order is given and taken back.
import type { TypeBreakpoint } from '../machines/debug.ts'
import { TooManyBreakpoints } from './errors.ts'
import type { FleetOrders, TenantPause } from './ports.ts'

export const noOrders: FleetOrders = { pins: {}, drained: [] }

/** Workers that may be drained by order at one time. */
export const drainedMax = 256

export const orderDrain =
  (worker: string) =>
  (orders: FleetOrders): FleetOrders => ({ ...orders, drained: [...new Set([...orders.drained, worker])] })

export const undoDrain =
  (worker: string) =>
  (orders: FleetOrders): FleetOrders => ({ ...orders, drained: orders.drained.filter((id) => id !== worker) })

/** Of the whole namespace, or of these partitions only. */
export const orderPin =
  (deployment: string, partitions: readonly number[] = []) =>
  (orders: FleetOrders): FleetOrders =>
    partitions.length === 0
      ? { ...orders, pin: deployment }
      : { ...orders, pins: { ...orders.pins, ...Object.fromEntries(partitions.map((partition) => [partition, deployment])) } }

/** All pins, or those of these partitions only. */
export const undoPins =
  (partitions: readonly number[] = []) =>
  ({ pin, ...orders }: FleetOrders): FleetOrders => {
    if (partitions.length === 0) return { ...orders, pins: {} }
    const left = Object.fromEntries(Object.entries(orders.pins).filter(([partition]) => !partitions.includes(Number(partition))))
    return { ...(pin !== undefined && { pin }), ...orders, pins: left }
  }

/** Breakpoints of types that may stand at one time. */
export const typeBreakpointsMax = 50

/** In place of those that the type has; none takes them away. Those that are over go as well. Throws TooManyBreakpoints. */
export const orderBreakpoints =
  ({ tenant, type, now }: { readonly tenant: string; readonly type: string; readonly now: number }, wanted: readonly TypeBreakpoint[]) =>
  ({ breakpoints = [], ...orders }: FleetOrders): FleetOrders => {
    const others = breakpoints.filter((one) => one.until > now && !(one.tenant === tenant && one.type === type))
    const all = [...others, ...wanted]
    if (all.length > typeBreakpointsMax)
      throw new TooManyBreakpoints(
        `setting ${wanted.length} breakpoints for ${tenant}/${type}: ${others.length} of other types stand already, and ${typeBreakpointsMax} is the limit; take some away`,
      )
    return all.length === 0 ? orders : { ...orders, breakpoints: all }
  }

export const orderPause =
  (tenant: string, pause: TenantPause) =>
  (orders: FleetOrders): FleetOrders => ({ ...orders, paused: { ...orders.paused, [tenant]: pause } })

/** The tenant goes on, and what it failed before no longer counts. */
export const undoPause =
  (tenant: string) =>
  ({ paused, fallen, ...orders }: FleetOrders): FleetOrders => {
    const [left, counted] = [without(paused, tenant), without(fallen, tenant)]
    return { ...orders, ...(left && { paused: left }), ...(counted && { fallen: counted }) }
  }

/** Counts the end of an actor without a parent; with more than `restarts` of them within the time the tenant is paused. */
export const noteFall =
  (
    { tenant, actor, cause, at }: { readonly tenant: string; readonly actor: string; readonly cause: string; readonly at: number },
    { restarts, withinMs }: { readonly restarts: number; readonly withinMs: number },
  ) =>
  (orders: FleetOrders): FleetOrders => {
    let known = tenantsCountedMax
    const counts = Object.entries({ ...orders.fallen, [tenant]: [...(ofTenant(orders.fallen, tenant) ?? []), at] })
      .map(([name, times]) => [name, times.filter((time) => at - time < withinMs)] as const)
      .filter(([name, times]) => times.length > 0 && (name === tenant || known-- > 0))
    const fallen = Object.fromEntries(counts)
    const noted = { ...orders, fallen }
    if ((fallen[tenant]?.length ?? 0) <= restarts || ofTenant(orders.paused, tenant)) return noted
    const why = `${fallen[tenant]?.length} actors without a parent failed for good within ${withinMs} ms, the last ${actor}: ${cause}`
    return orderPause(tenant, { at, by: 'supervisor', cause: why.slice(0, causeCharactersMax) })(noted)
  }

/** What stands there for the tenant, and nothing that every object inherits. */
export const ofTenant = <Value>(record: Readonly<Record<string, Value>> | undefined, tenant: string): Value | undefined =>
  record && Object.hasOwn(record, tenant) ? record[tenant] : undefined

function without<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Readonly<Record<string, Value>> | undefined {
  const { [key]: _gone, ...rest } = record ?? {}
  return Object.keys(rest).length === 0 ? undefined : rest
}

const tenantsCountedMax = 256
const causeCharactersMax = 500
