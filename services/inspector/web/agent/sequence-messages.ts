// Sequence messages
// What actors said to each other around one of them: from its turns, from what was seen of its sends, and from the run of its task. Pure.
import type { HistoryRow, Transition } from '../wire.ts'

export interface SequenceMessage {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly type: string
  /** Of the actor it is about, when the message began one. */
  readonly turn?: number
}

export const drawnMax = 200
const actorsMax = 12

export interface SequenceSources {
  readonly rows: readonly HistoryRow[]
  readonly seen: readonly Transition[]
  readonly run: readonly SequenceMessage[]
}

/** The newest `drawnMax`; `left`: how many more there are. The actor itself has the first lane. */
export function messagesOf(
  actor: string,
  { rows, seen, run }: SequenceSources,
): { readonly messages: readonly SequenceMessage[]; readonly actors: readonly string[]; readonly left: number } {
  const taken = rows.flatMap(({ at, from, event, turn }) => (from === undefined ? [] : [{ at, from, to: actor, type: event, turn }]))
  const sent = seen.flatMap(({ at, detail }) => (detail?.sends ?? []).map(({ to, type }) => ({ at, from: actor, to, type })))
  // A run knows what was sent too; what the turns know is better, for it is a moment to go to.
  const others = run.filter(({ from, to }) => (from === actor || to === actor) && to !== actor)
  const out = others.length > 0 ? others : sent
  const all: readonly SequenceMessage[] = [...taken, ...out].toSorted((one, other) => one.at - other.at)
  const newest = all.slice(-drawnMax)
  const actors = [actor, ...new Set(newest.flatMap(({ from, to }) => [from, to]).filter((one) => one !== actor))].slice(0, actorsMax)
  const messages = newest.filter(({ from, to }) => actors.includes(from) && actors.includes(to))
  return { messages, actors, left: all.length - messages.length }
}
