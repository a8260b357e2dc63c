// Use rows
// A keyset list as the state of a view: the first page, asked again when it may have changed, and the pages behind it that the reader asked for.
//
// W1. A row is there once, as it was told last, whatever moved between two pages.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get } from './api.ts'
import { toastProblem } from './components/toasts.tsx'
import { nowMs, openedExport } from './offline/source.ts'
import { useAnswer, type Asked } from './use-answer.ts'
import type { Rows } from './wire.ts'

export interface Listed<Row> extends Asked<readonly Row[]> {
  /** Undefined: there are no more. */
  readonly onMore: (() => void) | undefined
  readonly loadingMore: boolean
}

interface Behind<Row> {
  readonly path: string
  readonly rows: readonly Row[]
  /** Of the last page; undefined with rows: it was the last. */
  readonly next: string | undefined
}

/** `path`: with all filters, without `after`. */
export function useRows<Row>(path: string, keyOf: (row: Row) => string, options: { readonly everyMs?: number } = {}): Listed<Row> {
  const asked = useAnswer<Rows<Row>>(path, options)
  const [kept, setKept] = useState<Behind<Row> | undefined>()
  const [loadingMore, setLoading] = useState(false)
  const behind = kept?.path === path ? kept : undefined
  const next = behind ? behind.next : asked.value?.next
  const onMore = async (): Promise<void> => {
    if (next === undefined || loadingMore) return
    setLoading(true)
    const answer = await get<Rows<Row>>(`${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`)
    setLoading(false)
    if (!answer.ok) return toastProblem('The next page did not come', answer.problem)
    setKept({ path, rows: [...(behind?.rows ?? []), ...answer.value.rows], next: answer.value.next })
  }
  const rows = asked.value && [...new Map([...(behind?.rows ?? []), ...asked.value.rows].map((row) => [keyOf(row), row])).values()]
  const first = new Set(asked.value?.rows.map(keyOf))
  // W1: the newest page comes first, as it was told last.
  const ordered = rows && [...(asked.value?.rows ?? []), ...rows.filter((row) => !first.has(keyOf(row)))]
  return {
    loading: asked.loading,
    reload: asked.reload,
    ...(ordered && { value: ordered }),
    ...(asked.problem && { problem: asked.problem }),
    onMore: next === undefined ? undefined : () => void onMore(),
    loadingMore,
  }
}

/** Runs at most once in `everyMs`, and once more when it was wanted meanwhile. */
export function useAtMostEvery(everyMs: number, run: () => void): () => void {
  const latest = useRef(run)
  latest.current = run
  const timer = useRef<number | undefined>(undefined)
  const wanted = useRef(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  const start = (): void => {
    latest.current()
    timer.current = window.setTimeout(() => {
      timer.current = undefined
      if (!wanted.current) return
      wanted.current = false
      start()
    }, everyMs)
  }
  return () => {
    if (timer.current === undefined) start()
    else wanted.current = true
  }
}

/** The time, as long as something on the page depends on it. */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(nowMs())
  useEffect(() => {
    if (everyMs === undefined || openedExport.peek()) return undefined
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
