// Patch
// What changed between two images of a state, as a few small operations on the stored JSON: a turn's record costs what the turn changed, not what the actor knows.
// Immutable updates share structure, so what is the same object is not looked into.
//
// P1. applyPatch(encode(before), diff(before, after, encode)) equals encode(after).
// P2. Only what changed is encoded, and a stored value is never changed in place.
import { NotStorable } from './errors.ts'
import { Encoded, keepsShape } from './statechart/codec.ts'
import type { Json } from './statechart/stored.ts'

export type Path = readonly (string | number)[]

export type PatchOp =
  | readonly ['set', Path, Json]
  | readonly ['delete', Path]
  /** At an index of the list at the path: how many items go, which come. */
  | readonly ['splice', Path, number, number, readonly Json[]]
  /** At a place of the text at the path, in UTF-16 units: how many go, which come. */
  | readonly ['text', Path, number, number, string]

export type Patch = readonly PatchOp[]

/** Texts shorter than this are replaced whole: a splice would save nothing. */
const textSpliceMin = 64

type Fields = Readonly<Record<string, unknown>>
type Encode = (value: unknown) => Json

/** The operations that make the stored form of `before` that of `after`. */
export function diff(before: unknown, after: unknown, encode: Encode): Patch {
  const patch: PatchOp[] = []
  compare(before, after, [], { patch, encode })
  return patch
}

/** The stored value with the patch applied; the given one stays as it is (P2). Throws when the patch belongs to another value. */
export const applyPatch = <Stored>(stored: Stored, patch: Patch): Stored =>
  // A patch made for this type leads to this type (P1); JSON itself cannot say so.
  patch.reduce<unknown>((value, operation) => applyAt(value, operation, 0), stored) as Stored

interface Writing {
  readonly patch: PatchOp[]
  readonly encode: Encode
}

function compare(before: unknown, after: unknown, path: Path, writing: Writing): void {
  if (Object.is(before, after)) return
  if (before instanceof Encoded && after instanceof Encoded)
    return compare(before.json, after.json, path, { patch: writing.patch, encode: asItIs })
  if (typeof before === 'string' && typeof after === 'string' && compareTexts(before, after, path, writing)) return
  if (keepsShape(before) && keepsShape(after)) {
    if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, writing)
    if (!Array.isArray(before) && !Array.isArray(after)) return compareFields(before as Fields, after as Fields, path, writing)
  }
  writing.patch.push(['set', path, encodeAt(path, after, writing)])
}

const asItIs = (value: unknown): Json => value as Json

function compareFields(before: Fields, after: Fields, path: Path, writing: Writing): void {
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) writing.patch.push(['delete', [...path, key]])
  for (const key of Object.keys(after)) {
    if (!Object.hasOwn(before, key)) writing.patch.push(['set', [...path, key], encodeAt([...path, key], after[key], writing)])
    else if (!Object.is(before[key], after[key])) compare(before[key], after[key], [...path, key], writing)
  }
}

function compareLists(whole: readonly unknown[], after: readonly unknown[], path: Path, writing: Writing): void {
  const gone = goneFromFront(whole, after)
  if (gone > 0) writing.patch.push(['splice', path, 0, gone, []])
  const before = gone > 0 ? whole.slice(gone) : whole
  if (before.length === after.length) {
    for (let at = 0; at < after.length; at++) if (!Object.is(before[at], after[at])) compare(before[at], after[at], [...path, at], writing)
    return
  }
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && same(before[head], after[head])) head++
  let tail = 0
  while (tail < shorter - head && same(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++
  const added = after.slice(head, after.length - tail).map((item, at) => encodeAt([...path, head + at], item, writing))
  writing.patch.push(['splice', path, head, before.length - tail - head, added])
}

/** How many items left at the front, as of a window that slides: known by the first that stayed being the same object. */
function goneFromFront(before: readonly unknown[], after: readonly unknown[]): number {
  const [first] = after
  return typeof first !== 'object' || first === null || Object.is(before[0], first) ? 0 : Math.max(0, before.indexOf(first))
}

function compareTexts(before: string, after: string, path: Path, writing: Writing): boolean {
  const shorter = Math.min(before.length, after.length)
  if (shorter < textSpliceMin) return false
  let head = 0
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++
  let tail = 0
  while (tail < shorter - head && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail++
  // Half a surrogate pair is no character: other languages could not read the operation.
  if (isHighSurrogate(before.charCodeAt(head - 1))) head--
  if (isLowSurrogate(before.charCodeAt(before.length - tail))) tail--
  if (head + tail < textSpliceMin) return false
  writing.patch.push(['text', path, head, before.length - tail - head, after.slice(head, after.length - tail)])
  return true
}

function encodeAt(path: Path, value: unknown, { encode }: Writing): Json {
  try {
    return encode(value)
  } catch (cause) {
    if (cause instanceof NotStorable) throw cause.below(path)
    throw cause
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** Whether two values have the same stored form, without encoding them; of what is tagged only the very same object counts. */
function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!keepsShape(one) || !keepsShape(other)) return false
  if (Array.isArray(one) || Array.isArray(other))
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((item, at) => same(item, other[at]))
  const [left, right] = [one as Fields, other as Fields]
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
}

/** Copies the way down to the place of the operation and nothing else (P2). */
function applyAt(value: unknown, operation: PatchOp, depth: number): unknown {
  const [kind, path] = operation
  if (depth === path.length) return applyHere(value, operation)
  const step = path[depth] as string | number
  if (Array.isArray(value)) return value.with(Number(step), applyAt(value[Number(step)], operation, depth + 1))
  if (typeof value !== 'object' || value === null) throw misfit(operation)
  const fields = value as Fields
  if (depth < path.length - 1 && !Object.hasOwn(fields, step)) throw misfit(operation)
  if (kind === 'delete' && depth === path.length - 1) return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== step))
  // A computed key defines the field, `__proto__` too; an assignment would run its setter.
  return { ...fields, [step]: applyAt(Object.hasOwn(fields, step) ? fields[step] : undefined, operation, depth + 1) }
}

function applyHere(value: unknown, operation: PatchOp): unknown {
  const [kind] = operation
  if (kind === 'set') return operation[2]
  if (kind === 'splice' && Array.isArray(value))
    return [...value.slice(0, operation[2]), ...operation[4], ...value.slice(operation[2] + operation[3])]
  if (kind === 'text' && typeof value === 'string')
    return value.slice(0, operation[2]) + operation[4] + value.slice(operation[2] + operation[3])
  throw misfit(operation)
}

const misfit = ([kind, path]: PatchOp): Error =>
  new Error(`applying a patch: '${kind}' at '${path.join('.')}' finds nothing to apply to; the patch was made for another value`)
