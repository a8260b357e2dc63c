// Orders
// What operators want of the fleet: one key of a bucket of its own, since those of the `fleet` bucket expire.
//
// O1. A change is stored only if nobody changed the orders since they were read: two operators at once are both obeyed.
import { ServerUnavailable } from '../errors.ts'
import { noOrders } from '../orders.ts'
import type { FleetOrders, Orders } from '../ports.ts'
import { fleetStream } from './membership.ts'
import { follow } from './ordered-reader.ts'
import { publishIf } from './publish.ts'
import type { Session } from './session.ts'

const changeAttemptsMax = 10

export function natsOrders(session: Session): Orders {
  const { ask, jsm } = session
  const bucket = session.stream.orders
  const stream = fleetStream(bucket)
  const key = `$KV.${bucket}.fleet`
  const stored = async (): Promise<{ readonly seq: number; readonly orders: FleetOrders }> => {
    const found = await ask(`reading the orders in ${bucket}`, () => jsm.streams.getMessage(stream, { last_by_subj: key }))
    return { seq: found?.seq ?? 0, orders: found ? ordersOf(found.data) : noOrders }
  }
  return {
    read: async () => (await stored()).orders,
    change: async (update) => {
      let cause = ''
      for (let attempt = 1; attempt <= changeAttemptsMax; attempt++) {
        const { seq, orders } = await stored()
        const changed = update(orders)
        const saved = await publishIf(session, key, seq, Buffer.from(JSON.stringify(changed))) // O1
        if (saved.ok) return changed
        cause = saved.cause
      }
      throw new ServerUnavailable(`changing the orders in ${bucket}: not stored in ${changeAttemptsMax} attempts (${cause}); try again`)
    },
    watch: async (changed) => {
      const { seq, orders } = await stored()
      changed(orders)
      return follow(session, { stream, filter: key, from: seq + 1 }, (message) => changed(ordersOf(message.data)))
    },
  }
}

/** A key that was deleted by hand has no value: no orders. */
function ordersOf(bytes: Uint8Array): FleetOrders {
  if (bytes.length === 0) return noOrders
  const orders: Partial<FleetOrders> = JSON.parse(Buffer.from(bytes).toString())
  return { ...noOrders, ...orders }
}
