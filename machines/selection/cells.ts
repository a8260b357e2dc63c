// Cells
// Sums of outcomes, as they weighed at a time, and their addition.
//
// M1. A sum is stored as it weighed at its own `at` and halves every half-life of time after it, so that sums made apart are brought to one time and added:
//     a learner merged from several equals the single one but for the rounding of floating point numbers.
// M4. Names are data: an arm or a task type called `constructor` is like any other.
import type { Observation, SelectionPolicy } from './types.ts'

/** Sums of a measurement: how many, their sum, the sum of their squares. */
export interface Moments {
  readonly n: number
  readonly sum: number
  readonly squares: number
}

/** The outcomes of one arm on one task type. */
export interface Cell {
  readonly gained: number
  readonly lost: number
  readonly quality?: Moments
  /** Of the logarithm of dollars. */
  readonly cost?: Moments
  /** Of the logarithm of milliseconds. */
  readonly latency?: Moments
  /** Sums of the features, in the order of the model's. */
  readonly features?: readonly number[]
  readonly at: number
}

/** What LinUCB needs of an arm beside its cells: sums of products of features (upper triangle by columns), and of feature times success. */
export interface Products {
  readonly squares: readonly number[]
  readonly gained: readonly number[]
  readonly at: number
}

/** M4 */
export const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** What is left of a weight after that much time. */
export const remaining = (ageMs: number, halfLifeMs: number | undefined): number =>
  halfLifeMs === undefined || ageMs <= 0 ? 1 : 2 ** (-ageMs / halfLifeMs)

export const emptyCell: Cell = { gained: 0, lost: 0, at: 0 }

export type Forgetting = Pick<SelectionPolicy, 'halfLifeMs'>

/** One outcome as sums. Of cost and latency the logarithm is counted, since both vary by factors. */
export function outcomeOf(observation: Observation, names: readonly string[]) {
  const { success, quality, costUsd, latencyMs, at } = observation
  const level = cellOf({
    gained: success,
    lost: 1 - success,
    quality: quality === undefined ? undefined : momentsOf(quality),
    cost: costUsd === undefined ? undefined : momentsOf(logCost(costUsd)),
    latency: latencyMs === undefined ? undefined : momentsOf(logLatency(latencyMs)),
    features: undefined,
    at,
  })
  if (names.length === 0 || observation.features === undefined) return { level, cell: level, products: undefined }
  const declared = observation.features
  const features = names.map((name) => own(declared, name) ?? 0)
  const squares = features.flatMap((column, index) => features.slice(0, index + 1).map((row) => row * column))
  const products: Products = { squares, gained: features.map((feature) => feature * success), at }
  return { level, cell: { ...level, features }, products }
}

/** Less is not told apart: what costs nothing counts as this much, since it has no logarithm. */
export const costLeastUsd = 1e-6
export const latencyLeastMs = 1
export const logCost = (usd: number): number => Math.log(Math.max(usd, costLeastUsd))
export const logLatency = (ms: number): number => Math.log(Math.max(ms, latencyLeastMs))

const momentsOf = (value: number): Moments => ({ n: 1, sum: value, squares: value * value })

/** M1: both as they weigh at the later time. */
export function addCells(one: Cell | undefined, other: Cell, { halfLifeMs }: Forgetting): Cell {
  if (!one) return other
  const at = Math.max(one.at, other.at)
  const [w, v] = [remaining(at - one.at, halfLifeMs), remaining(at - other.at, halfLifeMs)]
  return cellOf({
    gained: one.gained * w + other.gained * v,
    lost: one.lost * w + other.lost * v,
    quality: addMoments(one.quality, other.quality, w, v),
    cost: addMoments(one.cost, other.cost, w, v),
    latency: addMoments(one.latency, other.latency, w, v),
    features: addVectors(one.features, other.features, w, v),
    at,
  })
}

/** Written field by field, always in the same order: cells are read thousands of times a second, and objects of few shapes are read several times as fast. */
function cellOf({
  gained,
  lost,
  at,
  quality,
  cost,
  latency,
  features,
}: { [Field in keyof Required<Cell>]: Cell[Field] | undefined }): Cell {
  const cell: { -readonly [Field in keyof Cell]: Cell[Field] } = { gained: gained ?? 0, lost: lost ?? 0, at: at ?? 0 }
  if (cost) cell.cost = cost
  if (latency) cell.latency = latency
  if (quality) cell.quality = quality
  if (features) cell.features = features
  return cell
}

function addMoments(one: Moments | undefined, other: Moments | undefined, w: number, v: number): Moments | undefined {
  if (!one || !other) return one ? scaleMoments(one, w) : other && scaleMoments(other, v)
  return { n: one.n * w + other.n * v, sum: one.sum * w + other.sum * v, squares: one.squares * w + other.squares * v }
}

const scaleMoments = (moments: Moments, weight: number): Moments =>
  weight === 1 ? moments : { n: moments.n * weight, sum: moments.sum * weight, squares: moments.squares * weight }

/** The shorter one lacks features that were declared later: they were 0. */
function addVectors(one: readonly number[] | undefined, other: readonly number[] | undefined, w: number, v: number) {
  if (!one && !other) return undefined
  const length = Math.max(one?.length ?? 0, other?.length ?? 0)
  return Array.from({ length }, (_, index) => (one?.[index] ?? 0) * w + (other?.[index] ?? 0) * v)
}

export function addProducts(one: Products | undefined, other: Products, { halfLifeMs }: Forgetting): Products {
  if (!one) return other
  const at = Math.max(one.at, other.at)
  const [w, v] = [remaining(at - one.at, halfLifeMs), remaining(at - other.at, halfLifeMs)]
  return { squares: addVectors(one.squares, other.squares, w, v) ?? [], gained: addVectors(one.gained, other.gained, w, v) ?? [], at }
}

/** M4: assigning to `__proto__` would set the prototype instead. */
export function put<Value>(record: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true })
}

/** Of the upper triangle, column by column: a new feature adds a column and moves nothing. */
export const triangleIndex = (row: number, column: number): number => (column * (column + 1)) / 2 + row
