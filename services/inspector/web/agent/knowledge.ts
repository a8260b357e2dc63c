// Knowledge
// What the page has been told of one actor, and how it asks for more. store.ts decides when.
//
// K1. A moment never changes, so it is asked for once; at most `momentsMax` are kept.
// K2. An answer that is older than what arrived meanwhile changes nothing.
import { batch, signal, type Signal } from '@preact/signals'
import { actorPath, get, queryOf, type Answer, type Problem } from '../api.ts'
import { treeOf, type DrawnChart } from '../chart/tree.ts'
import { typeOf } from '../format.ts'
import type { ActorNow, Calls, Chart, Drawing, Finding, HistoryPage, HistoryRow, Moment, Transition } from '../wire.ts'
import { merged, rowOf } from './history.ts'

const pageRows = 200
const momentsMax = 300

export interface Knowledge {
  readonly actor: string
  readonly leaving: AbortController
  readonly now: Signal<ActorNow | undefined>
  readonly problem: Signal<Problem | undefined>
  readonly chart: Signal<DrawnChart | undefined>
  readonly chartProblem: Signal<Problem | undefined>
  readonly findings: Signal<readonly Finding[]>
  /** In order; not all of them. */
  readonly rows: Signal<readonly HistoryRow[]>
  readonly first: Signal<number>
  /** The turns that arrived in the last frame. */
  readonly arrived: Signal<readonly Transition[]>
  readonly calls: Signal<Calls>
  readonly moments: Signal<ReadonlyMap<number, Moment>>
  readonly momentProblem: Signal<Problem | undefined>
  /** Of the chart that was asked for last; undefined: none. */
  chartHash: string | undefined
  /** As they arrived, with what happened inside; the latest `momentsMax`. */
  readonly seen: Map<number, Transition>
}

export const newKnowledge = (actor: string): Knowledge => ({
  actor,
  leaving: new AbortController(),
  now: signal(undefined),
  problem: signal(undefined),
  chart: signal(undefined),
  chartProblem: signal(undefined),
  findings: signal([]),
  rows: signal([]),
  first: signal(1),
  arrived: signal([]),
  calls: signal({ llm: [], effects: [] }),
  moments: signal(new Map()),
  momentProblem: signal(undefined),
  chartHash: undefined,
  seen: new Map(),
})

const ask = <T>({ leaving }: Knowledge, path: string): Promise<Answer<T>> => get<T>(path, leaving.signal)

export async function loadNow(known: Knowledge): Promise<void> {
  const answer = await ask<ActorNow>(known, actorPath(known.actor))
  batch(() => {
    known.problem.value = answer.ok ? undefined : answer.problem
    if (answer.ok && answer.value.turn >= (known.now.value?.turn ?? 0)) known.now.value = answer.value // K2
  })
}

/** The newest, or those before a turn. */
export async function loadRows(known: Knowledge, before?: number): Promise<void> {
  const answer = await ask<HistoryPage>(known, `${actorPath(known.actor)}/history${queryOf({ before, limit: pageRows })}`)
  if (!answer.ok) return
  batch(() => {
    known.rows.value = merged(known.rows.value, answer.value.rows)
    known.first.value = answer.value.first
  })
}

export async function loadCalls(known: Knowledge): Promise<void> {
  const answer = await ask<Calls>(known, `${actorPath(known.actor)}/calls`)
  if (answer.ok) known.calls.value = answer.value
}

/** Of a version of the machine; undefined: the newest. The drawn chart stays while it is asked for. */
export async function loadChart(known: Knowledge, hash?: string): Promise<void> {
  if (known.chartHash === (hash ?? '')) return
  known.chartHash = hash ?? ''
  const machine = `/machines/${encodeURIComponent(typeOf(known.actor))}`
  const version = queryOf({ hash })
  const [chart, layout, lint] = await Promise.all([
    ask<Chart>(known, `${machine}/chart${version}`),
    ask<Drawing>(known, `${machine}/layout${version}`),
    ask<{ readonly findings: readonly Finding[] }>(known, `${machine}/lint${version}`),
  ])
  if (lint.ok) known.findings.value = lint.value.findings
  if (known.chartHash !== (hash ?? '')) return // another one is wanted by now
  if (!chart.ok) known.chartProblem.value = chart.problem
  else if (!layout.ok) known.chartProblem.value = layout.problem
  else known.chart.value = { chart: chart.value, drawing: layout.value, tree: treeOf(chart.value) }
}

/** K1. `isShown`: the reader waits for it, so a failure is said. */
export async function loadMoment(known: Knowledge, turn: number, isShown: boolean): Promise<void> {
  const { moments, momentProblem, first } = known
  if (moments.value.has(turn) || turn < Math.max(1, first.value)) return
  const answer = await ask<Moment>(known, `${actorPath(known.actor)}/moments/${turn}`)
  if (answer.ok) moments.value = new Map([...moments.value, [turn, answer.value] as const].slice(-momentsMax))
  else if (isShown) momentProblem.value = answer.problem
}

/** What came live; what it holds beside turns, the progress of effects, is not kept. */
export function receive(known: Knowledge, events: readonly unknown[]): void {
  const turns = events.filter(isTransition)
  const newest = turns.at(-1)
  if (!newest) return
  for (const transition of turns) known.seen.set(transition.turn, transition)
  for (const turn of [...known.seen.keys()].slice(0, -momentsMax)) known.seen.delete(turn)
  batch(() => {
    const { now, rows, arrived } = known
    rows.value = merged(rows.value, turns.map(rowOf))
    if (now.value && newest.turn > now.value.turn)
      now.value = { ...now.value, turn: newest.turn, value: newest.value, status: newest.status }
    arrived.value = turns
  })
}

const isTransition = (event: unknown): event is Transition =>
  typeof event === 'object' && event !== null && 'turn' in event && 'value' in event
