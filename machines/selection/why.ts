// Why
// A decision in one sentence for people.
import type { Candidate, SelectionRequest } from './types.ts'

const percent = (share: number): string => `${Math.round(share * 100)} %`

export interface Reasons {
  readonly explored: boolean
  readonly isPinned: boolean
  readonly eligible: readonly Candidate[]
}

export function whyChosen(chosen: Candidate, { explored, isPinned, eligible }: Reasons): string {
  const { mean, low, high } = chosen.success
  const trials = Math.round(chosen.trials * 10) / 10
  const expected = `expected success ${percent(mean)} (${percent(low)} to ${percent(high)}) after ${trials} trials`
  if (eligible.length === 1) return `the only eligible agent; ${expected}`
  return `${reasonOf(chosen, { explored, isPinned, eligible })} of ${eligible.length} eligible agents; ${expected}`
}

function reasonOf(chosen: Candidate, { explored, isPinned, eligible }: Reasons): string {
  if (isPinned) return 'pinned by the policy'
  if (explored) return 'taken at random'
  return eligible.every(({ success }) => success.mean <= chosen.success.mean) ? 'best so far' : 'tried to learn more'
}

const namedMax = 10

export function whyNone(request: SelectionRequest, candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'no agent is registered'
  const removed = candidates.slice(0, namedMax).map(({ arm, excluded }) => `${arm} ${excluded}`)
  const more = candidates.length > namedMax ? `; and ${candidates.length - namedMax} more` : ''
  return `no agent can do this ${request.taskType} task: ${removed.join('; ')}${more}`
}
