// Tally
// What a run came to in each state and on each transition: visits, time, model calls with tokens and cost, failures. Pure.
//
// T1. Time in a state is from the turn that left the actor there to the next one; what comes after the last turn is not counted.
// T2. A turn's calls and failures belong to the state its first transition left, and to those around it; when that is not known, to every state that
//     was active before it. So what a state says holds what the states in it say.
import type { ChartTree } from '../chart/chart-tree.ts'
import { activeIn } from './active.ts'
import { edgeIn } from './changes.ts'
import type { Run, RunCall, RunTurn } from './run.ts'

export interface Stats {
  readonly visits: number
  /** Of a state. */
  readonly ms: number
  readonly calls: number
  readonly tokens: number
  readonly costUsd: number
  readonly failures: number
}

export interface Tally {
  readonly states: ReadonlyMap<string, Stats>
  readonly edges: ReadonlyMap<string, Stats>
  readonly total: Stats & { readonly turns: number; /** Those of which the transitions are known. */ readonly told: number }
}

export const noStats: Stats = { visits: 0, ms: 0, calls: 0, tokens: 0, costUsd: 0, failures: 0 }

export function tallyOf(tree: ChartTree, { start, turns, calls }: Run): Tally {
  const [states, edges] = [new Map<string, Stats>(), new Map<string, Stats>()]
  const callsOf = Map.groupBy(calls, ({ turn }) => turn)
  let before = activeIn(tree.chart.root, start?.value)
  let since = start?.at ?? turns[0]?.at ?? 0
  for (const turn of turns) {
    for (const id of before) add(states, id, { ms: turn.at - since }) // T1
    const active = activeIn(tree.chart.root, turn.value)
    const entered = turn.inside?.entered ?? [...active].filter((id) => !before.has(id))
    for (const id of entered) if (tree.places.has(id)) add(states, id, { visits: 1 })
    for (const id of turn.inside?.edges ?? []) if (edgeIn(tree, id)) add(edges, id, { visits: 1 })
    const spent = { ...spentIn(callsOf.get(turn.turn) ?? []), failures: turn.failure === undefined ? 0 : 1 }
    if (spent.calls + spent.failures > 0) {
      const first = (turn.inside?.edges ?? []).find((id) => edgeIn(tree, id))
      for (const id of payersOf(tree, first, before)) add(states, id, spent) // T2
      if (first !== undefined) add(edges, first, spent)
    }
    ;[before, since] = [active, turn.at]
  }
  return { states, edges, total: totalOf({ start, turns, calls }) }
}

function payersOf(tree: ChartTree, edge: string | undefined, before: ReadonlySet<string>): Iterable<string> {
  const source = edge === undefined ? undefined : edgeIn(tree, edge)?.source.id
  return source === undefined ? before : [source, ...tree.ancestors(source)]
}

function totalOf({ start, turns, calls }: Pick<Run, 'turns' | 'calls'> & { readonly start: Run['start'] | undefined }): Tally['total'] {
  const [first, last] = [start?.at ?? turns[0]?.at ?? 0, turns.at(-1)?.at ?? 0]
  return {
    ...noStats,
    ...spentIn(calls),
    ms: Math.max(0, last - first),
    failures: turns.filter(({ failure }) => failure !== undefined).length,
    visits: turns.length,
    turns: turns.length,
    told: turns.filter(({ inside }: RunTurn) => inside !== undefined).length,
  }
}

const spentIn = (calls: readonly RunCall[]): Pick<Stats, 'calls' | 'tokens' | 'costUsd'> => ({
  calls: calls.length,
  tokens: calls.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0),
  costUsd: calls.reduce((sum, { costUsd }) => sum + costUsd, 0),
})

function add(to: Map<string, Stats>, id: string, more: Partial<Stats>): void {
  const { visits, ms, calls, tokens, costUsd, failures } = to.get(id) ?? noStats
  to.set(id, {
    visits: visits + (more.visits ?? 0),
    ms: ms + (more.ms ?? 0),
    calls: calls + (more.calls ?? 0),
    tokens: tokens + (more.tokens ?? 0),
    costUsd: costUsd + (more.costUsd ?? 0),
    failures: failures + (more.failures ?? 0),
  })
}
