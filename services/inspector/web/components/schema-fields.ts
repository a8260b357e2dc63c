// Schema fields
// The JSON schema of an object as fields of a form, and what is written in a field back as a value. Pure.
//
// F1. Nothing of a value is lost: what the schema does not name is a field as well, and what no field fits is written as JSON.

export interface SchemaField {
  readonly name: string
  readonly kind: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'json'
  readonly required: boolean
  readonly description: string | undefined
  /** Of a choice. */
  readonly choices: readonly string[]
  /** Of a number. */
  readonly whole: boolean
}

export type Fields = Readonly<Record<string, unknown>>
export type ReadField = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: string }

const longText = 80
const fieldsMax = 60

const recordOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}

/** Those of the schema in its order, then what else the value has (F1). */
export function schemaFields(schema: unknown, value: Fields): readonly SchemaField[] {
  const { properties, required } = recordOf(schema)
  const named = Object.entries(recordOf(properties))
  const needed = new Set<unknown>(Array.isArray(required) ? required : [])
  const others = Object.keys(value).filter((name) => !named.some(([known]) => known === name))
  return [...named, ...others.map((name): [string, unknown] => [name, guessOf(value[name])])]
    .slice(0, fieldsMax)
    .map(([name, inside]) => fieldOf(name, recordOf(inside), { required: needed.has(name), value: value[name] }))
}

const guessOf = (value: unknown): unknown => ({ type: typeof value })

function fieldOf(name: string, schema: Fields, { required, value }: { readonly required: boolean; readonly value: unknown }): SchemaField {
  const { type, description, enum: choices } = schema
  const common = { name, required, description: typeof description === 'string' ? description : undefined, choices: [], whole: false }
  if (Array.isArray(choices) && choices.every((one) => typeof one === 'string')) return { ...common, kind: 'choice', choices }
  switch (type) {
    case 'string':
      if (value !== undefined && typeof value !== 'string') return { ...common, kind: 'json' }
      return { ...common, kind: value !== undefined && (value.length > longText || value.includes('\n')) ? 'long' : 'text' }
    case 'number':
    case 'integer':
      return value !== undefined && typeof value !== 'number'
        ? { ...common, kind: 'json' }
        : { ...common, kind: 'number', whole: type === 'integer' }
    case 'boolean':
      return value !== undefined && typeof value !== 'boolean' ? { ...common, kind: 'json' } : { ...common, kind: 'boolean' }
    default:
      return { ...common, kind: 'json' }
  }
}

/** What stands in a field for a value. */
export function textOf({ kind }: SchemaField, value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string' && kind !== 'json') return value
  return JSON.stringify(value, undefined, 2)
}

/** What a text stands for; undefined, for a field that may be left out: it is left out. */
export function readField({ name, kind, required, whole }: SchemaField, text: string): ReadField {
  const isEmpty = text.trim() === ''
  if (isEmpty && !required) return { ok: true, value: undefined }
  if (kind === 'text' || kind === 'long' || kind === 'choice') return { ok: true, value: text }
  if (isEmpty) return { ok: false, fault: `${name} is needed` }
  if (kind === 'number') return readNumber(text, whole)
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    return { ok: false, fault: `this is no JSON (${error instanceof Error ? error.message : String(error)}); text stands in quotes` }
  }
}

function readNumber(text: string, whole: boolean): ReadField {
  const value = Number(text)
  if (!Number.isFinite(value)) return { ok: false, fault: 'this is no number' }
  return whole && !Number.isInteger(value) ? { ok: false, fault: 'it must be a whole number' } : { ok: true, value }
}
