import { Button } from '../components/button.tsx'
import type { Breakpoint, ChartTransition } from '../wire.ts'

export type StopPlace = Pick<Breakpoint, 'on' | 'match'>

/** Where actors can be made to stop at a transition: before its event, and after a turn in which one of its guards says yes. */
export const placesAt = ({ kind, event, guards = [] }: ChartTransition): readonly StopPlace[] => [
  ...(kind === 'event' ? [{ on: 'event' as const, match: event }] : []),
  ...guardNames(guards).map((match) => ({ on: 'guard' as const, match })),
]

/** As a turn tells them: without parameters; one written inline has no name to stop at. */
const guardNames = (guards: readonly string[]): readonly string[] => [
  ...new Set(guards.map((guard) => guard.replace(/\(.*$/s, '')).filter((name) => name !== '' && !name.includes(' '))),
]

export interface StopButtonsProps {
  readonly transition: ChartTransition
  readonly set: readonly StopPlace[]
  onToggle(place: StopPlace): void
}

export function StopButtons({ transition, set, onToggle }: StopButtonsProps) {
  const places = placesAt(transition)
  if (places.length === 0) return null
  return (
    <p class="edge-stops">
      {places.map((place) => (
        <Button key={`${place.on} ${place.match}`} acts icon="stop" pressed={set.some(isSame(place))} onClick={() => onToggle(place)}>
          {place.on === 'event' ? `Stop before ${place.match}` : `Stop when ${place.match} says yes`}
        </Button>
      ))}
    </p>
  )
}

export const isSame =
  ({ on, match }: StopPlace) =>
  (one: StopPlace): boolean =>
    one.on === on && one.match === match
