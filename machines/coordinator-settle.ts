// Coordinator outcomes
// What came of a decision, once: checked, taken out of the open decisions, and turned into an observation for the learner. Pure.
import { coordinatorRefusals, type CoordinatorReply, type OutcomeReport } from './coordinator-messages.ts'
import { idOf, numberOf } from './coordinator-decide.ts'
import { openOf, withoutOpen, type Numbered, type OpenDecision, type OpenDecisions } from './coordinator-open.ts'
import type { CoordinatorContext, Counts } from './coordinator-record.ts'
import { observationFaults } from './selection.ts'
import type { Observation } from './selection/types.ts'
import type { CoordinatorFact } from './task-events.ts'

type Settled = Extract<CoordinatorFact, { type: 'decision.settled' }>

export type Settlement =
  | { readonly kind: 'refused'; readonly reply: CoordinatorReply; readonly counts: Counts }
  | {
      readonly kind: 'settled'
      readonly decision: OpenDecision
      readonly observation: Observation
      readonly fact: Settled
      readonly open: OpenDecisions
      readonly counts: Counts
    }

export function settle(context: CoordinatorContext, report: OutcomeReport, now: number): Settlement {
  const found = findOpen(context, report.decisionId)
  if (found.kind !== 'open') return refused(context, found)
  const { n, decision } = found
  const observation = observationOf(decision, report, now)
  const faults = faultsOf(report, observation)
  if (faults.length > 0) return refused(context, { kind: 'invalid', reason: `${report.decisionId}: ${faults.join('; ')}` })
  const counts = { ...context.counts, settled: context.counts.settled + 1 }
  const fact = factOf(decision, { report, observation, n: counts.settled })
  return { kind: 'settled', decision, observation, fact, open: withoutOpen(context.open, n), counts }
}

export type Found =
  | ({ readonly kind: 'open' } & Numbered)
  | { readonly kind: 'repeated' }
  | { readonly kind: 'late' | 'unknown'; readonly reason: string }

type Refused = Exclude<Found, { kind: 'open' }> | { readonly kind: 'invalid'; readonly reason: string }

/** The open decision of that id, or what became of it. */
export function findOpen(context: CoordinatorContext, decisionId: string): Found {
  const {
    key,
    open,
    counts: { decided },
  } = context
  const n = numberOf(context, decisionId)
  if (n === undefined || n > decided) {
    const own =
      decided === 0 ? 'which has decided nothing yet' : `whose decisions are called ${idOf(context, 1)} to ${idOf(context, decided)}`
    const place = `${key}, ${own},`
    return {
      kind: 'unknown',
      reason: `${decisionId.slice(0, 100)}: ${place} made no such decision; an outcome goes to the coordinator that decided`,
    }
  }
  const decision = openOf(open, n)
  if (decision) return { kind: 'open', n, decision }
  if (!open.censored.includes(n)) return { kind: 'repeated' }
  return {
    kind: 'late',
    reason: `${decisionId}: no outcome came within the horizon, or too many decisions were open, so it is not learned from any more`,
  }
}

function refused({ counts }: CoordinatorContext, found: Refused): Settlement {
  switch (found.kind) {
    case 'repeated':
      return { kind: 'refused', reply: { ok: true, repeated: true }, counts: { ...counts, repeated: counts.repeated + 1 } }
    case 'late':
      return { kind: 'refused', reply: refusalOf('decisionCensored', found.reason), counts: { ...counts, late: counts.late + 1 } }
    case 'unknown':
      return { kind: 'refused', reply: refusalOf('decisionUnknown', found.reason), counts: { ...counts, unknown: counts.unknown + 1 } }
    case 'invalid':
      return { kind: 'refused', reply: refusalOf('outcomeInvalid', found.reason), counts: { ...counts, invalid: counts.invalid + 1 } }
  }
}

export const refusalOf = (code: keyof typeof coordinatorRefusals, reason: string): CoordinatorReply => ({
  ok: false,
  code: coordinatorRefusals[code],
  reason,
})

function observationOf({ arm, taskType, features, predicted, raw }: OpenDecision, report: OutcomeReport, now: number): Observation {
  const { ok, reward, quality, costUsd, latencyMs } = report
  return {
    arm,
    taskType,
    ...(features && { features }),
    success: ok ? reward : 0,
    ...(quality !== undefined && { quality }),
    ...(costUsd !== undefined && { costUsd }),
    ...(latencyMs !== undefined && { latencyMs }),
    predicted,
    ...(raw !== undefined && { raw }),
    at: now,
  }
}

function faultsOf({ ok, reward }: OutcomeReport, observation: Observation): readonly string[] {
  const own = [
    ...(typeof ok === 'boolean' ? [] : [`'ok' is ${String(ok)}; it is true or false`]),
    ...(typeof reward === 'number' && reward >= 0 && reward <= 1 ? [] : [`'reward' is ${String(reward)}; it is 0 to 1`]),
  ]
  return own.length > 0 ? own : observationFaults(observation)
}

/** The fact has all that the observation has, so that the learner can be made again from the log. */
function factOf(
  { taskId }: OpenDecision,
  { report, observation, n }: { readonly report: OutcomeReport; readonly observation: Observation; readonly n: number },
): Settled {
  const { success: reward, predicted = 0, arm, taskType, ...rest } = observation
  return { type: 'decision.settled', decisionId: report.decisionId, taskId, n, arm, taskType, reward, ok: report.ok, predicted, ...rest }
}
