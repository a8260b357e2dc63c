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
  /** The worker that took the turn, where it is another one than before: the partition has moved. */
  readonly movedTo?: string
  /** So many of them, one after another. */
  readonly times?: number
}

export const drawnMax = 200
const actorsMax = 12

export interface SequenceSources {
  readonly rows: readonly HistoryRow[]
  readonly seen: readonly Transition[]
  readonly run: readonly SequenceMessage[]
  /** Also what others said to each other. */
  readonly isWhole?: boolean
  /** Also what is behind the scenes. */
  readonly isLoud?: boolean
}

export interface Sequenced {
  readonly messages: readonly SequenceMessage[]
  readonly actors: readonly string[]
  /** How many more there are, and how many are behind the scenes. */
  readonly left: number
  readonly quiet: number
}

/** The newest `drawnMax`. The actor itself has the first lane. */
export function messagesOf(actor: string, { rows, seen, run, isWhole = false, isLoud = false }: SequenceSources): Sequenced {
  const taken = takenIn(actor, rows)
  const sent = seen.flatMap(({ at, detail }) => (detail?.sends ?? []).map(({ to, type }) => ({ at, from: actor, to, type })))
  // A run knows what was sent too; what the turns know is better, for it is a moment to go to.
  const others = run.filter(({ from, to }) => to !== actor && (isWhole || from === actor))
  const out = others.some(({ from }) => from === actor) ? others : [...others, ...sent]
  const all: readonly SequenceMessage[] = [...taken, ...out].toSorted((one, other) => one.at - other.at)
  const loud = isLoud ? all : folded(all.filter((message) => !isQuiet(message)))
  const newest = loud.slice(-drawnMax)
  const actors = [actor, ...new Set(newest.flatMap(({ from, to }) => [from, to]).filter((one) => one !== actor))].slice(0, actorsMax)
  const messages = newest.filter(({ from, to }) => actors.includes(from) && actors.includes(to))
  return { messages, actors, left: loud.length - messages.length, quiet: all.length - all.filter((message) => !isQuiet(message)).length }
}

/** The same again and again is one arrow; one that is a moment to go to is its own. */
function folded(messages: readonly SequenceMessage[]): readonly SequenceMessage[] {
  const result: SequenceMessage[] = []
  for (const message of messages) {
    const last = result.at(-1)
    const isSame = last && last.from === message.from && last.to === message.to && last.type === message.type
    if (isSame && last.turn === undefined && message.turn === undefined)
      result[result.length - 1] = { ...last, times: (last.times ?? 1) + 1 }
    else result.push(message)
  }
  return result
}

/** The kernel's own words, what an actor tells itself, and the bookkeeping around each model call. */
const bookkeeping = /^(?:budget|usage|heartbeat)\b/
const isQuiet = ({ type, from, to }: SequenceMessage): boolean => type.startsWith('@') || from === to || bookkeeping.test(type)

function takenIn(actor: string, rows: readonly HistoryRow[]): readonly SequenceMessage[] {
  let last: string | undefined
  return rows.flatMap(({ at, from, event, turn, worker }) => {
    const hasMoved = worker !== undefined && last !== undefined && worker !== last
    last = worker ?? last
    return from === undefined ? [] : [{ at, from, to: actor, type: event, turn, ...(hasMoved && { movedTo: worker }) }]
  })
}
