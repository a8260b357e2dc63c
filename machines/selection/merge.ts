// Merge
// Two models as one: what workers learned apart, brought together (cells.ts, M1).
import { addCells, addProducts, own, put, triangleIndex, type Cell, type Forgetting } from './cells.ts'
import { mergeCalibrations } from './calibration.ts'
import { hasProducts, withFeatures, withinLimits, type ArmModel, type SelectionModel } from './model.ts'
import type { ArmId } from './types.ts'
import type { TaskType } from '../task-events.ts'

/** Watches and the pacer's state are no sums: the first model's stay, the second's are taken where it has none. */
export function mergeModels(one: SelectionModel, other: SelectionModel, policy: Forgetting): SelectionModel {
  const features = withFeatures(one.features, other.features)
  const place = placesOf(other.features, features)
  const arms: Record<ArmId, ArmModel> = { ...one.arms }
  let { cellCount } = one
  for (const [arm, added] of Object.entries(other.arms)) {
    const known = own(arms, arm)
    const merged = mergeArms(known, fitted(added, place, hasProducts({ arms }, known)), policy)
    cellCount += Object.keys(merged.cells).length - Object.keys(known?.cells ?? {}).length
    put(arms, arm, merged)
  }
  const levels: Record<TaskType, Cell> = { ...one.levels }
  for (const [taskType, level] of Object.entries(other.levels)) put(levels, taskType, addCells(own(levels, taskType), level, policy))
  const pace = one.pace ?? other.pace
  return withinLimits({
    format: 1,
    arms,
    levels,
    overall: addCells(one.overall, other.overall, policy),
    features,
    calibration: mergeCalibrations(one.calibration, other.calibration, policy.halfLifeMs),
    watches: Object.keys(one.watches).length > 0 ? one.watches : other.watches,
    ...(pace && { pace }),
    cellCount,
    unkept: one.unkept + other.unkept,
  })
}

function mergeArms(known: ArmModel | undefined, added: ArmModel, policy: Forgetting): ArmModel {
  const cells: Record<TaskType, Cell> = { ...known?.cells }
  for (const [taskType, cell] of Object.entries(added.cells)) put(cells, taskType, addCells(own(cells, taskType), cell, policy))
  const products = added.products ? addProducts(known?.products, added.products, policy) : known?.products
  return products ? { cells, products } : { cells }
}

/** An arm as the other model would have kept it: its features in their places, or without them where there is no room. */
function fitted(added: ArmModel, place: readonly number[] | undefined, keepsFeatures: boolean): ArmModel {
  if (!added.products) return added
  if (keepsFeatures) return place ? moved(added, place) : added
  const cells: Record<TaskType, Cell> = {}
  for (const [taskType, { features: _, ...cell }] of Object.entries(added.cells)) put(cells, taskType, cell)
  return { cells }
}

/** Where each feature of one model stands in another; undefined when they stand where they stood. */
function placesOf(from: readonly string[], to: readonly string[]): readonly number[] | undefined {
  return from.every((name, index) => to[index] === name) ? undefined : from.map((name) => to.indexOf(name))
}

function moved({ cells, products }: ArmModel, place: readonly number[]): ArmModel {
  const shifted: Record<TaskType, Cell> = {}
  for (const [taskType, cell] of Object.entries(cells))
    put(shifted, taskType, cell.features ? { ...cell, features: movedVector(cell.features, place) } : cell)
  if (!products) return { cells: shifted }
  const squares: number[] = []
  for (let column = 0; column < products.gained.length; column++)
    for (let row = 0; row <= column; row++) {
      const [x, y] = [place[column] ?? -1, place[row] ?? -1]
      if (x >= 0 && y >= 0) squares[triangleIndex(Math.min(x, y), Math.max(x, y))] = products.squares[triangleIndex(row, column)] ?? 0
    }
  return { cells: shifted, products: { squares: filled(squares), gained: movedVector(products.gained, place), at: products.at } }
}

function movedVector(vector: readonly number[], place: readonly number[]): readonly number[] {
  const shifted: number[] = []
  for (const [index, value] of vector.entries()) {
    const target = place[index] ?? -1
    if (target >= 0) shifted[target] = value
  }
  return filled(shifted)
}

const filled = (sparse: readonly number[]): readonly number[] => Array.from(sparse, (value) => value ?? 0)
