// Dry run
// What an event would do to its actor, as one line for people.
import type { Rehearsed } from '../../dead-letters/dry-run.ts'
import { stateText } from '../output.ts'

export { dryRun } from '../../dead-letters/dry-run.ts'

/** One line: what would happen, or why it would fail. */
export function dryRunText(rehearsed: Rehearsed): string {
  const { id, actor } = rehearsed
  if (!rehearsed.ok) return `${id}  ${actor}  would fail: ${rehearsed.error.code}: ${rehearsed.error.message}`
  const { handled, parked, from, to, status, sends, effects, emits } = rehearsed.would
  if (parked) return `${id}  ${actor}  would wait, as the actor does: for its restart, or for a version that fits its state`
  const lists = [
    ['sends', sends.map((send) => `${send.type} to ${send.to}`)],
    ['starts', effects.map(({ src }) => src)],
    ['emits', emits],
  ] as const
  const told = lists.flatMap(([name, list]) => (list.length === 0 ? [] : [`; ${name} ${list.join(', ')}`])).join('')
  const path = `${from === null ? '(not born)' : stateText(from) || '(no state)'} → ${stateText(to) || '(no state)'}`
  return `${id}  ${actor}  would ${handled ? 'work' : 'change nothing, for no transition takes it'}: ${path} (${status})${told}`
}
