// Ensure
// Comparing what was found with what was expected, in any test runner: `expected` may hold matchers such as `expect.any(Number)`.
import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'

/** `partly`: fields that are not expected may be anything. */
export type Extent = 'wholly' | 'partly'

/** Throws AssertionError, with both sides for the runner to show. */
export function ensure(what: string, found: unknown, expected: unknown, extent: Extent = 'wholly'): void {
  if (agrees(found, expected, extent)) return
  throw new AssertionError({
    message: `${what}: expected ${shown(expected)}, found ${shown(found)}`,
    actual: found,
    expected,
    operator: extent === 'partly' ? 'contains' : 'equals',
  })
}

/** As vitest's `toEqual` and `toMatchObject`: a field that is undefined is none. */
export function agrees(found: unknown, expected: unknown, extent: Extent = 'wholly'): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(found)
  if (Array.isArray(expected))
    return Array.isArray(found) && found.length === expected.length && expected.every((item, at) => agrees(found[at], item, extent))
  if (!isPlain(expected) || !isPlain(found)) return isDeepStrictEqual(found, expected)
  const names = extent === 'partly' ? Object.keys(expected) : new Set([...Object.keys(expected), ...Object.keys(found)])
  return [...names].every((name) => agrees(found[name], expected[name], extent))
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

const isMatcher = (value: unknown): value is { asymmetricMatch(found: unknown): boolean } =>
  typeof value === 'object' && value !== null && 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function'

const shownMax = 500
const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, shownMax)
