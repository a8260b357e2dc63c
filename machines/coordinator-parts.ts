// Coordinator parts
// Some cells of a model, with the sums over all that belong to them: what the root tells its shards instead of everything. A part is itself a model.
//
// Q1. What a part has replaces what the shard had: cells are told as they are, never as differences, so a part that is told twice changes nothing.
// Q2. What made room at the root is not told: the same limits keep a shard from holding it for ever.
import { emptyModel, type SelectionModel } from './selection.ts'
import { own } from './selection/cells.ts'
import { withinLimits } from './selection/model.ts'
import type { ArmId } from './selection/types.ts'
import type { TaskType } from './task-events.ts'

/** Cells by name: of each arm, the task types. */
export type CellNames = Readonly<Record<ArmId, readonly TaskType[]>>

type ArmModel = SelectionModel['arms'][ArmId]

/** Cells that are not the same objects in both. */
export function touched(before: SelectionModel, after: SelectionModel): CellNames {
  const names: [ArmId, readonly TaskType[]][] = []
  for (const [arm, model] of Object.entries(after.arms)) {
    const former = Object.hasOwn(before.arms, arm) ? before.arms[arm] : undefined
    if (former === model) continue
    const types = Object.keys(model.cells).filter(
      (type) => !former || !Object.hasOwn(former.cells, type) || former.cells[type] !== model.cells[type],
    )
    names.push([arm, types])
  }
  return Object.fromEntries(names)
}

export const allCells = ({ arms }: SelectionModel): CellNames =>
  Object.fromEntries(Object.entries(arms).map(([arm, { cells }]) => [arm, Object.keys(cells)]))

/** The first with the second's names added; the same object when it has them all. */
export function withNames(names: CellNames, more: CellNames): CellNames {
  const added = Object.entries(more).flatMap(([arm, types]): [ArmId, readonly TaskType[]][] => {
    const had = Object.hasOwn(names, arm) ? (names[arm] ?? []) : undefined
    const fresh = types.filter((type) => !had?.includes(type))
    return had && fresh.length === 0 ? [] : [[arm, [...(had ?? []), ...fresh]]]
  })
  return added.length === 0 ? names : { ...names, ...Object.fromEntries(added) }
}

/** The model with the part's cells in the place of its own (Q1). */
export function put({ pace: _, ...model }: SelectionModel, part: SelectionModel): SelectionModel {
  const arms = Object.entries(part.arms).map(([arm, told]): [ArmId, ArmModel] => {
    const had = Object.hasOwn(model.arms, arm) ? model.arms[arm] : undefined
    return [arm, { ...had, ...told, cells: { ...had?.cells, ...told.cells } }]
  })
  const all = { ...model.arms, ...Object.fromEntries(arms) }
  const cellCount = Object.values(all).reduce((sum, { cells }) => sum + Object.keys(cells).length, 0)
  const whole = withinLimits({ ...model, ...part, arms: all, levels: { ...model.levels, ...part.levels }, cellCount }) // Q2
  return { ...whole, unkept: part.unkept } // the root has counted what made room
}

/** What is named of the model, in parts of about so many characters of JSON each. There is always one, since the sums over all may have changed. */
export function partsOf(model: SelectionModel, names: CellNames, charactersMax: number): readonly SelectionModel[] {
  const parts: Piece[] = [newPiece()]
  for (const [arm, types] of Object.entries(names)) {
    const known = Object.hasOwn(model.arms, arm) ? model.arms[arm] : undefined
    if (!known) continue
    addTo(parts, { arm, cells: [], more: known.products && { products: known.products } }, charactersMax)
    for (const type of types) {
      const [cell, level] = [own(known.cells, type), own(model.levels, type)]
      if (cell) addTo(parts, { arm, cells: [[type, cell]], levels: level && [type, level] }, charactersMax)
    }
  }
  return parts.map(({ arms, levels }) => partOf(model, arms, levels))
}

type Cell = SelectionModel['overall']
type Entry<Value> = readonly [name: string, value: Value]

interface Piece {
  readonly arms: Map<ArmId, { readonly cells: Entry<Cell>[]; more: Omit<ArmModel, 'cells'> }>
  readonly levels: Map<TaskType, Cell>
  characters: number
}

const newPiece = (): Piece => ({ arms: new Map(), levels: new Map(), characters: 0 })

interface Added {
  readonly arm: ArmId
  readonly cells: readonly Entry<Cell>[]
  readonly more?: Omit<ArmModel, 'cells'> | undefined
  readonly levels?: Entry<Cell> | undefined
}

function addTo(pieces: Piece[], added: Added, charactersMax: number): void {
  const size = JSON.stringify(added).length
  let last = pieces.at(-1)
  if (!last || (last.characters > 0 && last.characters + size > charactersMax)) pieces.push((last = newPiece()))
  last.characters += size
  const arm = last.arms.get(added.arm) ?? { cells: [], more: {} }
  arm.cells.push(...added.cells)
  arm.more = { ...arm.more, ...added.more }
  last.arms.set(added.arm, arm)
  if (added.levels) last.levels.set(...added.levels)
}

/** The rest of a model is small and goes with every part; what only the root watches by does not. */
function partOf(model: SelectionModel, arms: Piece['arms'], levels: Piece['levels']): SelectionModel {
  return {
    ...model,
    watches: emptyModel().watches,
    arms: Object.fromEntries([...arms].map(([arm, { cells, more }]) => [arm, { ...more, cells: Object.fromEntries(cells) }])),
    levels: Object.fromEntries(levels),
  }
}
