// Use sight
// Which rows of a long table can be seen, so that the others need not be kept up to date all the time.
import type { RefObject } from 'preact'
import { useEffect, useReducer, useRef } from 'preact/hooks'

/** What is out of sight may be so old. */
const oldMs = 2_000
/** So many rows around what is seen count as seen: who scrolls finds them as they are. */
const around = 6

export interface Sight {
  /** Whether a row may be left as it was this time; then the table is drawn again in time. */
  mayWait(index: number): boolean
}

export function useSight(body: RefObject<HTMLTableSectionElement | null>): Sight {
  const [, drawAgain] = useReducer((count: number) => count + 1, 0)
  const freshAt = useRef(-Infinity)
  const timer = useRef<number | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const now = performance.now()
  const isDue = now - freshAt.current >= oldMs
  if (isDue) freshAt.current = now
  const seen = isDue ? undefined : seenRows(body.current)
  return {
    mayWait(index) {
      if (!seen || (index >= seen.first && index <= seen.last)) return false
      timer.current ??= window.setTimeout(() => {
        timer.current = undefined
        drawAgain(undefined)
      }, oldMs)
      return true
    },
  }
}

/** Undefined: not drawn yet. */
function seenRows(body: HTMLTableSectionElement | null): { readonly first: number; readonly last: number } | undefined {
  const count = body?.children.length ?? 0
  if (!body || count === 0) return undefined
  const { top, height } = body.getBoundingClientRect()
  const each = height / count
  if (each === 0) return undefined
  return { first: Math.floor(-top / each) - around, last: Math.ceil((window.innerHeight - top) / each) + around }
}
