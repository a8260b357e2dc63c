// Task settling
// What is told when an execution or a round is over: facts, the outcome to whoever decided, the lesson to the tenant's lessons. Pure.
//
// O1. Every decision is settled once: by the outcome of its execution, or withdrawn when its answer is not needed any more.
// O2. A failure is told at once. An answer is told when its round is over, since only then it is known whether others say the same.
import { addUsage, type AgentOutput } from './agent-task.ts'
import { actorId, type ActorId } from './address.ts'
import type { OutcomeReport, OutcomeWithdraw } from './coordinator-messages.ts'
import { lessonLimits, lessonsKey, lessonsType, type LessonRecord } from './lessons.ts'
import { armOf } from './selection/types.ts'
import { wasDecided, withdrawals } from './task-choosing.ts'
import type { TaskFact } from './task-events.ts'
import { readPlan, type PlanRead } from './task-plan.ts'
import type { TaskAnswer, TaskContext } from './task-record.ts'
import { ballotsOf, endSlot, lostOutput, verdictOn, type Execution, type Round } from './task-round.ts'
import { agreementOf, type Verdict } from './task-team.ts'
import { stepOf } from './task-steps.ts'
import { taskRefusals } from './task-submit.ts'

export interface Told {
  readonly next: Partial<TaskContext>
  readonly facts: readonly TaskFact[]
  readonly sends: readonly { readonly to: ActorId; readonly event: OutcomeReport | OutcomeWithdraw | LessonRecord }[]
}

const answeredReward = 0.6
const citedReward = 0.3
const quickReward = 0.1

/** How well an agent did, 0 to 1: an answer counts most, its sources next, its speed least. Waiting for people costs nothing. */
export function rewardOf(output: AgentOutput, deadlineMs: number): number {
  if (!output.ok) return 0
  const quick = 1 - Math.min(1, output.workedMs / Math.max(1, deadlineMs))
  return answeredReward + (output.citations.length > 0 ? citedReward : 0) + quickReward * quick
}

/** How the round stands, with what the task asks of an answer. */
export const standing = (context: TaskContext, round: Round): Verdict =>
  verdictOn(round, { agreementMin: round.team.size > 1 ? context.qualityMin : 0, splitFails: context.escalate !== undefined })

/** Refusals that no person could put right. */
const finalCodes: readonly string[] = ['TR_TASK_TYPE_UNKNOWN', 'TR_REQUEST_INVALID', 'TR_BUDGET_ZERO']

/** Why a person is asked now; undefined: nobody is. */
export function personWhy(context: TaskContext): string | undefined {
  const { round, escalate } = context
  if (!round) return undefined
  const verdict = standing(context, round)
  if (verdict.kind === 'accepted') return undefined
  if (round.slots.some(({ phase }) => phase === 'held')) return round.held
  if (!escalate || verdict.kind === 'open') return undefined
  if (verdict.kind === 'disagreed') return disagreement(round, verdict)
  if (round.refused && finalCodes.includes(round.refused.code)) return undefined
  return `no agent gave an answer: ${failureOf(round).reason}`
}

/** Agents have done what they can, and no person is to decide. */
export function isOver(context: TaskContext): boolean {
  const { round } = context
  return round !== undefined && standing(context, round).kind !== 'open' && personWhy(context) === undefined
}

/** The slot whose answer a person may take. */
export function takeable(context: TaskContext): number | undefined {
  const { round } = context
  const verdict = round && standing(context, round)
  return verdict?.kind === 'disagreed' ? verdict.ballot : undefined
}

function disagreement({ team, slots }: Round, { agreement }: { readonly agreement: number }): string {
  const answers = slots.filter(({ phase }) => phase === 'answered').length
  const same = Math.round(agreement * answers)
  const wanted = team.rule === 'quorum' ? `${team.agree} of ${team.size} must` : 'a majority must'
  return `the agents do not agree: ${same} of ${answers} answers say the same, ${wanted}`
}

/** Why the round gave nothing. */
function failureOf(round: Round): { readonly reason: string; readonly code?: string } {
  const results = round.slots.flatMap(({ result }) => result?.reason ?? [])
  const { refused } = round
  const reasons = [...new Set([...results, ...(refused ? [refused.why] : [])])]
  const reason = reasons.length === 0 ? 'the agent gave no reason' : reasons.join('; ')
  return { reason, ...(refused && results.length === 0 && { code: refused.code }) }
}

/** An execution has ended, well or not. */
export function settleEnd(context: TaskContext, at: number, { output, now }: { output: AgentOutput; now: number }): Told {
  const { round } = context
  const execution = round?.slots[at]?.execution
  if (!round || !execution) return { next: {}, facts: [], sends: [] }
  return {
    next: { round: endSlot(round, at, output), usage: addUsage(context.usage, output.usage) },
    facts: [finishedFact(context, execution, { output, now })],
    sends: output.ok ? [] : outcomeOf(context, execution, output), // O2
  }
}

export function finishedFact(
  { address }: TaskContext,
  { executionId, choice, startedAt }: Execution,
  { output: { ok, reason, usage }, now }: { output: AgentOutput; now: number },
): TaskFact {
  const durationMs = Math.max(0, now - startedAt)
  const why = reason !== undefined && { reason }
  return { type: 'execution.finished', taskId: address.key, executionId, agent: choice.agent, ok, ...why, usage, durationMs }
}

