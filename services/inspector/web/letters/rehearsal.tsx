// Rehearsal
// What a letter would do to its actor as it is now, in words.
import { stateText } from '../agent/state-value.ts'
import { nameOf } from '../tasks/lanes.ts'
import type { Rehearsed } from './wire.ts'

export function Rehearsal({ actor, rehearsed: { ok, would, error } }: { readonly actor: string; readonly rehearsed: Rehearsed }) {
  if (!ok || !would)
    return (
      <p class="notice bad" role="status">
        Dry run: {nameOf(actor)} would fail again. {error?.message} <code>{error?.code}</code>
      </p>
    )
  const { handled, parked, from, to, sends, effects, emits } = would
  if (parked)
    return (
      <p class="notice warn" role="status">
        Dry run: it would wait, as {nameOf(actor)} does: for its restart, or for a version that fits its state.
      </p>
    )
  const begun = from === null ? 'is not born yet' : `is in ${stateText(from)}`
  if (!handled)
    return (
      <p class="notice warn" role="status">
        Dry run: {nameOf(actor)} {begun}; no transition takes it there, so nothing would change.
      </p>
    )
  const there = stateText(from) === stateText(to) ? 'stay there' : `go to ${stateText(to)}`
  const told = [
    sends.length > 0 && `send ${sends.map(({ type, to: receiver }) => `${type} to ${nameOf(receiver)}`).join(', ')}`,
    effects.length > 0 && `start ${effects.map(({ src }) => src).join(', ')}`,
    emits.length > 0 && `tell ${emits.join(', ')}`,
  ].filter((one) => one !== false)
  return (
    <p class="notice good" role="status">
      Dry run: {nameOf(actor)} {begun}; it would take it and {there}
      {told.length > 0 && `; it would ${told.join(', and ')}`}. Nothing has changed.
    </p>
  )
}
