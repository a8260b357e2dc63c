// Sighting
// One line of `troupe watch`: when, who, which event led to which state, and what came of it.
import type { Progress, Sighting, Transition } from '../../client/index.ts'
import { cut, onOneLine, stateText, timeText } from './output.ts'

const progressCharactersMax = 120

export const sightingText = (sighting: Sighting, now: number): string =>
  onOneLine(sighting.kind === 'progress' ? progressText(sighting, now) : transitionText(sighting))

function transitionText({ at, actor, event, value, status, changed, emits, effects, dead }: Transition): string {
  const state = [stateText(value), status === 'active' ? '' : `[${status}]`].filter((part) => part !== '').join(' ')
  const parts = [
    timeText(at),
    actor,
    `${event} → ${state || '(no state)'}${changed || dead ? '' : ' (event not taken)'}`,
    emits.length > 0 && `emits ${emits.map(({ type }) => type).join(', ')}`,
    effects.length > 0 && `effects ${effects.map(({ src }) => src).join(', ')}`,
    dead && `dead letter ${dead.code}: ${dead.cause}`,
  ]
  return parts.filter((part) => typeof part === 'string').join('  ')
}

/** Progress carries no time of its own: it is not stored, and seen as it happens. */
const progressText = ({ actor, effect, progress }: Progress, now: number): string =>
  `${timeText(now)}  ${actor}  ${effect.src} … ${cut(JSON.stringify(progress) ?? '', progressCharactersMax)}`
