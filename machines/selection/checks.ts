// Checks
// The few checks of values from outside that selection needs: each gives sentences, none when all is well.

export interface NumberRange {
  readonly min: number
  readonly max: number
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that are not known: a misspelt one would be a setting that is silently not in force. */
export const wrongFields = (value: Readonly<Record<string, unknown>>, known: readonly string[], what: string): readonly string[] =>
  Object.keys(value).flatMap((name) => (known.includes(name) ? [] : [`'${name.slice(0, 100)}' is no field of a ${what}`]))

export function numberFault(name: string, value: unknown, { min, max }: NumberRange): readonly string[] {
  if (typeof value === 'number' && value >= min && value <= max) return []
  const found = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value).slice(0, 100)
  return [`'${name}' is ${found}; it is a number from ${min} to ${max}`]
}
