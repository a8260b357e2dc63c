// Skeleton
// A first draft of an event, from the JSON schema of what an actor takes: needed fields, with the simplest value that may stand there. Pure.

const depthMax = 5

export function skeletonOf(type: string, schema: unknown): Readonly<Record<string, unknown>> {
  const made = valueOf(schema, 0)
  return { type, ...(typeof made === 'object' && made !== null && !Array.isArray(made) ? withoutType(made) : {}) }
}

const withoutType = (made: object): object => Object.fromEntries(Object.entries(made).filter(([name]) => name !== 'type'))

function valueOf(schema: unknown, depth: number): unknown {
  if (typeof schema !== 'object' || schema === null || depth > depthMax) return null
  const {
    type,
    const: fixed,
    default: given,
    enum: choices,
    anyOf,
    oneOf,
    properties,
    required,
    minimum,
  } = schema as Partial<Record<string, unknown>>
  if (fixed !== undefined) return fixed
  if (given !== undefined) return given
  if (Array.isArray(choices)) return choices[0]
  const options = Array.isArray(anyOf) ? anyOf : oneOf
  if (Array.isArray(options)) return valueOf(options[0], depth + 1)
  if (typeof properties === 'object' && properties !== null) {
    const needed = new Set(Array.isArray(required) ? required : [])
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => needed.has(name))
        .map(([name, inside]) => [name, valueOf(inside, depth + 1)]),
    )
  }
  return plainOf(Array.isArray(type) ? type[0] : type, minimum)
}

function plainOf(type: unknown, minimum: unknown): unknown {
  switch (type) {
    case 'string':
      return ''
    case 'number':
    case 'integer':
      return typeof minimum === 'number' && minimum > 0 ? minimum : 0
    case 'boolean':
      return false
    case 'array':
      return []
    case 'object':
      return {}
    default:
      return null
  }
}
