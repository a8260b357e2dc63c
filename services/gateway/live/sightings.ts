// Sightings
// What a watch of actors tells, as rows and events of a topic. Facts and progress are an author's own words: they are shown as people may see them.
import { parseActorId, type ActorId } from '../../../machines/address.ts'
import { redact } from '../../../machines/redact.ts'
import type { Latest, Progress, Transition, Watch } from '../../../client/index.ts'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { Sink } from './topic.ts'

/** A line of a list of actors, as GET /actors has it. */
export function rowOf(seen: Latest & { readonly held?: unknown }): object {
  const { actor, value, status, turn, at, event, held } = seen
  return { actor, ...partsOf(actor), state: value, status, turn, at, event, ...(held === true && { held }) }
}

export function partsOf(actor: ActorId): object {
  const { tenant, type, key } = parseActorId(actor) ?? { tenant: '', type: '', key: '' }
  return { tenant, type, key }
}

export function transitionEvent(seen: Transition): object {
  const { emits, dead, ...rest } = seen
  return {
    ...rest,
    ...(emits.length > 0 && { emits: redact(emits) }),
    ...(dead && { dead: redact(dead) }),
  }
}

export const progressEvent = ({ progress, ...rest }: Progress): object => ({ ...rest, progress: redact(progress) })

/** Reads a watch to its end; `missed` hears that some were dropped. Whatever goes wrong with one sighting is logged, and the next is read. */
export async function follow<Seen extends { readonly actor: ActorId }>(
  watch: Watch<Seen>,
  log: Logger,
  heard: (sighting: Seen) => void,
  missed: () => void,
): Promise<void> {
  let dropped = 0
  for await (const sighting of watch) {
    try {
      if (watch.dropped > dropped) missed()
      dropped = watch.dropped
      heard(sighting)
    } catch (error) {
      log.error({ actor: sighting.actor, error }, 'a sighting could not be told')
    }
  }
}

/** What a topic with times for marks says of a hole: the page asks for what it may have missed. */
export const missedNow =
  (topic: Pick<Sink, 'gap'>): (() => void) =>
  () =>
    topic.gap(Date.now() - holeMs, Date.now())

/** Sightings that a watch has dropped were committed within this time. */
const holeMs = 10_000
