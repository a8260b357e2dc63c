// JSON Schema
// The little of it that the offline model reads: types, properties, items, alternatives.

export type JsonSchema = Readonly<Record<string, unknown>>

export const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)

export function propertiesOf(schema: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] {
  const properties = schema['properties']
  if (!isSchema(properties)) return []
  return Object.entries(properties).map(([name, inner]) => [name, isSchema(inner) ? inner : {}] as const)
}

export const itemsOf = (schema: JsonSchema): JsonSchema => (isSchema(schema['items']) ? schema['items'] : {})

/** The values of an enum; undefined when the schema is none. */
export function choicesOf(schema: JsonSchema): readonly unknown[] | undefined {
  const choices = schema['enum']
  return Array.isArray(choices) ? choices : undefined
}

export const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  Array.isArray(schema['anyOf']) ? schema['anyOf'].filter(isSchema) : []

/** The JSON types that a schema allows; none when it does not say. */
export function typesOf(schema: JsonSchema): readonly string[] {
  const type = schema['type']
  if (Array.isArray(type)) return type.map(String)
  if (typeof type === 'string') return [type]
  const choices = choicesOf(schema)
  if (choices !== undefined) return [...new Set(choices.map((value) => (value === null ? 'null' : typeof value)))]
  if (schema['properties'] !== undefined) return ['object']
  return alternativesOf(schema).flatMap(typesOf)
}

export function numberIn(schema: JsonSchema, key: string): number | undefined {
  const value = schema[key]
  return typeof value === 'number' ? value : undefined
}
