import { StopButtons } from '../chart/stop-buttons.tsx'
import type { ChartTransition } from '../wire.ts'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import type { AgentStore } from './store.ts'

/** Where the actor can be made to stop at a transition. */
export const EdgeStops = ({ store, transition }: { readonly store: AgentStore; readonly transition: ChartTransition }) => (
  <StopButtons transition={transition} set={breakpointsOf(store)} onToggle={({ on, match }) => void toggleBreakpoint(store, on, match)} />
)
