// Selection model
// What outcomes have taught, as sums that only ever add up (cells.ts, M1 and M4): per arm and task type, per task type, and over all.
// Nothing here decides; hierarchy.ts reads it, merge.ts adds two of them.
//
// M2. An outcome makes new objects only for what it touches: everything else is the same reference as before.
// M3. It is plain JSON of bounded size (limits.ts). Beyond a limit what was longest without an outcome makes room, and its outcomes are counted in `unkept`.
import { observationFaults } from './faults.ts'
import { addToCalibration, emptyCalibration, type Calibration } from './calibration.ts'
import { addCells, addProducts, emptyCell, outcomeOf, own, put, type Cell, type Forgetting, type Products } from './cells.ts'
import { modelLimits } from './limits.ts'
import type { PaceState } from './pacer.ts'
import type { ArmId, Observation, SelectionPolicy } from './types.ts'
import type { TaskType } from '../task-events.ts'

export interface ArmModel {
  readonly cells: Readonly<Record<TaskType, Cell>>
  readonly products?: Products
}

/** Sums of what came out lower, and higher, than predicted: see changes.ts. */
export interface Watch {
  /** The same for each task type; absent: none has enough outcomes. */
  readonly cells?: Readonly<Record<TaskType, Watch>>
  readonly down: number
  readonly up: number
}

export interface SelectionModel {
  readonly format: 1
  readonly arms: Readonly<Record<ArmId, ArmModel>>
  /** Per task type, over all arms. */
  readonly levels: Readonly<Record<TaskType, Cell>>
  readonly overall: Cell
  /** The features that sums are kept of, oldest first; a policy that declares others adds them. */
  readonly features: readonly string[]
  readonly calibration: Calibration
  /** Change detection: state of the learner that watches, not a sum. */
  readonly watches: Readonly<Record<string, Watch>>
  /** The pacer's state, where something is paced. */
  readonly pace?: PaceState
  readonly cellCount: number
  /** Outcomes that no longer count, since they made room (M3), and what was told as an outcome and is none. */
  readonly unkept: number
}

export const emptyModel = (): SelectionModel => ({
  format: 1,
  arms: {},
  levels: {},
  overall: emptyCell,
  features: [],
  calibration: emptyCalibration,
  watches: {},
  cellCount: 0,
  unkept: 0,
})

export type Learning = Forgetting & Pick<SelectionPolicy, 'features'>

/** The model after one more outcome: pure sums, in any order. What is no observation is counted and changes nothing else; `observationFaults` says why. */
export function learn(model: SelectionModel, observation: Observation, policy: Learning): SelectionModel {
  if (observationFaults(observation).length > 0) return { ...model, unkept: model.unkept + 1 } // M3
  const { arm, taskType } = observation
  const features = withFeatures(model.features, policy.features)
  const known = own(model.arms, arm)
  const cell = known && own(known.cells, taskType)
  const keepsFeatures = observation.features !== undefined && hasProducts(model, known)
  const one = outcomeOf(observation, keepsFeatures ? features : [])
  const cells = { ...known?.cells, [taskType]: addCells(cell, one.cell, policy) }
  const products = one.products ? addProducts(known?.products, one.products, policy) : known?.products
  const learned: SelectionModel = {
    ...model,
    arms: { ...model.arms, [arm]: products ? { cells, products } : { cells } },
    levels: { ...model.levels, [taskType]: addCells(own(model.levels, taskType), one.level, policy) },
    overall: addCells(model.overall, one.level, policy),
    features,
    calibration: addToCalibration(model.calibration, observation, policy.halfLifeMs),
    cellCount: model.cellCount + (cell ? 0 : 1),
  }
  return cell ? learned : withinLimits(learned)
}

/** Whether sums of products of features are kept for the arm: only for the first arms that have features, since they are large. */
export const hasProducts = (model: Pick<SelectionModel, 'arms'>, known: ArmModel | undefined): boolean =>
  known?.products !== undefined ||
  Object.values(model.arms).filter(({ products }) => products !== undefined).length < modelLimits.productsMax

/** The same array when nothing is new (M2). */
export function withFeatures(known: readonly string[], declared: readonly string[]): readonly string[] {
  const fresh = declared.filter((name) => !known.includes(name))
  return fresh.length === 0 ? known : [...known, ...fresh].slice(0, modelLimits.featuresMax)
}

/** M3 */
export function withinLimits(model: SelectionModel): SelectionModel {
  const { cellsMax, taskTypesMax } = modelLimits
  const levels = withoutOldest(model.levels, taskTypesMax)
  if (model.cellCount <= cellsMax) return levels === model.levels ? model : { ...model, levels }
  const places = Object.entries(model.arms).flatMap(([arm, { cells }]) =>
    Object.entries(cells).map(([taskType, cell]) => ({ arm, taskType, cell })),
  )
  const oldest = places.toSorted((one, other) => one.cell.at - other.cell.at).slice(0, places.length - cellsMax)
  const arms: Record<ArmId, ArmModel> = { ...model.arms }
  for (const { arm, taskType } of oldest) {
    const { [taskType]: _, ...cells } = own(arms, arm)?.cells ?? {}
    if (Object.keys(cells).length === 0) Reflect.deleteProperty(arms, arm)
    else put(arms, arm, { ...own(arms, arm), cells })
  }
  const unkept = oldest.reduce((sum, { cell }) => sum + Math.ceil(cell.gained + cell.lost), model.unkept)
  const watches = watchesOf(model.watches, arms)
  return { ...model, arms, levels, watches, cellCount: places.length - oldest.length, unkept }
}

/** Those of cells that there are. */
function watchesOf(watches: SelectionModel['watches'], arms: SelectionModel['arms']): SelectionModel['watches'] {
  const kept = Object.entries(watches).flatMap(([arm, watch]): [ArmId, Watch][] => {
    const known = own(arms, arm)
    if (!known) return []
    if (!watch.cells) return [[arm, watch]]
    return [[arm, { ...watch, cells: Object.fromEntries(Object.entries(watch.cells).filter(([taskType]) => own(known.cells, taskType))) }]]
  })
  return Object.fromEntries(kept)
}

/** A level is no outcome: it comes again with the next one, and the overall mean stands for it until then. */
function withoutOldest(levels: SelectionModel['levels'], most: number): SelectionModel['levels'] {
  const entries = Object.entries(levels)
  if (entries.length <= most) return levels
  const kept = new Set(
    entries
      .toSorted(([, one], [, other]) => other.at - one.at)
      .slice(0, most)
      .map(([taskType]) => taskType),
  )
  return Object.fromEntries(entries.filter(([taskType]) => kept.has(taskType)))
}
