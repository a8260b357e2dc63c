// Which transitions recorded turns tell of, and how long actors were where.
import { createMachine, initialTransition, transition, type AnyMachineSnapshot } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { heatOf, type RecordedTurn } from '../../services/inspector/chart/heat.ts'

const machine = createMachine({
  id: 'work',
  initial: 'waiting',
  on: { note: { actions: 'write' }, cancel: '.ended' },
  states: {
    waiting: { on: { begin: 'working', 'pause.*': 'resting' } },
    working: {
      initial: 'checking',
      states: {
        checking: { always: [{ guard: 'isSmall', target: 'doing' }, { target: 'planning' }] },
        planning: { on: { planned: 'doing' } },
        doing: { on: { done: '#work.ended', cancel: 'doing' } },
      },
    },
    resting: { on: { begin: 'working' } },
    ended: { type: 'final' },
  },
})
const regions = createMachine({
  id: 'pair',
  initial: 'both',
  states: {
    both: {
      type: 'parallel',
      states: {
        one: { initial: 'a', states: { a: { on: { next: 'b' } }, b: {} } },
        two: { initial: 'a', states: { a: { on: { next: 'b', leave: 'c' } }, b: {}, c: {} } },
      },
      always: { guard: 'isOver', target: 'over' },
    },
    over: {},
  },
})
const guarded = (isSmall: boolean) => machine.provide({ guards: { isSmall: () => isSmall }, actions: { write: () => {} } })
const chart = chartOf(guarded(false))

/** A turn a second. */
function turnsOf(events: readonly string[], { isSmall = false, actor = 'a' }: { isSmall?: boolean; actor?: string } = {}): RecordedTurn[] {
  const hosted = guarded(isSmall)
  let [state]: readonly [AnyMachineSnapshot, ...unknown[]] = initialTransition(hosted)
  const row = (event: string, turn: number): RecordedTurn => ({
    actor,
    turn,
    at: turn * 1_000,
    event,
    state: JSON.stringify(state.value),
    failure: null,
  })
  const rows = [row('xstate.init', 1)]
  for (const [at, type] of events.entries()) {
    ;[state] = transition(hosted, state, { type })
    rows.push(row(type, at + 2))
  }
  return rows
}

const taken = (rows: readonly RecordedTurn[]): Readonly<Record<string, number>> =>
  Object.fromEntries(heatOf(chart, rows).edges.map((edge) => [edge.edge, edge.taken]))

test('a transition is told from the event and the states before and after it, with those that follow by themselves', () => {
  expect(taken(turnsOf(['begin', 'planned', 'done']))).toEqual({
    'work.waiting|begin|0': 1,
    'work.working.checking||1': 1,
    'work.working.planning|planned|0': 1,
    'work.working.doing|done|0': 1,
  })
  expect(taken(turnsOf(['begin'], { isSmall: true }))).toEqual({ 'work.waiting|begin|0': 1, 'work.working.checking||0': 1 })
})

test('what stays where it is counts, and the innermost state that handles an event has it', () => {
  expect(taken(turnsOf(['note', 'note']))).toEqual({ 'work|note|0': 2 })
  expect(taken(turnsOf(['begin', 'cancel'], { isSmall: true }))).toMatchObject({ 'work.working.doing|cancel|0': 1 })
  expect(taken(turnsOf(['cancel']))).toEqual({ 'work|cancel|0': 1 })
  expect(taken(turnsOf(['pause.long']))).toEqual({ 'work.waiting|pause.*|0': 1 })
})

test('a failed turn counts where its event would have led', () => {
  const rows = turnsOf(['begin'])
  const failed = turnsOf(['begin', 'planned'])
    .slice(2)
    .map((row): RecordedTurn => ({ ...row, failure: 'TR_TURN_FAILED' }))
  expect(heatOf(chart, [...rows, ...failed]).edges).toContainEqual({ edge: 'work.working.planning|planned|0', taken: 0, failed: 1 })
})

test('the time of a state runs from the turn that entered it to the one that left it, of each visit', () => {
  const { states } = heatOf(chart, [...turnsOf(['note', 'begin', 'planned', 'done']), ...turnsOf(['begin'], { actor: 'b' })])
  expect(states.find(({ state }) => state === 'work.waiting')).toEqual({
    state: 'work.waiting',
    visits: 2,
    totalMs: 3_000,
    p50Ms: 2_000,
    p95Ms: 2_000,
  })
  expect(states.find(({ state }) => state === 'work.working')).toMatchObject({ visits: 1, totalMs: 2_000 })
  expect(states.find(({ state }) => state === 'work.ended')).toBeUndefined() // nobody has left it
})

test('turns that begin in the middle of a life say nothing of what was before them', () => {
  const rows = turnsOf(['begin', 'planned', 'done']).slice(2)
  const { edges, states, unexplained } = heatOf(chart, rows)
  expect(edges.map(({ edge }) => edge)).toEqual(['work.working.doing|done|0'])
  expect([states, unexplained]).toEqual([[], 0])
})

test('a change that no transition of the chart explains is counted as such', () => {
  const [first, second] = turnsOf(['begin'])
  if (!first || !second) throw new Error('two turns')
  expect(heatOf(chart, [first, { ...second, event: 'from another version' }])).toMatchObject({ edges: [], unexplained: 1 })
})

test('an event moves every region that handles it, and what follows by itself may be of a state around them', () => {
  const paired = chartOf(regions)
  const row = (turn: number, event: string, state: unknown): RecordedTurn => ({
    actor: 'a',
    turn,
    at: turn,
    event,
    state: JSON.stringify(state),
    failure: null,
  })
  const begun = row(1, 'xstate.init', { both: { one: 'a', two: 'a' } })
  const edgesOf = (after: RecordedTurn): readonly string[] => heatOf(paired, [begun, after]).edges.map(({ edge }) => edge)
  expect(edgesOf(row(2, 'next', { both: { one: 'b', two: 'b' } })).toSorted()).toEqual(['pair.both.one.a|next|0', 'pair.both.two.a|next|0'])
  expect(edgesOf(row(2, 'leave', 'over'))).toEqual(['pair.both.two.a|leave|0', 'pair.both||0'])
})
