// Breakpoints of types
// Where actors of whole types stand still for whoever debugs them: on every worker, and actors that are born later too.
// They stand in the fleet's orders, beside what else operators want (orders.ts); what becomes of an actor that reaches one is hold.ts.
import type { TypeBreakpoint } from '../machines/debug.ts'
import type { FleetOrders } from './ports.ts'

export class TypeBreakpoints {
  #byType: ReadonlyMap<string, readonly TypeBreakpoint[]> = new Map()

  /** Takes what holds now. */
  obey({ breakpoints = [] }: FleetOrders): void {
    this.#byType = Map.groupBy(breakpoints, ({ tenant, type }) => `${tenant}/${type}`)
  }

  /** Undefined while there is none of any type. */
  readonly of = ({ tenant, type }: { readonly tenant: string; readonly type: string }): readonly TypeBreakpoint[] | undefined =>
    this.#byType.size === 0 ? undefined : this.#byType.get(`${tenant}/${type}`)
}
