// Agent store
// One actor as it is now, as it was after any turn, and which of the two is shown.
//
// S1. The address says which moment is shown; what arrives live never moves a reader who is in the past.
// S2. What was missed live is asked for over HTTP.
import { computed, effect, type ReadonlySignal } from '@preact/signals'
import { listen, liveState, refusedTopics } from '../live.ts'
import { agentPath } from '../place.ts'
import { go, place } from '../router.ts'
import type { Child, EventSeen, Hold, Trace, WaitingMessage } from '../wire.ts'
import { rowAt } from './history.ts'
import { loadCalls, loadChart, loadMoment, loadNow, loadRows, newKnowledge, receive, type Knowledge } from './knowledge.ts'

/** Who moves through the past asks for where he stops; a busy actor is asked for once it is calm. */
const pastSettleMs = 90
const liveSettleMs = 300
/** Every frame of a very busy actor may miss something. */
const catchUpMs = 1_000
const refreshMs = 600
/** While nothing comes live. */
const pollMs = 2_500

export interface Shown {
  readonly turn: number
  readonly isLive: boolean
  readonly value: unknown
  readonly at?: number
  readonly event?: EventSeen
  readonly from?: string
  readonly trace?: Trace
  readonly context?: unknown
  readonly children?: Readonly<Record<string, Child>>
  readonly timers?: Readonly<Record<string, { readonly due: number }>>
  readonly waiting?: readonly WaitingMessage[]
  readonly hold?: Hold
  /** After the turn before; undefined when it is not known. */
  readonly before?: { readonly value: unknown; readonly context: unknown }
}

export interface AgentStore {
  readonly known: Knowledge
  readonly last: ReadonlySignal<number>
  readonly shown: ReadonlySignal<Shown | undefined>
  /** Undefined: back to what happens now. */
  jump(turn: number | undefined): void
  loadOlder(): Promise<void>
  refresh(): Promise<void>
  close(): void
}

export function openAgent(actor: string): AgentStore {
  const known = newKnowledge(actor)
  const topic = `actor/${actor}`
  const last = computed(() => Math.max(known.now.value?.turn ?? 0, known.rows.value.at(-1)?.turn ?? 0))
  const asked = computed(() => (place.value.page === 'agents' && place.value.id === actor ? place.value.turn : undefined)) // S1
  const refresh = async (): Promise<void> => {
    await Promise.all([loadNow(known), loadRows(known), loadCalls(known)])
    askForMissing()
  }
  const soon = later(refreshMs, () => void Promise.all([loadNow(known), loadCalls(known)]).catch(ignoreAbort))
  const catchUp = later(catchUpMs, () => void loadRows(known).then(askForMissing).catch(ignoreAbort))
  // The history knows a turn a moment later than the actor itself: S2.
  const askForMissing = (): void => {
    if ((known.now.peek()?.turn ?? 0) > (known.rows.peek().at(-1)?.turn ?? 0)) catchUp.start()
  }
  const stops = [
    soon.stop,
    catchUp.stop,
    listen(topic, ({ events = [] }, missed) => {
      receive(known, events)
      if (missed) catchUp.start() // S2
      soon.start()
    }),
    whenSettled(
      () => ({ value: asked.value ?? last.value, ms: asked.value === undefined ? liveSettleMs : pastSettleMs }),
      (turn) => {
        known.momentProblem.value = undefined
        void Promise.all([loadMoment(known, turn, true), loadMoment(known, turn - 1, false)]).catch(ignoreAbort)
      },
    ),
    // The chart is that of the version it runs on, or ran on then.
    effect(() => {
      const { machine } = known.moments.value.get(asked.value ?? 0) ?? known.now.value ?? {}
      if (machine || known.problem.value) void loadChart(known, machine?.hash).catch(ignoreAbort)
    }),
    every(pollMs, () => {
      if (liveState.value !== 'live' || refusedTopics.value.has(topic)) void refresh().catch(ignoreAbort)
    }),
  ]
  void refresh().catch(ignoreAbort)
  return {
    known,
    last,
    shown: computed(() => shownOf(known, asked.value, last.value)),
    // From one moment to another: the way back leads to where the reader came from, not through all of them.
    jump: (turn) => go(agentPath(actor, turn), { replace: turn !== undefined && asked.value !== undefined }),
    loadOlder: () => loadRows(known, known.rows.value[0]?.turn),
    refresh,
    close: () => {
      known.leaving.abort()
      for (const stop of stops) stop()
    },
  }
}

function shownOf(known: Knowledge, asked: number | undefined, last: number): Shown | undefined {
  const now = known.now.value
  const isLive = asked === undefined
  const turn = asked ?? last
  if (turn === 0 && !now) return undefined
  const moment = known.moments.value.get(turn)
  const earlier = known.moments.value.get(turn - 1)
  const row = rowAt(known.rows.value, turn)
  const detail = known.seen.get(turn)?.detail
  const trace = moment?.trace ?? detail
  // What is around it now comes from its owner, of then from the log.
  const around = isLive ? now : moment && { ...moment, waiting: moment.mailbox ?? [] }
  const at = moment?.at ?? row?.at
  const event = moment?.event ?? detail?.event ?? (row && { type: row.event })
  const from = moment?.from ?? row?.from
  return {
    turn,
    isLive,
    value: moment?.value ?? (isLive && now && now.turn >= turn ? now.value : row?.state),
    context: moment?.context ?? (isLive ? now?.context : undefined),
    ...(at !== undefined && { at }),
    ...(event && { event }),
    ...(from !== undefined && { from }),
    ...(trace && { trace }),
    ...(around?.children && { children: around.children }),
    ...(around?.timers && { timers: around.timers }),
    ...(around?.waiting && { waiting: around.waiting }),
    ...(around?.hold && { hold: around.hold }),
    ...(earlier && { before: { value: earlier.value, context: earlier.context } }),
  }
}

/** Calls back when the value has stood for a moment. */
function whenSettled(read: () => { readonly value: number; readonly ms: number }, settled: (value: number) => void): () => void {
  let timer: number | undefined
  const stop = effect(() => {
    const { value, ms } = read()
    clearTimeout(timer)
    timer = window.setTimeout(() => settled(value), ms)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}

/** Started again while it waits: still once. */
function later(ms: number, run: () => void): { start(): void; stop(): void } {
  let timer: number | undefined
  return {
    start: () => {
      timer ??= window.setTimeout(() => {
        timer = undefined
        run()
      }, ms)
    },
    stop: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}

/** The view has left: nobody waits for the answer. */
export const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
}
