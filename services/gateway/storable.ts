// Storable
// Text that no table and no message can hold is refused at the door: U+0000 and halves of surrogate pairs, which Postgres does not take.
import { RequestInvalid } from './errors.ts'

const depthMax = 64

/** Throws RequestInvalid naming the field. */
export function mustBeStorable(value: unknown, path = 'request', depth = 0): void {
  if (depth > depthMax) throw new RequestInvalid(`${path.slice(0, 100)}…: nested deeper than ${depthMax}`)
  if (typeof value === 'string') return mustBeText(value, path)
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    mustBeText(name, path)
    mustBeStorable(inner, `${path}.${name}`, depth + 1)
  }
}

function mustBeText(text: string, path: string): void {
  if (text.includes('\u0000') || !text.isWellFormed())
    throw new RequestInvalid(`${path.slice(0, 100)}: the text holds U+0000 or half a surrogate pair, which cannot be stored`, [
      `${path.slice(0, 100)}: not storable`,
    ])
}
