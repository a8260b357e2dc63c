// Eligibility
// The hard constraints: which arm may do a task at all, and which constraint removed the others. Predictions count only where even their low end breaks a limit.
import { amountEstimate } from './estimates.ts'
import type { Beliefs } from './hierarchy.ts'
import { costLeastUsd, own } from './cells.ts'
import type { AgentCard, ArmId, SelectionRequest } from './types.ts'

const skillPrefix = 'skill:'

/** The first constraint that the arm does not meet. */
export function exclusionOf(card: AgentCard, arm: ArmId, request: SelectionRequest): string | undefined {
  if (!card.taskTypes.includes(request.taskType)) return `does not do ${request.taskType} tasks`
  for (const need of request.needs) {
    if (need.startsWith(skillPrefix)) {
      if (!hasSkill(card, need.slice(skillPrefix.length))) return `lacks the skill ${need.slice(skillPrefix.length)}`
    } else if (!card.capabilities.includes(need)) return `lacks the capability ${need}`
  }
  if (request.exclude.includes(card.agent) || request.exclude.includes(arm)) return 'was tried on this task already, or is not wanted'
  if (request.only !== undefined && request.only !== card.agent && request.only !== arm)
    return `is not ${request.only}, which was asked for`
  return undefined
}

/** A skill is asked for by name, of any version, or as `name@version`. */
const hasSkill = ({ skills = [] }: AgentCard, asked: string): boolean =>
  skills.some((skill) => skill === asked || skill.slice(0, skill.lastIndexOf('@')) === asked)

/** The first limit of the request that the arm is expected to break, or its open circuit. */
export function limitOf(card: AgentCard, arm: ArmId, request: SelectionRequest, beliefs: Beliefs): string | undefined {
  const { deadlineMs, budgetUsd, open } = request
  const latency = deadlineMs === undefined ? undefined : beliefs.latency && amountEstimate(beliefs.latency)
  if (deadlineMs !== undefined && latency && latency.low > deadlineMs)
    return `takes ${seconds(latency.low)} at least, beyond the deadline of ${seconds(deadlineMs)}`
  const cost = budgetUsd === undefined || card.costClass === 'free' ? undefined : beliefs.cost && amountEstimate(beliefs.cost)
  if (budgetUsd !== undefined && cost && cost.low > Math.max(budgetUsd, costLeastUsd))
    // what has always been free is within a budget of 0
    return `costs ${dollars(cost.low)} at least, beyond the budget of ${dollars(budgetUsd)}`
  return open && openCircuit(card, arm, open, request.now)
}

function openCircuit({ agent, model }: AgentCard, arm: ArmId, open: Readonly<Record<string, number>>, now: number): string | undefined {
  for (const name of [arm, agent, model]) {
    const until = name === undefined ? undefined : own(open, name)
    if (until !== undefined && until > now) return `has an open circuit for another ${seconds(until - now)}`
  }
  return undefined
}

const seconds = (ms: number): string => `${Number((ms / 1_000).toPrecision(3))} s`
const dollars = (usd: number): string => `$${Number(usd.toPrecision(3))}`
