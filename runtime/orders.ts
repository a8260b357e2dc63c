// Orders
// What operators want of a fleet, as plain values: how an order is given and taken back.
import type { FleetOrders } from './ports.ts'

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
  ({ pins, drained, pin }: FleetOrders): FleetOrders => {
    if (partitions.length === 0) return { pins: {}, drained }
    const left = Object.fromEntries(Object.entries(pins).filter(([partition]) => !partitions.includes(Number(partition))))
    return { ...(pin !== undefined && { pin }), pins: left, drained }
  }
