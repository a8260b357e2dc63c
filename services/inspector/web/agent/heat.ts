// Heat
// How long an actor was in each state, as far as its known turns tell. Pure.
import { activeIn, type ChartTree } from '../chart/tree.ts'
import type { HistoryRow } from '../wire.ts'

export function timeIn(tree: ChartTree, rows: readonly HistoryRow[]): ReadonlyMap<string, number> {
  const spent = new Map<string, number>()
  rows.forEach(({ at, state }, index) => {
    const until = rows[index + 1]?.at ?? at
    for (const id of activeIn(tree, state)) spent.set(id, (spent.get(id) ?? 0) + until - at)
  })
  return spent
}
