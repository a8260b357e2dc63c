// Reset
// What a bad state is reset to, where the definition says `reset: 'checkpoint'`: the state in which the actor last entered a node tagged `checkpoint`.
//
// Z1. A checkpoint has no child actors: those of that moment are gone, and nobody could bring them back. A node that has some leaves the one before.
import { fromStored, quietOutcome, toStored, type Host, type Living, type Outcome, type StoredKeeping } from './statechart/index.ts'

/** What the actor keeps after a turn that may have entered a checkpoint. */
export function noteCheckpoint(host: Host | undefined, before: Living | undefined, living: Living, keeping: StoredKeeping): StoredKeeping {
  if (host?.definition.supervision.reset !== 'checkpoint' || living.snapshot.status !== 'active') return keeping
  if (!living.snapshot.hasTag(checkpointTag) || hasChildActors(living)) return keeping // Z1
  const isEntered = JSON.stringify(before?.snapshot.value) !== JSON.stringify(living.snapshot.value)
  return isEntered ? { ...keeping, checkpoint: toStored(host, living) } : keeping
}

/** The actor as it was at its checkpoint: its effects run again under their keys, its timers count from where they were. Undefined without one. */
export function atCheckpoint(host: Host, { address, counter }: Living, { checkpoint }: StoredKeeping): Outcome | undefined {
  if (host.definition.supervision.reset !== 'checkpoint' || !checkpoint || checkpoint.definition.hash !== host.stamp.hash) return undefined
  const next: Living = { ...fromStored(host, address, checkpoint), counter }
  const effects = Object.entries(next.children).flatMap(([id, { kind, src, ended, address: key, input = null }]) =>
    kind === 'effect' && !ended ? [{ id, src, key, input }] : [],
  )
  const armed = Object.entries(next.timers).map(([id, timer]) => ({ id, timer }))
  return { ...quietOutcome, next, handled: true, effects, armed }
}

const checkpointTag = 'checkpoint'

const hasChildActors = ({ children }: Living): boolean => Object.values(children).some(({ kind, ended }) => kind === 'actor' && !ended)
