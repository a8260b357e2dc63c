import type { EntrySource, Row, RowChange } from './projection.ts'
import { originOf } from './projection.ts'
import type { KnownFact } from '../facts.ts'

/** What coordinators tell: the choices they make, and what came of them. */
export const coordination = (source: EntrySource): readonly RowChange[] =>
  source.facts.flatMap(({ fact }): RowChange[] => {
    const both = { ...originOf(source), actor: source.entry.actor, tenant: source.address.tenant }
    switch (fact.type) {
      case 'decision.made':
        return fact.chosen.map((_, at) => ({ table: 'decisions', row: { ...both, ...made(fact, at), madeAt: source.at } }))
      case 'decision.settled': {
        const {
          decisionId: id,
          taskId,
          n: outcome,
          taskType,
          arm: chosen,
          features,
          reward,
          ok,
          quality,
          costUsd,
          latencyMs,
          predicted,
          raw,
        } = fact
        const what = { taskType, chosen, features, reward, ok, quality, costUsd, latencyMs, predicted, raw, outcome }
        return [{ table: 'decisions', row: { ...both, id, taskId, ...what, settledAt: new Date(fact.at) } }]
      }
      case 'decision.censored': {
        const { decisionId: id, taskId, why: censored } = fact
        return [{ table: 'decisions', row: { ...both, id, taskId, censored, censoredAt: new Date(fact.at) } }]
      }
      case 'decision.withdrawn': {
        const { decisionId: id, taskId } = fact
        return [{ table: 'decisions', row: { ...both, id, taskId, censored: 'withdrawn', censoredAt: new Date(fact.at) } }]
      }
      default:
        return []
    }
  })

type Made = Extract<KnownFact, { type: 'decision.made' }>

/** The row of one of the arms that were taken together. */
function made(fact: Made, at: number): Pick<Row<'decisions'>, 'id' | 'taskId'> & Partial<Row<'decisions'>> {
  const { shard, taskId, taskType, features, request, others, policyVersion, shadow, random, why } = fact
  const { decisionId: id = '', arm, propensity, predicted, raw } = fact.chosen[at] ?? {}
  const candidates = candidatesOf(fact.candidates)
  const what = { shard, taskType, features, request, others, policyVersion, shadow, random, why, candidates }
  return { id, taskId, ...what, chosen: arm, propensity, predicted, raw, rank: at + 1 }
}

/** One object an arm, as people and programs read them. */
function candidatesOf({
  arms,
  trials,
  success,
  quality,
  costUsd,
  latencyMs,
  samples,
  propensities,
  excluded = {},
}: Made['candidates']): object[] {
  return arms.map((arm, at) => {
    const [agent, model] = partsOf(arm)
    const measured = { quality: estimateAt(quality, at), costUsd: estimateAt(costUsd, at), latencyMs: estimateAt(latencyMs, at) }
    const drawn = { sample: samples[at] ?? undefined, propensity: propensities[at] ?? undefined }
    const why = Object.hasOwn(excluded, arm) ? excluded[arm] : undefined
    return withoutUndefined({
      arm,
      agent,
      model,
      trials: trials[at],
      success: estimateAt(success, at),
      ...measured,
      ...drawn,
      excluded: why,
    })
  })
}

/** An agent's name holds no `@`. */
function partsOf(arm: string): readonly [agent: string, model?: string] {
  const at = arm.indexOf('@')
  return at < 0 ? [arm] : [arm.slice(0, at), arm.slice(at + 1)]
}

function estimateAt(figures: readonly (number | null)[] | undefined, at: number): object | undefined {
  const [mean, low, high] = figures?.slice(at * 3, at * 3 + 3) ?? []
  return typeof mean === 'number' && typeof low === 'number' && typeof high === 'number' ? { mean, low, high } : undefined
}

const withoutUndefined = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
