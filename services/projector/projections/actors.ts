import type { PatchOp } from '../../../runtime/patch.ts'
import type { Entry } from '../../../runtime/record.ts'
import { statePaths } from '../../history/state-paths.ts'
import type { EntrySource, RowChange } from './projection.ts'
import { originOf } from './projection.ts'
import { isTurn } from './turns.ts'

/** Each actor as its last turn left it. A turn that says nothing of a column leaves what it holds. */
export function actors(source: EntrySource): readonly RowChange[] {
  const { entry, address, at, state } = source
  if (!isTurn(entry)) return []
  return [
    {
      table: 'actors',
      row: {
        ...originOf(source),
        actor: entry.actor,
        tenant: address.tenant,
        actorType: address.type,
        state,
        paths: state === undefined ? undefined : [...statePaths(state)],
        status: statusAfter(entry),
        held: heldAfter(entry),
        machine: machineAfter(entry),
        turn: entry.turn,
        event: entry.event.type,
        at,
        bornAt: entry.turn === 1 ? at : undefined,
      },
    },
  ]
}

function statusAfter({ snapshot, patch = [] }: Entry): string | undefined {
  if (snapshot) return textOf(snapshot.status)
  return textOf(
    valueAt(
      patch.findLast((operation) => covers(operation, ['status'])),
      ['status'],
    ),
  )
}

/** Of its definition, the structure hash; undefined when the turn does not change that. */
function machineAfter({ snapshot, patch = [] }: Entry): string | undefined {
  if (snapshot) return snapshot.definition.hash
  const path = ['definition', 'hash']
  return textOf(
    valueAt(
      patch.findLast((operation) => covers(operation, path)),
      path,
    ),
  )
}

/** Whether it stands still; undefined when the turn does not change that. */
function heldAfter({ snapshot, patch = [] }: Entry): boolean | undefined {
  if (snapshot) return snapshot.keeping.hold?.held ?? false
  const path = ['keeping', 'hold', 'held']
  const told = patch.findLast((operation) => covers(operation, path))
  return told && valueAt(told, path) === true
}

/** Whether the operation says what is at the path, itself or with what is around it. */
const covers = ([, at]: PatchOp, path: readonly string[]): boolean => at.length <= path.length && at.every((step, n) => step === path[n])

function valueAt(operation: PatchOp | undefined, path: readonly string[]): unknown {
  if (operation?.[0] !== 'set') return undefined // taken away
  return path
    .slice(operation[1].length)
    .reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined),
      operation[2],
    )
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
