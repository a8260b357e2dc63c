// Load run
// The turns of one actor for a comparison: when and what from the history, what happened inside by taking each turn again from the log.
//
// O1. Bounded: at most `runTurnsMax` turns, and the process is let go every `turnsAtOnce`.
// O2. What the log no longer holds is not guessed: the turns are then those of the history, and it says why nothing more is known.
import { createHash } from 'node:crypto'
import { setImmediate as letGo } from 'node:timers/promises'
import type { ActorId } from '../../../machines/address.ts'
import { rebase } from '../../../machines/fork.ts'
import { redact } from '../../../machines/redact.ts'
import { MomentMissing } from '../../../runtime/errors.ts'
import { momentOf, type Moment } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import type { Chart, Host } from '../../../runtime/statechart/index.ts'
import type { Database } from '../../history/database.ts'
import { callsByTurn } from '../../history/read-turn-calls.ts'
import { turnPage, type ListedTurn } from '../../history/read-turns.ts'
import type { Past } from '../moments/past.ts'
import { stableText } from './context.ts'
import type { InsideTurn, Run, RunTurn } from './run.ts'

export const runTurnsMax = 1_000
const turnsAtOnce = 25

export interface RunWish {
  readonly actor: ActorId
  /** Turns after this one; 0: from its birth. */
  readonly after: number
  /** Up to this one. */
  readonly to: number
  readonly host: Host | undefined
  readonly chart: Chart
  /** As whom it speaks of itself in what is compared: two actors mean the same by their own addresses. */
  readonly as: ActorId
}

export interface LoadedRun extends Run {
  /** The last turn that is in it. */
  readonly last: number
  /** There were more turns than are compared at once. */
  readonly isCut: boolean
  /** Why what happened inside its turns is not known; undefined: it is. */
  readonly untold?: string
}

export interface RunSource {
  readonly past: Past
  readonly database: Database
}

export async function loadRun({ past, database }: RunSource, wish: RunWish): Promise<LoadedRun> {
  const { actor, after, chart } = wish
  const last = Math.min(wish.to, after + runTurnsMax)
  const [listed, calls] = await Promise.all([
    turnPage(database, actor, { before: last + 1, limit: last - Math.max(0, after - 1) }),
    callsByTurn(database, actor, { after, to: last }),
  ])
  const rows = listed.toReversed()
  const walked = await walk(past, wish, last)
  const before = rows.find(({ turn }) => turn === after)
  return {
    chart,
    ...(before && { start: { at: before.at, value: before.state } }),
    turns: rows.filter(({ turn }) => turn > after).map((row) => runTurn(row, walked.inside.get(row.turn))),
    calls,
    last,
    isCut: last < wish.to,
    ...(walked.why !== undefined && { untold: walked.why }),
  }
}

interface Walked {
  readonly inside: ReadonlyMap<number, TurnInside>
  /** Of a walk that ended early. */
  readonly why?: string
}

interface TurnInside {
  readonly value: unknown
  readonly context: string
  readonly inside?: InsideTurn
}

const runTurn = ({ turn, at, event, state, failure }: ListedTurn, told: TurnInside | undefined): RunTurn => ({
  turn,
  at,
  event,
  value: told ? told.value : state,
  ...(failure !== undefined && { failure }),
  ...(told?.inside && { inside: told.inside }),
  ...(told && { context: told.context }),
})

/** O2 */
async function walk(past: Past, wish: RunWish, last: number): Promise<Walked> {
  const inside = new Map<number, TurnInside>()
  if (last <= wish.after) return { inside }
  try {
    await walkTurns(past, wish, { last, inside })
    return { inside }
  } catch (error) {
    if (error instanceof MomentMissing) return { inside, why: error.message }
    throw error
  }
}

async function walkTurns(
  past: Past,
  { actor, after, host, chart, as }: RunWish,
  { last, inside }: { readonly last: number; readonly inside: Map<number, TurnInside> },
): Promise<void> {
  const keep = (moment: Moment): void => void inside.set(moment.turn, insideOf(moment, chart, [actor, as]))
  if (after === 0) keep((await past.at(actor, 1)).moment)
  const start = Math.max(1, after)
  const [whole, ...entries] = await past.after(actor, start, last - start)
  let before: Entry | undefined = whole
  for (const [index, entry] of entries.entries()) {
    if (!before) return
    const moment: Moment = momentOf(host, [before, entry])
    keep(moment)
    before = { ...before, turn: moment.turn, snapshot: moment.stored }
    if (index % turnsAtOnce === turnsAtOnce - 1) await letGo() // O1
  }
}

function insideOf({ stored, trace }: Moment, chart: Chart, [actor, as]: readonly [ActorId, ActorId]): TurnInside {
  const isKnown = trace?.machine.hash === chart.hash // the transitions of another version are not in this chart
  return {
    value: stored.value,
    context: digestOf(rebase(stored.context, actor, as)),
    ...(trace && isKnown && { inside: { edges: trace.edges, entered: trace.entered, guards: trace.guards.map(shownGuard) } }),
  }
}

const shownGuard = ({ name, params, result }: InsideTurn['guards'][number]): InsideTurn['guards'][number] => ({
  name,
  ...(params !== undefined && { params: redact(params) }),
  result,
})

const digestOf = (value: unknown): string => createHash('sha256').update(stableText(value)).digest('base64')
