import { useEffect, useRef, useState } from 'preact/hooks'

const widthFirst = 640

/** How wide the element is that a drawing stands in. */
export function useSize(): readonly [{ current: HTMLDivElement | null }, number] {
  const host = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(widthFirst)
  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.floor(entry.contentRect.width))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [host, width]
}
