import { expect, test } from 'vitest'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { eventOf } from '../../../services/inspector/web/agent/event-text.ts'
import { timeIn } from '../../../services/inspector/web/agent/heat.ts'
import { eventText, merged, rowAt, rowOf, rowsMax } from '../../../services/inspector/web/agent/history.ts'
import { filtered } from '../../../services/inspector/web/agent/log-filter.ts'
import { outlineOf } from '../../../services/inspector/web/agent/outline-items.ts'
import { drawnMax, messagesOf } from '../../../services/inspector/web/agent/sequence-messages.ts'
import { skeletonOf } from '../../../services/inspector/web/agent/skeleton.ts'
import { treeOf } from '../../../services/inspector/web/chart/tree.ts'
import { found } from '../../../services/inspector/web/palette-choices.ts'
import { talks } from './talks.ts'

const row = (turn: number, more = {}) => ({ turn, at: turn * 1_000, event: 'e', state: 'a', ...more })
const tree = treeOf(chartOf(talks))

test('turns that are told twice, live and by the history, are one row, in order', () => {
  const known = merged([], [row(3), row(1), row(2)])
  expect(known.map(({ turn }) => turn)).toEqual([1, 2, 3])
  const both = merged(known, [row(4), row(2, { worker: 'w1' })])
  expect(both.map(({ turn, worker }) => [turn, worker])).toEqual([
    [1, undefined],
    [2, 'w1'],
    [3, undefined],
    [4, undefined],
  ])
  expect(rowAt(both, 3)?.turn).toBe(3)
  expect(rowAt(both, 9)).toBeUndefined()
})

test('a day of turns does not fill the memory', () => {
  const many = Array.from({ length: rowsMax + 5 }, (_, at) => row(at + 1))
  expect(merged([], many)).toHaveLength(rowsMax)
  expect(merged(many, [row(rowsMax + 6)]).at(-1)?.turn).toBe(rowsMax + 6)
})

test('a turn that became a dead letter says so in its row', () => {
  const seen = {
    actor: 'a/b/c',
    turn: 1,
    at: 2,
    event: 'e',
    value: 'x',
    status: 'active',
    changed: true,
    dead: { code: 'TR_X', cause: 'c' },
  }
  expect(rowOf(seen)).toEqual({ turn: 1, at: 2, event: 'e', state: 'x', failure: 'TR_X' })
})

test("XState's own events are written in the words of the chart", () => {
  expect(
    ['xstate.done.actor.llm', 'xstate.error.actor.0.agent.working.thinking', 'xstate.after.5000.agent.idle', 'task.submit'].map(eventText),
  ).toEqual(['done llm', 'error thinking', 'after 5000', 'task.submit'])
})

test('time in a state counts for the states around it too', () => {
  const spent = timeIn(tree, [row(1, { state: 'resting' }), row(3, { state: { working: { reading: 'first', writing: 'idle' } } }), row(7)])
  expect([spent.get('talks.resting'), spent.get('talks.working.reading.first'), spent.get('talks')]).toEqual([2_000, 4_000, 6_000])
})

test('words filter the log by event, state and failure', () => {
  const rows = [row(1, { event: 'xstate.done.actor.llm' }), row(2, { state: { working: 'reading' } }), row(3, { failure: 'TR_POISON' })]
  expect(['done llm', 'READING', 'poison', '', 'nothing'].map((words) => filtered(rows, words).map(({ turn }) => turn))).toEqual([
    [1],
    [2],
    [3],
    [1, 2, 3],
    [],
  ])
})

test('the outline has every state and every transition of the chart', () => {
  const all = outlineOf(tree, new Set(tree.places.keys()))
  expect(all.filter(({ edge }) => edge === undefined)).toHaveLength(tree.places.size)
  expect(all.filter(({ edge }) => edge !== undefined)).toHaveLength(tree.edges.size)
  expect(outlineOf(tree, new Set()).map(({ text, level, isOpen }) => [text, level, isOpen])).toEqual([['talks', 1, false]])
})

test('a sequence is what others said to it and what it was seen to say, newest first to go', () => {
  const me = 'a/task/1'
  const seen = { actor: me, turn: 2, at: 2_500, event: 'e', value: 'x', status: 'active', changed: true }
  const detail = {
    edges: [],
    entered: [],
    exited: [],
    guards: [],
    actions: [],
    sends: [{ to: 'a/coordinator/main', type: 'agent.choose' }],
  }
  const { messages, actors } = messagesOf(me, {
    rows: [row(2), row(3, { from: 'a/coordinator/main', event: 'agent.chosen' })],
    seen: [{ ...seen, detail }],
    run: [],
  })
  expect(messages.map(({ from, to, type, turn }) => [from, to, type, turn])).toEqual([
    [me, 'a/coordinator/main', 'agent.choose', undefined],
    ['a/coordinator/main', me, 'agent.chosen', 3],
  ])
  expect(actors).toEqual([me, 'a/coordinator/main'])
  const long = messagesOf(me, { rows: Array.from({ length: drawnMax + 7 }, (_, at) => row(at + 1, { from: 'a/b/c' })), seen: [], run: [] })
  expect([long.messages.length, long.left]).toEqual([drawnMax, 7])
})

test('the first draft of an event has what its schema needs', () => {
  const schema = {
    type: 'object',
    properties: {
      type: { const: 'task.cancel' },
      reason: { type: 'string' },
      count: { type: 'integer', minimum: 2 },
      how: { enum: ['now', 'later'] },
      more: { type: 'string' },
    },
    required: ['type', 'reason', 'count', 'how'],
  }
  expect(skeletonOf('task.cancel', schema)).toEqual({ type: 'task.cancel', reason: '', count: 2, how: 'now' })
  expect(skeletonOf('x', undefined)).toEqual({ type: 'x' })
  const endless: Record<string, unknown> = { type: 'object', required: ['a'] }
  endless['properties'] = { a: endless }
  expect(() => skeletonOf('x', endless)).not.toThrow()
})

test('what is no event is said, and why', () => {
  expect(eventOf('{"type": "a", "n": 1}')).toEqual({ ok: true, event: { type: 'a', n: 1 } })
  expect(['{', '[]', '{}', '{"type": ""}'].map((text) => eventOf(text).ok)).toEqual([false, false, false, false])
})

test('the palette puts what begins with the words first, and keeps what was looked up', () => {
  const choice = (id: string, label: string) => ({ id, label, hint: '', icon: 'right' as const, run: () => {} })
  const all = [choice('page-a', 'Send agents'), choice('page-b', 'Agents'), choice('page-c', 'Fleet'), choice('actor-1', 'acme/x/1')]
  expect(found('agents', all).map(({ id }) => id)).toEqual(['page-b', 'page-a', 'actor-1'])
})
