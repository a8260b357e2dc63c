// Debugging
// Holding an actor, letting it go, its breakpoints. The gateway writes who did it into the audit log.
import { actorPath, post } from '../api.ts'
import { toast, toastProblem } from '../components/toasts.tsx'
import type { Breakpoint } from '../wire.ts'
import type { AgentStore } from './store.ts'

/** It is let go by itself then, should whoever held it forget. */
const holdMs = 600_000
const breakpointsMs = 3_600_000
/** As many as an actor takes (machines/debug.ts). */
const breakpointsMax = 20

type Command =
  | { readonly type: '@hold'; readonly ttlMs: number }
  | { readonly type: '@step'; readonly count: number }
  | { readonly type: '@release' }
  | { readonly type: '@breakpoints'; readonly ttlMs: number; readonly breakpoints: readonly Breakpoint[] }

export const hold = (store: AgentStore): Promise<void> => debug(store, { type: '@hold', ttlMs: holdMs }, 'Held')
export const step = (store: AgentStore): Promise<void> => debug(store, { type: '@step', count: 1 }, 'It takes one step')
export const release = (store: AgentStore): Promise<void> => debug(store, { type: '@release' }, 'Released')

/** Sets it, or takes it away when it is set. */
export async function toggleBreakpoint(store: AgentStore, on: Breakpoint['on'], match: string): Promise<void> {
  const all = breakpointsOf(store)
  const others = all.filter((one) => one.on !== on || one.match !== match)
  const isNew = others.length === all.length
  if (isNew && others.length >= breakpointsMax) {
    toastProblem('It has as many breakpoints as it can', { code: `${breakpointsMax}`, detail: 'take one away first' })
    return
  }
  const breakpoints = isNew ? [...others, { id: `${on} ${match}`.slice(0, 256), on, match }] : others
  await debug(
    store,
    { type: '@breakpoints', ttlMs: breakpointsMs, breakpoints },
    isNew ? `It stops at ${match}` : `It no longer stops at ${match}`,
  )
}

export const breakpointsOf = ({ known }: AgentStore): readonly Breakpoint[] => known.now.value?.hold?.breakpoints ?? []

async function debug(store: AgentStore, command: Command, done: string): Promise<void> {
  const answer = await post<unknown>(`${actorPath(store.known.actor)}/debug`, command)
  if (answer.ok) toast(done)
  else toastProblem('That was refused', answer.problem)
  await store.refresh()
}
