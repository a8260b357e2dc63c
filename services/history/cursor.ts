// Cursor
// Where a page ended, as a text that a caller gives back as it got it: what it holds may change with any version.
import { z } from 'zod'
import { CursorInvalid } from './errors.ts'

/** `by` says which order the page was in: a place in one order is none in another. */
export const cursorOf = (by: string, place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify({ by, place })).toString('base64url')

const cursorSchema = z.strictObject({ by: z.string(), place: z.array(z.union([z.string(), z.number()])) })

/** Throws `CursorInvalid`. */
export function placeOf(cursor: string, by: string, length: number): readonly (string | number)[] {
  const read = cursorSchema.safeParse(jsonOf(cursor))
  if (read.success && read.data.by === by && read.data.place.length === length) return read.data.place
  const found = read.success ? `it is of a page by ${read.data.by}` : 'it cannot be read'
  throw new CursorInvalid(
    `reading a page by ${by} after '${cursor.slice(0, 60)}': ${found}; give back the cursor of the page before, or none`,
  )
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined // no cursor of ours
  }
}
