// Effect limits
// The limits of effect pools as a deployment gives them, over the defaults of a worker: what it does not name stays.
import { workerDefaults, type WorkerOptions } from '../../runtime/options.ts'
import type { Settings } from '../settings.ts'

export function effectLimits(pools: Settings['TROUPE_EFFECT_POOLS']): Pick<WorkerOptions, 'effectsMax' | 'effectKeys'> {
  const effectsMax = { ...workerDefaults.effectsMax }
  const effectKeys = { ...workerDefaults.effectKeys }
  for (const [pool, { concurrency, perKey }] of Object.entries(pools ?? {})) {
    if (concurrency !== undefined) effectsMax[pool] = concurrency
    if (perKey !== undefined) effectKeys[pool] = perKey
  }
  return { effectsMax, effectKeys }
}
