// Statechart
// The door to hosting XState machines: everything the kernel, the inspector and the tests may use of this folder.
// Nothing outside it knows XState's internals.
export { prepare, engine } from './prepare.ts'
export { birth, takeTurn, errorNotice, quietOutcome } from './take-turn.ts'
export { childNameOf } from './children.ts'
export { toStored, fromStored, imageOf, changes } from './restore.ts'
export { describe, accepts, stateNames, type Description } from './describe.ts'
export { structureHash } from './structure.ts'
export { check } from './check.ts'
export { fit, earlierVersions, type Fitting } from './fit.ts'
export { traceOf, type Trace } from './trace.ts'
export { statesAtBirth, statesEntered } from './entered.ts'
export { chartOf, takenEdges, type Chart, type ChartNode, type ChartTransition, type TransitionKind } from './chart.ts'
export { encode, decode, encodeFailure, Encoded } from './codec.ts'
export type { Arrival, Birth, EventMeta, Host, Living, Outcome } from './turn.ts'
export { whenTold } from './stored.ts'
export type {
  Json,
  Stored,
  StoredAsk,
  StoredChart,
  StoredChild,
  StoredDefinition,
  StoredKeeping,
  StoredLink,
  StoredParent,
  StoredProducer,
  StoredSaga,
  StoredStep,
  StoredTimer,
} from './stored.ts'
