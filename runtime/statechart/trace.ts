// Trace
// What happened inside a turn, in the words of the chart: edges, states left and entered, guards with their results, actions.
import type { AnyStateNode } from 'xstate'
import { actionName } from './chart-names.ts'
import { takenEdges } from './chart.ts'
import { encodeFailure } from './codec.ts'
import type { GuardNote } from './scope.ts'
import type { Json, StoredDefinition } from './stored.ts'
import type { Living, Outcome } from './turn.ts'

export interface Trace {
  readonly machine: StoredDefinition
  /** Ids of the transitions taken, in order; as in the chart. */
  readonly edges: readonly string[]
  /** Ids of the states that are no longer active, and of those that have become so, or were entered again. */
  readonly exited: readonly string[]
  readonly entered: readonly string[]
  readonly guards: readonly { readonly name: string; readonly params?: Json; readonly result: boolean }[]
  /** Of the transitions taken, in order. */
  readonly actions: readonly string[]
}

/** The trace of one outcome; `before` is undefined at birth. */
export function traceOf(before: Living | undefined, { next, taken, guards }: Outcome): Trace {
  const was = nodesOf(before)
  const is = nodesOf(next)
  const again = new Set<AnyStateNode>(
    taken.flatMap(({ reenter, target }) => (reenter && target ? target.filter((node) => is.has(node)) : [])),
  )
  return {
    machine: next.stamp,
    edges: takenEdges({ taken }),
    exited: [...was].filter((node) => !is.has(node) || again.has(node)).map(({ id }) => id),
    entered: [...is].filter((node) => !was.has(node) || again.has(node)).map(({ id }) => id),
    guards: guards.map(noteOf),
    actions: taken.flatMap(({ actions }) => actions.map((action, at) => actionName(action, `action[${at}]`))),
  }
}

/** XState's type leaves the active nodes out of the snapshot's public part. */
const nodesOf = (living: Living | undefined): ReadonlySet<AnyStateNode> => new Set<AnyStateNode>(living?.snapshot._nodes)

const noteOf = ({ name, params, result }: GuardNote) => ({
  name,
  ...(params !== undefined && { params: encodeFailure(params) }),
  result,
})
