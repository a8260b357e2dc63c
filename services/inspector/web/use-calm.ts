import { useEffect, useState } from 'preact/hooks'

/** The value, but a new one at most every `ms`: for what is costly to draw and need not follow each frame. The last one is never left out. */
export function useCalm<T>(value: T, ms: number): T {
  const [shown, setShown] = useState({ value, at: 0 })
  useEffect(() => {
    if (Object.is(value, shown.value)) return undefined
    const timer = setTimeout(() => setShown({ value, at: Date.now() }), Math.max(0, shown.at + ms - Date.now()))
    return () => clearTimeout(timer)
  }, [value, shown, ms])
  return shown.value
}
