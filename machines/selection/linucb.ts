// LinUCB
// The upper confidence bound of a linear model per arm (L. Li, W. Chu, J. Langford and R. Schapire 2010, disjoint form, ridge 1)
// on x = [1, one of the task types, the declared features].
//
// The matrix A = I + sum of x x' over one-hot task types is an arrow: its part of the task types is diagonal. It is never built.
// The task types are eliminated (Schur complement), what is left is a system of 1 + features unknowns, solved by Cholesky's method:
// the sums that model.ts keeps anyway are all that is needed, and without features the system is one number.
//
// L1. Mean and width are those of the full matrix, to rounding: test/machines/selection-linucb.test.ts compares with its plain inverse.
// L2. A solution is cached under the arm's object and the time it was read at (hierarchy.ts, H1 and H2).
import type { Reading } from './hierarchy.ts'
import { own, remaining, triangleIndex, type Cell } from './cells.ts'
import type { ArmModel } from './model.ts'
import type { ArmId } from './types.ts'

export interface LinearBelief {
  readonly mean: number
  /** The square root of x' A^-1 x. */
  readonly width: number
}

export function linearBelief(reading: Reading, arm: ArmId): LinearBelief {
  const { model, policy, request, readAt } = reading
  const armModel = own(model.arms, arm) ?? unknownArm
  const places = policy.features.map((name) => model.features.indexOf(name))
  const solution = solutionOf(armModel, { readAt, halfLifeMs: policy.halfLifeMs, places })
  const cell = own(armModel.cells, request.taskType)
  const left = cell ? remaining(readAt - cell.at, policy.halfLifeMs) : 0
  const row = rowOf(cell, left, places)
  const x = [1, ...policy.features.map((name) => (request.features ? (own(request.features, name) ?? 0) : 0))]
  const count = 1 + (row[0] ?? 0)
  const gained = cell ? cell.gained * left : 0
  const mean = dot(x, solution.theta) + (gained - dot(row, solution.theta)) / count
  const rest = forward(
    solution.lower,
    x.map((value, index) => value - (row[index] ?? 0) / count),
  )
  return { mean, width: Math.sqrt(dot(rest, rest) + 1 / count) }
}

const unknownArm: ArmModel = { cells: {} }

/** A row of the arrow: how many outcomes of a task type, and the sums of their features. */
function rowOf(cell: Cell | undefined, left: number, places: readonly number[]): readonly number[] {
  const count = cell ? (cell.gained + cell.lost) * left : 0
  return [count, ...places.map((place) => (cell?.features?.[place] ?? 0) * left)]
}

interface Solution {
  readonly readAt: number
  readonly halfLifeMs: number | undefined
  readonly places: readonly number[]
  /** Cholesky's lower triangle, row by row. */
  readonly lower: readonly (readonly number[])[]
  readonly theta: readonly number[]
}

type Asked = Pick<Solution, 'readAt' | 'halfLifeMs' | 'places'>
const solutions = new WeakMap<ArmModel, Solution>()

function solutionOf(arm: ArmModel, asked: Asked): Solution {
  const cached = solutions.get(arm)
  const { readAt, halfLifeMs, places } = asked
  const isSame = cached?.readAt === readAt && cached.halfLifeMs === halfLifeMs && String(cached.places) === String(places)
  if (cached && isSame) return cached // L2
  const made = solve(arm, asked)
  solutions.set(arm, made)
  return made
}

function solve(arm: ArmModel, { readAt, halfLifeMs, places }: Asked): Solution {
  const { matrix, right } = ownSums(arm, { readAt, halfLifeMs, places })
  for (const cell of Object.values(arm.cells)) {
    const left = remaining(readAt - cell.at, halfLifeMs)
    const row = rowOf(cell, left, places)
    eliminate(matrix, right, row, cell.gained * left)
  }
  const lower = cholesky(matrix)
  return { readAt, halfLifeMs, places, lower, theta: backward(lower, forward(lower, right)) }
}

/** The block of the intercept and the features, before the task types are eliminated; cells add the rest. */
function ownSums({ products }: ArmModel, { readAt, halfLifeMs, places }: Asked) {
  const left = products ? remaining(readAt - products.at, halfLifeMs) : 0
  const size = 1 + places.length
  const matrix = Array.from({ length: size }, (_row, i) => Array.from({ length: size }, (_column, j) => (i === j ? 1 : 0)))
  const right = [0, ...places.map((place) => (products?.gained[place] ?? 0) * left)]
  for (const [i, row] of places.entries())
    for (const [j, column] of places.entries()) {
      const sum = row < 0 || column < 0 ? 0 : (products?.squares[triangleIndex(Math.min(row, column), Math.max(row, column))] ?? 0)
      add(matrix, i + 1, j + 1, sum * left)
    }
  return { matrix, right }
}

/** Adds a task type's outcomes to the block and takes away what its own unknown explains. */
function eliminate(matrix: number[][], right: number[], row: readonly number[], gained: number): void {
  const [count = 0] = row
  for (const [i, x] of row.entries()) {
    for (const [j, y] of row.entries()) {
      if (i === 0 || j === 0) add(matrix, i, j, i === 0 ? y : x)
      add(matrix, i, j, (-x * y) / (1 + count))
    }
    right[i] = (right[i] ?? 0) + (i === 0 ? gained : 0) - (x * gained) / (1 + count)
  }
}

function add(matrix: number[][], row: number, column: number, value: number): void {
  const values = matrix[row]
  if (values) values[column] = (values[column] ?? 0) + value
}

function cholesky(matrix: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const lower: number[][] = []
  for (const [i, row] of matrix.entries()) {
    const made: number[] = []
    lower.push(made)
    for (let j = 0; j <= i; j++) {
      const other = lower[j] ?? []
      let sum = row[j] ?? 0
      for (let k = 0; k < j; k++) sum -= (made[k] ?? 0) * (other[k] ?? 0)
      made.push(i === j ? Math.sqrt(Math.max(pivotLeast, sum)) : sum / (other[j] ?? 1))
    }
  }
  return lower
}

/** The ridge keeps pivots at 1 or so; rounding must not make one negative. */
const pivotLeast = 1e-12

function forward(lower: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const found: number[] = []
  for (const [i, row] of lower.entries()) {
    let sum = right[i] ?? 0
    for (let k = 0; k < i; k++) sum -= (row[k] ?? 0) * (found[k] ?? 0)
    found.push(sum / (row[i] ?? 1))
  }
  return found
}

function backward(lower: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const found = Array.from(right)
  for (let i = lower.length - 1; i >= 0; i--) {
    let sum = right[i] ?? 0
    for (let k = i + 1; k < lower.length; k++) sum -= (lower[k]?.[i] ?? 0) * (found[k] ?? 0)
    found[i] = sum / (lower[i]?.[i] ?? 1)
  }
  return found
}

const dot = (one: readonly number[], other: readonly number[]): number => {
  let sum = 0
  for (let index = 0; index < one.length; index++) sum += (one[index] ?? 0) * (other[index] ?? 0)
  return sum
}
