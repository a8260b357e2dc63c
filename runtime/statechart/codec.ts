// Codec
// Values as plain JSON and back. What JSON would lose stands as an object with one key: {"@Date": "2026-01-31T…"}, {"@undefined": true}.
//
// C1. Decoding what was encoded gives an equal value; of a class instance, a function, a symbol or a cycle nothing is kept: it is refused.
// C2. An object that happens to look like a tag gets one more `@`, so nothing is ambiguous.
// C3. What needs no tag is not copied: the same object comes back, both ways.
import type { ActorId } from '../../machines/address.ts'
import { refTo, type AnyRef } from '../../machines/authoring.ts'
import { NotStorable } from '../errors.ts'
import type { Json } from './stored.ts'

/** Deeper than this is taken for a cycle. */
export const depthMax = 200
const tagPattern = /^@+(undefined|Number|BigInt|Date|Map|Set|Error|ref)$/

type Fields = Readonly<Record<string, unknown>>

/** The value as JSON. Throws `NotStorable`, with the path, for what could not be brought back (C1). */
export function encode(value: unknown): Json {
  try {
    return encodeAny(value, 0)
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw cause
    throw new NotStorable(cause.path.toReversed(), cause.found)
  }
}

/** The value of a JSON that `encode` gave, or of any other; `refFor` makes the references to actors. */
export function decode(json: Json, refFor: (address: ActorId) => AnyRef = refTo): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (isList(json)) return mapList(json, (item) => decode(item, refFor))
  const tag = tagOf(json)
  if (tag === undefined) return mapFields(json, (item) => decode(item as Json, refFor))
  const inner = json[tag] ?? null
  return tag.startsWith('@@') ? { [tag.slice(1)]: decode(inner, refFor) } : untag(tag, inner, refFor) // C2
}

/** Marks JSON that is encoded already: `encode` gives it as it is, a patch still reaches into it. */
export class Encoded {
  readonly json: Json

  constructor(json: unknown) {
    // The types of stored records have named fields; what they hold is JSON.
    this.json = json as Json
  }
}

/** True when `encode` keeps the value's own shape, key by key or item by item: what a patch may reach into. */
export const keepsShape = (value: unknown): value is Fields | readonly unknown[] =>
  Array.isArray(value) || (isPlain(value) && tagOf(value) === undefined)

/** What an effect returned or threw, as it is after being stored; or the error that says why it cannot be. */
export function storable(value: unknown): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Error } {
  try {
    return { ok: true, value: decode(encode(value)) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** A thrown value as JSON: its own form, or else the Error that says why it has none. */
export function encodeFailure(error: unknown): Json {
  const fit = storable(error)
  return encode(fit.ok ? fit.value : fit.error)
}

class Unfit {
  /** From the inside out. */
  readonly path: string[] = []
  readonly found: string

  constructor(found: string) {
    this.found = found
  }
}

function encodeAny(value: unknown, depth: number): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { '@Number': Object.is(value, -0) ? '-0' : String(value) }
    case 'undefined':
      return { '@undefined': true }
    case 'bigint':
      return { '@BigInt': String(value) }
    case 'object':
      return value === null ? null : encodeObject(value, depth + 1)
    default:
      throw new Unfit(`a ${typeof value}`)
  }
}

function encodeObject(value: object, depth: number): Json {
  if (depth > depthMax) throw new Unfit(`nested deeper than ${depthMax}, probably a cycle`)
  if (Array.isArray(value)) return mapList(value, (item, at) => within(at, item, depth)) as Json
  if (isPlain(value)) {
    const encoded = mapFields(value, (item, key) => within(key, item, depth)) as { readonly [key: string]: Json }
    const tag = tagOf(value)
    return tag === undefined ? encoded : { [`@${tag}`]: encoded[tag] ?? null } // C2
  }
  if (value instanceof Encoded) return value.json
  if (isRef(value)) return { '@ref': value.sessionId }
  if (value instanceof Error) return { '@Error': encodeError(value, depth) }
  if (value instanceof Date) return { '@Date': Number.isNaN(value.getTime()) ? null : value.toISOString() }
  if (value instanceof Map) return { '@Map': within('entries', [...value], depth) }
  if (value instanceof Set) return { '@Set': within('items', [...value], depth) }
  throw new Unfit(`an instance of ${value.constructor?.name ?? 'an unnamed class'}`)
}

function within(key: string | number, value: unknown, depth: number): Json {
  try {
    return encodeAny(value, depth)
  } catch (cause) {
    if (cause instanceof Unfit) cause.path.push(String(key))
    throw cause
  }
}

function encodeError(error: Error, depth: number): Json {
  const fields = Object.fromEntries(
    Object.entries(error)
      .filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key))
      .map(([key, value]) => [key, encodeOrName(value, depth)]),
  )
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...('cause' in error && { cause: encodeOrName(error.cause, depth) }),
    ...(Object.keys(fields).length > 0 && { fields }),
  }
}

