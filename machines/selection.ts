// Selection
// Which agent does a task, what is expected of it, and what its outcomes teach. Pure: time and chance come with the request.
// This is the door; the parts are in selection/: model.ts (sums), hierarchy.ts (beliefs), chances.ts (propensities), decide.ts, changes.ts, pacer.ts.
export * from './selection/types.ts'
export { modelLimits } from './selection/limits.ts'
export { emptyModel, learn, type ArmModel, type SelectionModel, type Watch } from './selection/model.ts'
export type { Cell, Moments, Products } from './selection/cells.ts'
export { mergeModels } from './selection/merge.ts'
export { largestDifference } from './selection/difference.ts'
export { decide, predict, type Policies } from './selection/decide.ts'
export { applyChange, notice, versionChange, type ModelChange } from './selection/changes.ts'
export { replayDecision, replayError, type Replay, type ReplayedCandidate, type ReplayedLog } from './selection/replay.ts'
export { pace, type PaceState } from './selection/pacer.ts'
export { policyDefaults, policyRefusals, readPolicy, type PolicyReading } from './selection/policy.ts'
export { observationFaults, requestFaults } from './selection/faults.ts'
export { reliabilityOf, type Forecast, type Reliability } from './selection/reliability.ts'
export { generator } from './selection/distributions.ts'
