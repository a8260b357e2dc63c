// Changes
// Notices that an arm is no longer what it was, and makes what it has shown count less, so that it is tried anew.
// Two one-sided CUSUM sums (E. S. Page 1954) over the standardised residuals outcome - predicted: per arm, and per arm and task type.
// With right predictions and the defaults (allowance .5, threshold 12) normal residuals raise a false alarm once in exp(12) outcomes or so (D. Siegmund 1985);
// real ones are skewed and predictions a little wrong: test/machines/selection-changes.test.ts states what was measured.
//
// W1. Only outcomes that were predicted count, and only for an arm with `watchedTrials`: before that the prediction is the prior's, not the arm's.
// W2. A change is a value: `applyChange` repeats on another copy of the model what it did here.
// W3. What is widened is success and quality; what a call costs and takes is measured apart from it.
import { own, put, type Cell, type Moments } from './cells.ts'
import type { ArmModel, SelectionModel, Watch } from './model.ts'
import type { AgentCard, ArmId, Observation, SelectionPolicy } from './types.ts'
import { armOf } from './types.ts'
import type { TaskType } from '../task-events.ts'

/** What has changed, for the log. */
export interface ModelChange {
  readonly arm: ArmId
  /** Absent: on all of its task types. */
  readonly taskType?: TaskType
  /** It does better than it was known to, or worse, or it is another version of itself. */
  readonly cause: 'better' | 'worse' | 'version'
  /** The share of its sums that still counts. */
  readonly keep: number
  readonly at: number
}

const watchedTrials = 20
/** A sum over one task type must be that much higher: there are many of them. */
const cellFactor = 1.5
const varianceLeast = 0.05

type Watching = Pick<SelectionPolicy, 'changeAllowance' | 'changeThreshold' | 'changeKeep'>

/** Watches a batch of outcomes that the model has learned, in their order. */
export function notice(
  model: SelectionModel,
  batch: readonly Observation[],
  policy: Watching,
): { readonly model: SelectionModel; readonly changes: readonly ModelChange[] } {
  const changes: ModelChange[] = []
  let next = model
  for (const observation of batch) {
    const { model: watched, change } = watch(next, observation, policy)
    next = change ? applyChange(watched, change) : watched
    if (change) changes.push(change)
  }
  return { model: next, changes }
}

function watch(model: SelectionModel, { arm, taskType, success, predicted, at }: Observation, policy: Watching) {
  const known = own(model.arms, arm)
  if (predicted === undefined || !known || trialsOf(Object.values(known.cells)) < watchedTrials) return { model, change: undefined } // W1
  const residual = (success - predicted) / Math.sqrt(Math.max(varianceLeast, predicted * (1 - predicted)))
  const cell = own(known.cells, taskType)
  const former = own(model.watches, arm) ?? calm
  const formerCell = own(former.cells ?? {}, taskType) ?? calm
  const whole = summed(former, residual, policy)
  const part = cell && trialsOf([cell]) >= watchedTrials ? summed(formerCell, residual, policy) : formerCell
  const isWhole = isAlarm(whole, policy.changeThreshold)
  const cause = causeOf(isWhole ? whole : part)
  if (isWhole) return { model: withWatch(model, arm, calm), change: { arm, cause, keep: policy.changeKeep, at } satisfies ModelChange }
  const isPart = isAlarm(part, policy.changeThreshold * cellFactor)
  const cells = part === formerCell ? former.cells : { ...former.cells, [taskType]: isPart ? calm : part }
  const watched = withWatch(model, arm, cells ? { ...whole, cells } : whole)
  return { model: watched, change: isPart ? ({ arm, taskType, cause, keep: policy.changeKeep, at } satisfies ModelChange) : undefined }
}

const calm: Watch = { down: 0, up: 0 }

const trialsOf = (cells: readonly Cell[]): number => cells.reduce((sum, { gained, lost }) => sum + gained + lost, 0)

const summed = ({ down, up }: Watch, residual: number, { changeAllowance }: Watching): Watch => ({
  down: Math.max(0, down - residual - changeAllowance),
  up: Math.max(0, up + residual - changeAllowance),
})

const isAlarm = ({ down, up }: Watch, threshold: number): boolean => down > threshold || up > threshold
const causeOf = ({ down, up }: Watch): 'better' | 'worse' => (down > up ? 'worse' : 'better')

const withWatch = (model: SelectionModel, arm: ArmId, next: Watch): SelectionModel => ({
  ...model,
  watches: { ...model.watches, [arm]: next },
})

/** W2: the model after a change that was noticed elsewhere, or is replayed. */
export function applyChange(model: SelectionModel, { arm, taskType, keep }: ModelChange): SelectionModel {
  const known = own(model.arms, arm)
  if (!known) return model
  const cells: Record<TaskType, Cell> = {}
  for (const [name, cell] of Object.entries(known.cells))
    put(cells, name, taskType === undefined || name === taskType ? lessened(cell, keep) : cell)
  const products = taskType === undefined ? lessenedProducts(known, keep) : known.products
  const next: ArmModel = products ? { cells, products } : { cells }
  return { ...model, arms: { ...model.arms, [arm]: next } }
}

/** W3 */
function lessened(cell: Cell, keep: number): Cell {
  const { gained, lost, quality, features } = cell
  return {
    ...cell,
    gained: gained * keep,
    lost: lost * keep,
    ...(quality && { quality: lessenedMoments(quality, keep) }),
    ...(features && { features: features.map((sum) => sum * keep) }),
  }
}

const lessenedMoments = ({ n, sum, squares }: Moments, keep: number): Moments => ({ n: n * keep, sum: sum * keep, squares: squares * keep })

function lessenedProducts({ products }: ArmModel, keep: number): ArmModel['products'] {
  return products && { ...products, squares: products.squares.map((sum) => sum * keep), gained: products.gained.map((sum) => sum * keep) }
}

/** What outcomes of the version before are worth to one that follows it. */
const followKeep = 0.25

/** What becomes of an arm's sums when its card gives way to one of another version: undefined when it is the same one. */
export function versionChange(former: Pick<AgentCard, 'version'> | undefined, next: AgentCard, at: number): ModelChange | undefined {
  if (!former || former.version === next.version) return undefined
  return { arm: armOf(next), cause: 'version', keep: next.follows === former.version ? followKeep : 0, at }
}
