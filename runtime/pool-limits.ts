// Pool limits
// The limits of one effect pool, out of the options of its worker, checked once.
import { EffectLimitsInvalid } from './errors.ts'
import type { WorkerOptions } from './options.ts'
import type { PoolLimits } from './pool.ts'

/** A pool that is not named has the limits of `default`. Throws EffectLimitsInvalid for what is no limit. */
export function checkedPoolLimits(options: WorkerOptions, pool: string): PoolLimits {
  const limits: PoolLimits = {
    concurrency: options.effectsMax[pool] ?? options.effectsMax['default'] ?? 1,
    waitingMax: options.effectsWaitingMax,
    priorityMs: options.effectPriorityMs,
    perKey: options.effectKeys[pool] ?? options.effectKeys['default'] ?? {},
  }
  const { concurrency, waitingMax, priorityMs, perKey } = limits
  const faults = [
    ...wholeFault('concurrency', concurrency),
    ...wholeFault('effectsWaitingMax', waitingMax),
    ...(priorityMs >= 0 && priorityMs < Infinity ? [] : [`effectPriorityMs is ${priorityMs}`]),
    ...wholeFault('perKey.concurrency', perKey.concurrency ?? 1),
    ...wholeFault('perKey.rate.count', perKey.rate?.count ?? 1),
    ...wholeFault('perKey.rate.perMs', perKey.rate?.perMs ?? 1),
    ...wholeFault('perKey.rate.burst', perKey.rate?.burst ?? 1),
  ]
  if (faults.length === 0) return limits
  throw new EffectLimitsInvalid(`reading the limits of effect pool '${pool}': ${faults.join('; ')}; a limit is a whole number from 1 on`)
}

const wholeFault = (name: string, value: number): string[] => (Number.isSafeInteger(value) && value >= 1 ? [] : [`${name} is ${value}`])
