// Breakpoints of a type
// Where every actor of the type stands still, those born later too (docs/debugging.md). The gateway writes who set them into the audit log.
//
// B1. A change is made to what stands at that moment, not to what the page showed: somebody else may have set one since.
import { get, put, type Problem } from '../api.ts'
import { isSame, type StopPlace } from '../chart/stop-buttons.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { plural } from '../format.ts'
import { openedExport } from '../offline/source.ts'
import { useAnswer } from '../use-answer.ts'
import type { Breakpoint, Rows } from '../wire.ts'

/** They are gone by themselves then, should whoever set them forget. */
const standMs = 3_600_000
/** An actor that reached one goes on by itself then. */
export const stopMs = 300_000
/** As many as a type takes (machines/debug.ts). */
const breakpointsMax = 20
const everyMs = 10_000
const noneStand: readonly TypeBreakpoint[] = []

export interface TypeBreakpoint extends Breakpoint {
  readonly by: string
  readonly until: number
  readonly holdMs: number
}

export interface TypeBreakpoints {
  readonly rows: readonly TypeBreakpoint[]
  /** They could not be read. */
  readonly problem?: Problem
  /** Sets it, or takes it away when it is set. */
  toggle(place: StopPlace): void
  clear(): void
}

export function useTypeBreakpoints(type: string): TypeBreakpoints {
  const path = `/machines/${encodeURIComponent(type)}/breakpoints`
  const { value, problem, reload } = useAnswer<Rows<TypeBreakpoint>>(openedExport.value ? undefined : path, { everyMs })
  const run = (act: () => Promise<void>): void => void act().finally(reload)
  return {
    rows: value?.rows ?? noneStand,
    ...(problem && { problem }),
    toggle: (place) => run(() => toggle(path, place)),
    clear: () => run(() => set(path, [], 'No actor of this type is stopped any more')),
  }
}

/** B1 */
async function toggle(path: string, place: StopPlace): Promise<void> {
  const now = await get<Rows<TypeBreakpoint>>(path)
  if (!now.ok) return toastProblem('What stands could not be read', now.problem)
  const { rows } = now.value
  const others = rows.filter((one) => !isSame(place)(one))
  const isNew = others.length === rows.length
  if (isNew && others.length >= breakpointsMax)
    return toastProblem('It has as many breakpoints as it can', {
      code: plural(breakpointsMax, 'breakpoint'),
      detail: 'take one away first',
    })
  const { on, match } = place
  const wanted = isNew ? [...others, { id: `${on} ${match}`.slice(0, 256), on, match }] : others
  await set(path, wanted, isNew ? `Every actor of this type stops at ${match}` : `They no longer stop at ${match}`)
}

async function set(path: string, wanted: readonly Breakpoint[], done: string): Promise<void> {
  const breakpoints = wanted.map(({ id, on, match }) => ({ id, on, match }))
  const answer = await put<unknown>(path, { breakpoints, forMs: standMs, holdMs: stopMs })
  if (answer.ok) toast(done)
  else toastProblem('That was refused', answer.problem)
}