/** Libraries hang requests and sockets on their errors: those must not make the failure itself unstorable, so their text is kept. */
function encodeOrName(value: unknown, depth: number): Json {
  try {
    return encodeAny(value, depth)
  } catch (cause) {
    if (cause instanceof Unfit) return `(${cause.found})`
    throw cause
  }
}

function untag(tag: string, inner: Json, refFor: (address: ActorId) => AnyRef): unknown {
  switch (tag) {
    case '@undefined':
      return undefined
    case '@Number':
      return Number(inner)
    case '@BigInt':
      return BigInt(textOf(inner))
    case '@Date':
      return new Date(inner === null ? Number.NaN : textOf(inner))
    case '@Map':
      return new Map(decode(inner, refFor) as [unknown, unknown][])
    case '@Set':
      return new Set(decode(inner, refFor) as unknown[])
    case '@ref':
      return refFor(textOf(inner) as ActorId)
    default:
      return toError(decode(inner, refFor) as ErrorFields)
  }
}

const textOf = (json: Json): string => (typeof json === 'string' ? json : JSON.stringify(json))

interface ErrorFields {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly cause?: unknown
  readonly fields?: Fields
}

/** The class is gone, its name stays: code tells errors apart by `name` or `code`, never by `instanceof`. */
function toError(stored: ErrorFields): Error {
  const error = new Error(stored.message, 'cause' in stored ? { cause: stored.cause } : undefined)
  if (stored.name !== 'Error') Object.defineProperty(error, 'name', { value: stored.name, configurable: true, writable: true })
  Object.defineProperty(error, 'stack', { value: stored.stack, configurable: true, writable: true })
  return Object.assign(error, stored.fields)
}

/** The one key of an object that is a tag, or would be taken for one. */
function tagOf(value: Fields): string | undefined {
  let only: string | undefined
  for (const key in value) {
    if (only !== undefined) return undefined
    only = key
  }
  return only !== undefined && only.startsWith('@') && tagPattern.test(only) ? only : undefined
}

function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const isRef = (value: object): value is { readonly sessionId: string } =>
  'sessionId' in value && typeof value.sessionId === 'string' && 'send' in value && typeof value.send === 'function'

const isList = (json: Json): json is readonly Json[] => Array.isArray(json)

/** The items mapped, or the very same list when no item changed (C3). */
function mapList<Item>(list: readonly Item[], map: (item: Item, at: number) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let at = 0; at < list.length; at++) {
    const item = list[at] as Item
    const mapped = map(item, at)
    if (copy) copy.push(mapped)
    else if (mapped !== item) copy = [...list.slice(0, at), mapped]
  }
  return copy ?? list
}

/** The fields mapped, or the very same object when none changed (C3). */
function mapFields(fields: Fields, map: (item: unknown, key: string) => unknown): Fields {
  const changed: [string, unknown][] = []
  for (const key in fields) {
    const mapped = map(fields[key], key)
    if (mapped !== fields[key]) changed.push([key, mapped])
  }
  // Object.fromEntries and spread define keys; assigning would run the setter of `__proto__`.
  return changed.length === 0 ? fields : { ...fields, ...Object.fromEntries(changed) }
}
