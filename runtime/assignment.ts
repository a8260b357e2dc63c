// Assignment
// Which worker should own which partition, from who is alive and what operators have ordered. Everyone who knows the same gets the same answer.
//
// A1. A partition that is pinned to a deployment goes to workers of it, or to nobody.
// A2. The others go to the deployment of the highest rank that has a fit worker; the older ones keep what is pinned to them.
//     A worker that has just started is not fit: one that dies at its start never takes over a running system.
import type { FleetOrders, Member } from './ports.ts'
import { share } from './rendezvous.ts'

/** What an assignment is made from. */
export type Standing = Pick<Member, 'id' | 'draining' | 'fit' | 'deployment'>

/** The owner by partition; a partition that nobody may own is left out. */
export function assign(members: readonly Standing[], orders: FleetOrders, partitions: number): ReadonlyMap<number, string> {
  const able = members.filter(({ id, draining }) => !draining && !orders.drained.includes(id))
  const owners = new Map<number, string>()
  for (const [deployment, numbers] of byPin(orders, partitions)) {
    const candidates = deployment === undefined ? newest(able) : able.filter((member) => member.deployment?.id === deployment) // A1
    const ids = candidates.map(({ id }) => id)
    for (const [partition, id] of share(ids, numbers)) owners.set(partition, id)
  }
  return owners
}

/** The partitions by the deployment they are pinned to. */
function byPin({ pin, pins }: FleetOrders, partitions: number): ReadonlyMap<string | undefined, number[]> {
  const groups = new Map<string | undefined, number[]>()
  for (let partition = 0; partition < partitions; partition++) {
    const deployment = pins[partition] ?? pin
    groups.set(deployment, [...(groups.get(deployment) ?? []), partition])
  }
  return groups
}

/** A2. As long as nobody is fit, everybody counts: a system starts at once. */
function newest(able: readonly Standing[]): readonly Standing[] {
  const fit = able.filter((member) => member.fit)
  const rank = Math.max(...(fit.length > 0 ? fit : able).map(rankOf))
  return able.filter((member) => rankOf(member) === rank)
}

const rankOf = ({ deployment }: Standing): number => deployment?.rank ?? 0
