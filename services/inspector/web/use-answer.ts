// Use answer
// One GET as the state of a view: loading, ready, failed. It is aborted when the view leaves or asks for something else.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, type Problem } from './api.ts'
import { openedExport } from './offline/source.ts'

export interface Asked<T> {
  /** Also while it is asked again: what was known stays on the screen. */
  readonly value?: T
  readonly problem?: Problem
  readonly loading: boolean
  reload(): void
}

const retryMs = 5_000

/** Undefined path: nothing is asked. `everyMs`: asks again so often; a failure that may pass is asked again by itself. */
export function useAnswer<T>(path: string | undefined, { everyMs }: { readonly everyMs?: number } = {}): Asked<T> {
  const [state, setState] = useState<{ readonly path?: string; readonly value?: T; readonly problem?: Problem; readonly loading: boolean }>(
    {
      loading: path !== undefined,
    },
  )
  const [round, setRound] = useState(0)
  const shown = useRef(state)
  shown.current = state
  useEffect(() => {
    if (path === undefined) return undefined
    const leaving = new AbortController()
    let timer: number | undefined
    const known = shown.current.path === path ? shown.current : {}
    setState({ ...known, path, loading: true })
    const run = async (): Promise<void> => {
      const answer = await get<T>(path, leaving.signal)
      const again = openedExport.peek() ? undefined : answer.ok ? everyMs : isPassing(answer.problem) ? retryMs : undefined
      if (again !== undefined) timer = window.setTimeout(() => setRound((one) => one + 1), again)
      if (answer.ok) setState({ path, value: answer.value, loading: false })
      else setState({ ...known, path, problem: answer.problem, loading: false })
    }
    run().catch(() => {}) // an abort: nobody waits for it any more
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [path, round, everyMs])
  const mine = state.path === path ? state : { loading: path !== undefined }
  return { ...mine, reload: () => setRound((one) => one + 1) }
}

const isPassing = ({ status }: Problem): boolean => status === 0 || status === 503 || status === 504