/** What the coordinator and the lessons are told of an execution. `quality`: the share of the answers that say the same. */
function outcomeOf(context: TaskContext, execution: Execution, output: AgentOutput, quality?: number): Told['sends'] {
  const { address, deadlineMs, round } = context
  const { choice, coordinator, executionId } = execution
  const { ok, reason } = output
  const reward = rewardOf(output, deadlineMs)
  const report: OutcomeReport = {
    type: 'outcome.report',
    decisionId: choice.decisionId,
    ok,
    reward,
    ...(quality !== undefined && { quality }),
    costUsd: output.usage.costUsd,
    latencyMs: output.workedMs,
    ...(!ok && { failed: output.failed ?? 'agent' }),
  }
  const lesson: LessonRecord = {
    type: 'lesson.record',
    taskId: address.key,
    executionId,
    taskType: round?.task.taskType ?? context.task.taskType,
    prompt: context.task.prompt.slice(0, lessonLimits.promptCharactersMax),
    arm: armOf(choice),
    ok,
    reward,
    ...(reason !== undefined && { reason }),
  }
  return [
    ...(coordinator !== undefined && wasDecided(execution) ? [{ to: coordinator, event: report }] : []),
    { to: actorId(address.tenant, lessonsType, lessonsKey), event: lesson },
  ]
}

/** The round is left: by its verdict, by a person, or by a cancel. Answers are told (O2), what still works or waits is withdrawn (O1). */
export function closeRound(context: TaskContext, why: string, now: number): Told {
  const { round } = context
  if (!round) return { next: {}, facts: [], sends: [] }
  const verdict = standing(context, round)
  const accepted = verdict.kind === 'accepted' ? verdict.ballot : undefined
  const plan = accepted !== undefined && round.purpose === 'plan' ? planOf(context, round, accepted) : undefined
  const answers = round.slots.filter(({ phase }) => phase === 'answered').length
  const compared = round.team.rule !== 'first-good' && answers > 1
  const answered = round.slots.flatMap(({ phase, execution, result }, at) => {
    if (phase !== 'answered' || !execution || !result) return []
    const quality = compared ? agreementOf(ballotsOf(round), at, round.team.compare) : undefined
    return outcomeOf(context, execution, plan && !plan.ok ? unplanned(result, plan) : result, quality)
  })
  const { facts, sends, usage } = withdrawn(context, round, { why, now })
  const left = Math.min(context.leftMs, ...round.slots.map(({ leftMs }) => leftMs))
  return {
    next: { usage, leftMs: left, ...endOf(round, verdict), ...planned(context, plan) },
    facts,
    sends: [...answered, ...sends],
  }
}

const unplanned = (result: AgentOutput, { faults }: PlanRead & { ok: false }): AgentOutput => ({
  ...result,
  ok: false,
  reason: `the plan is invalid: ${faults.join('; ')}`,
  failed: 'agent',
})

function withdrawn(context: TaskContext, round: Round, { why, now }: { why: string; now: number }) {
  const facts: TaskFact[] = []
  const sends: Told['sends'][number][] = []
  let { usage } = context
  for (const { phase, execution } of round.slots) {
    if (!execution || (phase !== 'running' && phase !== 'chosen' && phase !== 'held')) continue
    if (execution.coordinator !== undefined)
      for (const event of withdrawals([execution.choice])) sends.push({ to: execution.coordinator, event })
    if (phase !== 'running') continue
    usage = addUsage(usage, execution.usage)
    facts.push(finishedFact(context, execution, { output: lostOutput(execution, why, now), now }))
  }
  return { facts, sends, usage }
}

/** What the round leaves in the task: an answer, or why there is none. */
function endOf(round: Round, verdict: Verdict): Partial<TaskContext> {
  switch (verdict.kind) {
    case 'accepted': {
      const answer = answerOf(round, verdict.ballot)
      return answer && round.purpose !== 'plan' ? { answer } : {}
    }
    case 'disagreed':
      return { reason: disagreement(round, verdict), code: taskRefusals.noAgreement }
    case 'failed':
      return { code: undefined, ...failureOf(round) }
    case 'open':
      return {}
  }
}

export function answerOf(round: Round, at: number): TaskAnswer | undefined {
  const { execution, result } = round.slots[at] ?? {}
  if (!execution || !result) return undefined
  const { answer: text, citations, model, offline } = result
  return { text, citations, agent: execution.choice.agent, executionId: execution.executionId, model, offline }
}

const planOf = ({ address, depth }: TaskContext, round: Round, at: number): PlanRead =>
  readPlan(round.slots[at]?.result?.answer ?? '', { tenant: address.tenant, key: address.key, depth })

function planned(context: TaskContext, plan: PlanRead | undefined): Partial<TaskContext> {
  if (!plan) return {}
  if (plan.ok) return { steps: plan.steps.map(stepOf), planFaults: [] }
  const reason = `the planner gave no plan that can be run: ${plan.faults.join('; ')}`
  return { planFaults: plan.faults, corrections: context.corrections + 1, reason, code: taskRefusals.planInvalid }
}
