// Waiting calls
// The calls of tools that an agent waits to have approved: as a person sees them, and what the person writes in their place. Pure.
//
// W1. What a person was shown and left alone stays what it was: a secret or a long text that was hidden from them is not replaced by its mark.
// W2. Arguments that do not fit the tool are refused field by field, before anything is sent.
import { isDeepStrictEqual } from 'node:util'
import { argumentFaults } from '../../../actors/tool-arguments.ts'
import type { ActorState } from '../../../client/index.ts'
import type { ModelToolCall } from '../../../machines/agent-task.ts'
import { hidden, redact, redactDefaults } from '../../../machines/redact.ts'
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { RequestInvalid } from '../errors.ts'

export const awaitingApproval = 'awaitingApproval'

export interface WaitingCall extends ModelToolCall {
  /** As it may be shown. */
  readonly shown: unknown
  readonly needsApproval: boolean
  /** JSON schema of its arguments, where the tool is known here. */
  readonly schema: Schema | undefined
}

type Schema = Readonly<Record<string, unknown>>
export type Edits = Readonly<Record<string, Schema>>

const callsShown = 20
/** A person who edits a text must see all of it. */
const shownLimits = { ...redactDefaults, textMax: 8_192 }

/** None unless it waits for an approval now. */
export function waitingCalls({ context, value, actor }: ActorState, definitions: readonly ActorDefinition[]): readonly WaitingCall[] {
  const calls = value === awaitingApproval ? fieldOf(context, 'calls') : undefined
  if (!Array.isArray(calls)) return []
  const asked = fieldOf(fieldOf(context, 'profile'), 'approvals')
  const schemas = schemasOf(definitions.find(({ name }) => name === actor.split('/', 2)[1]))
  return calls.slice(0, callsShown).map((call: unknown) => {
    const [name, given] = [textIn(call, 'name') ?? '', fieldOf(call, 'arguments')]
    return {
      id: textIn(call, 'id') ?? '',
      name,
      arguments: given,
      shown: redact(given, shownLimits),
      needsApproval: Array.isArray(asked) && asked.includes(name),
      schema: schemas.get(name),
    }
  })
}

const known = new WeakMap<ActorDefinition, ReadonlyMap<string, Schema>>()

/** By tool, from what its agents say they take as `approve` (actors/tool-arguments.ts). */
function schemasOf(definition: ActorDefinition | undefined): ReadonlyMap<string, Schema> {
  if (!definition) return new Map()
  const found = known.get(definition) ?? new Map(editShapes(definition).flatMap(namedSchema))
  known.set(definition, found)
  return found
}

function editShapes({ accepts }: ActorDefinition): readonly unknown[] {
  const edit = ['properties', 'edits', 'items'].reduce<unknown>(fieldOf, accepts?.schemas?.()['approve'])
  const shapes = fieldOf(edit, 'oneOf') ?? fieldOf(edit, 'anyOf')
  return Array.isArray(shapes) ? shapes : [edit]
}

function namedSchema(shape: unknown): [string, Schema][] {
  const properties = fieldOf(shape, 'properties')
  const name = textIn(fieldOf(properties, 'name'), 'const')
  const schema = recordOf(fieldOf(properties, 'arguments'))
  return name !== undefined && schema ? [[name, schema]] : []
}

/** What the person wrote, as the agent takes it. Throws `RequestInvalid` with every fault (W2). */
export function editsOf(calls: readonly WaitingCall[], edits: Edits, actor: string): readonly ModelToolCall[] {
  const faults: string[] = []
  const taken = Object.entries(edits).flatMap(([id, written]) => {
    const place = `editedArgs.${id}`
    const call = calls.find((one) => one.id === id)
    if (!call) {
      faults.push(`${place}: no such call waits; there are ${calls.map((one) => one.id).join(', ') || 'none'}`)
      return []
    }
    const restored = restore({ written, shown: call.shown, original: call.arguments }, place, faults)
    if (call.schema) faults.push(...argumentFaults(call.schema, restored, place))
    return [{ id, name: call.name, arguments: restored }]
  })
  if (faults.length > 0) throw new RequestInvalid(`approving calls of ${actor} with other arguments: they do not fit`, faults)
  return taken
}

interface Written {
  readonly written: unknown
  readonly shown: unknown
  readonly original: unknown
}

const marks = [hidden, '[cut: '] as const
const marksIn = (text: string): readonly string[] => marks.filter((mark) => text.includes(mark))

/** W1. What was hidden of a value that the person did change, or put elsewhere, cannot be known: that is a fault. */
function restore({ written, shown, original }: Written, place: string, faults: string[]): unknown {
  if (isDeepStrictEqual(written, shown)) return original
  if (typeof written === 'string') {
    const own = typeof original === 'string' ? marksIn(original) : []
    if (marksIn(written).some((mark) => !own.includes(mark)))
      faults.push(`${place}: a part of it was hidden and still is; write all of it, or leave it where and as it was`)
    return written
  }
  if (typeof written !== 'object' || written === null) return written
  if (sizeOf(original) > shownLimits.itemsMax)
    faults.push(`${place}: it was shown cut, so what you wrote would lose the rest of it; leave it as it was`)
  if (Array.isArray(written)) return restoreList({ written, shown: listOf(shown), original: listOf(original) }, place, faults)
  return Object.fromEntries(
    Object.entries(written).map(([name, value]): [string, unknown] => {
      const inside = { written: value, shown: fieldOf(shown, name), original: fieldOf(original, name) }
      return [name, restore(inside, `${place}.${name}`, faults)]
    }),
  )
}

interface WrittenList {
  readonly written: readonly unknown[]
  readonly shown: readonly unknown[]
  readonly original: readonly unknown[]
}

/** Where more than one item changed its place or its text, an item is known again by all that was shown of it. */
function restoreList({ written, shown, original }: WrittenList, place: string, faults: string[]): unknown[] {
  const isLeft = (item: unknown, at: number): boolean => at < shown.length && isDeepStrictEqual(item, shown[at])
  const isInPlace = written.length === shown.length && written.filter((item, at) => !isLeft(item, at)).length <= 1
  return written.map((item, at) => {
    if (marksIn(JSON.stringify(item)).length === 0) return item // nothing of it was hidden
    const places = isInPlace ? [at] : [...shown.keys()].filter((one) => isLeft(item, one))
    const [first, ...others] = places.map((one) => original[one])
    const isOne = places.length > 0 && others.every((other) => isDeepStrictEqual(other, first))
    const found = isOne ? { shown: shown[places[0] ?? at], original: first } : { shown: undefined, original: undefined }
    return restore({ written: item, ...found }, `${place}.${at}`, faults)
  })
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const sizeOf = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0)

export const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined

export function textIn(value: unknown, field: string): string | undefined {
  const found = fieldOf(value, field)
  return typeof found === 'string' ? found : undefined
}

const recordOf = (value: unknown): Schema | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined
