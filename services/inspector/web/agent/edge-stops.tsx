import type { ChartTransition } from '../wire.ts'
import { Button } from '../components/button.tsx'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import type { AgentStore } from './store.ts'

/** Where the actor can be made to stop at a transition: before its event, and after a turn in which one of its guards says yes. */
export function EdgeStops({ store, transition }: { readonly store: AgentStore; readonly transition: ChartTransition }) {
  const set = breakpointsOf(store)
  const places = [
    ...(transition.kind === 'event' ? [{ on: 'event' as const, match: transition.event }] : []),
    ...guardNames(transition).map((match) => ({ on: 'guard' as const, match })),
  ]
  if (places.length === 0) return null
  return (
    <p class="edge-stops">
      {places.map(({ on, match }) => (
        <Button
          key={`${on} ${match}`}
          acts
          icon="stop"
          pressed={set.some((one) => one.on === on && one.match === match)}
          onClick={() => void toggleBreakpoint(store, on, match)}
        >
          {on === 'event' ? `Stop before ${match}` : `Stop when ${match} says yes`}
        </Button>
      ))}
    </p>
  )
}

/** As a turn tells them: without parameters; one written inline has no name to stop at. */
export const guardNames = ({ guards = [] }: Pick<ChartTransition, 'guards'>): readonly string[] => [
  ...new Set(guards.map((guard) => guard.replace(/\(.*$/s, '')).filter((name) => name !== '' && !name.includes(' '))),
]
