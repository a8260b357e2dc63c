import { expect, test } from 'vitest'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { eventOf } from '../../../services/inspector/web/agent/event-text.ts'
import { timeIn } from '../../../services/inspector/web/agent/heat.ts'
import { eventText, merged, rowAt, rowOf, rowsMax } from '../../../services/inspector/web/agent/history.ts'
import { callLanes } from '../../../services/inspector/web/agent/bands.ts'
import { byCause, choicesOf, everything, filtered, withBefore, type LogFilter } from '../../../services/inspector/web/agent/log-filter.ts'
import { memoryUses } from '../../../services/inspector/web/agent/memory.ts'
import { messagesIn } from '../../../services/inspector/web/agent/prompts.ts'
import { eventsShown, markOf, type EventChoice } from '../../../services/inspector/web/agent/timeline-marks.ts'
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

const logged = withBefore([
  row(1, { event: '@init', state: { working: 'reading' }, correlation: 'ann' }),
  row(2, { event: 'xstate.done.actor.llm', state: { working: 'writing' }, correlation: 'ann' }),
  row(3, { state: { working: 'writing' }, failure: 'TR_POISON', correlation: 'bob' }),
  row(5, { event: 'xstate.error.actor.llm', state: 'resting', correlation: 'ann' }),
])
const kept = (filter: Partial<LogFilter>) => filtered(logged, { ...everything, ...filter }).map(({ row: { turn } }) => turn)

test('words filter the log by event, state, failure and cause', () => {
  expect(['done llm', 'READING', 'poison', 'bob', '', 'nothing'].map((words) => kept({ words }))).toEqual([
    [2],
    [1],
    [3],
    [3],
    [1, 2, 3, 5],
    [],
  ])
})

test('the log is narrowed to one event, one state and what is below it, one way, what failed, and what moved', () => {
  expect(kept({ event: 'done llm' })).toEqual([2])
  expect(kept({ state: 'working' })).toEqual([1, 2, 3])
  expect(kept({ state: 'working.writing' })).toEqual([2, 3])
  expect(kept({ way: 'reading → writing on done llm' })).toEqual([2])
  expect(kept({ failedOnly: true })).toEqual([3, 5])
  expect(kept({ movedOnly: true })).toEqual([1, 2, 3, 5]) // 3 failed; of 1 and 5 the turn before is not known
  const { events, states, ways } = choicesOf(logged)
  expect(events.map(({ text }) => text)).toEqual(['@init', 'done llm', 'e', 'error llm'])
  expect(states[0]).toEqual({ text: 'working', count: 3 })
  expect(ways).toEqual([{ text: 'reading → writing on done llm', count: 1 }])
})

test('turns of one cause stand together in their order, and a closed cause hides its turns', () => {
  const all = byCause(logged, new Set())
  expect(all.map((line) => (line.kind === 'cause' ? `${line.cause} ${line.turns}` : line.turn.row.turn))).toEqual([
    'ann 2',
    1,
    2,
    'bob 1',
    3,
    'ann 1',
    5,
  ])
  expect(byCause(logged, new Set([1])).map((line) => line.kind)).toEqual(['cause', 'cause', 'turn', 'cause', 'turn'])
})

test('what an actor found in memory is its passages with their places, whoever asked for them', () => {
  const text = 'x\n[[a.md:1-2]] first passage\n[[b.md:3-4]]\nsecond'
  const citations = [{ file: 'a.md', fromLine: 1, toLine: 2 }]
  const passages = [
    { where: 'a.md:1-2', text: 'first passage' },
    { where: 'b.md:3-4', text: 'second' },
  ]
  const run = { key: 'k', startedAt: 1 }
  expect(memoryUses({ ...run, src: 'retrieve', input: { query: 'why', collection: 'docs' }, output: { text, citations } })).toEqual([
    { kind: 'found', what: 'why', collection: 'docs', hits: passages },
  ])
  const calls = [{ id: '1', name: 'search', arguments: { query: 'how' } }]
  const output = [
    { id: '1', name: 'search', ok: true, text, citations },
    { id: '2', name: 'clock', ok: true, text: 'noon', citations: [] },
  ]
  expect(memoryUses({ ...run, src: 'act', input: { calls, collection: 'docs' }, output })).toEqual([
    { kind: 'found', what: 'search: how', collection: 'docs', hits: passages },
  ])
  expect(memoryUses({ ...run, src: 'recall', input: { prompt: 'p' }, output: { similar: {}, lessons: ['learnt'] } })).toMatchObject([
    { what: 'p', hits: [{ text: 'learnt' }] },
  ])
  expect(memoryUses({ ...run, src: 'ingest', input: { collection: 'docs' }, output: { files: 3 } })).toMatchObject([
    { kind: 'stored', rest: { files: 3 } },
  ])
  expect(memoryUses({ ...run, src: 'think', input: {}, output: { text } })).toEqual([])
  for (const strange of [undefined, null, 3, 'x', [null, 3], { text: 3, citations: 'x' }])
    expect(() => memoryUses({ ...run, src: 'recall', input: strange, output: strange })).not.toThrow()
})

test('a prompt is its messages, and what is none of them stays readable', () => {
  const input = {
    messages: [{ role: 'system', text: 'be kind' }, { role: 'user', content: 'why?' }, { role: 'assistant', toolCalls: [] }, 7],
  }
  expect(messagesIn(input)).toEqual([
    { role: 'system', text: 'be kind' },
    { role: 'user', text: 'why?' },
    { role: 'assistant', text: '{\n  "toolCalls": []\n}' },
    { role: 'message', text: '' },
  ])
  expect([undefined, null, 'x', { messages: 3 }].map(messagesIn)).toEqual([[], [], [], []])
})

test('model calls, memory and tools are on lanes of their own, and a call is on one of them only', () => {
  const llm = [{ at: 100, latencyMs: 40, model: 'm', inputTokens: 1, outputTokens: 1, effect: 'k1' }]
  const effects = ['think', 'retrieve', 'act'].map((src, at) => ({
    key: `k${at + 1}`,
    src,
    startedAt: at,
    endedAt: at + 1,
    ok: src !== 'act',
  }))
  expect(callLanes({ llm, effects }, 200).map(({ name, bands }) => [name, bands.map(({ text, tone }) => [text, tone])])).toEqual([
    ['LLM calls', [['m', 'tone-llm']]],
    ['memory', [['retrieve', 'tone-memory']]],
    ['tools', [['act', 'tone-bad']]],
  ])
})

test('the timeline shows all events, or those from outside, that moved it, or that somebody should look at', () => {
  const rows = [
    row(1, { event: '@init' }),
    row(2),
    row(3, { state: 'b', event: 'xstate.done.actor.x' }),
    row(4, { state: 'b', event: '@hold' }),
    row(5, { state: 'b', failure: 'TR_X' }),
  ]
  const turns = (choice: EventChoice) => eventsShown(rows, choice).map(({ turn }) => turn)
  expect([turns('all').length, turns('outside'), turns('moved'), turns('trouble')]).toEqual([5, [2, 5], [1, 3], [1, 4, 5]])
  expect(markOf('@hold')?.text).toBe('held')
  expect(markOf('constructor')).toBeUndefined()
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
  const chatter = [
    { at: 1, from: me, to: 'a/budget/main', type: 'budget.reserve' },
    { at: 2, from: 'x', to: 'y', type: 'said' },
  ]
  const heard = (more: object) => messagesOf(me, { rows: [], seen: [], run: chatter, ...more })
  expect([heard({}).messages, heard({}).quiet]).toEqual([[], 1])
  expect([heard({ isWhole: true }), heard({ isLoud: true })].map((one) => one.messages.map(({ type }) => type))).toEqual([
    ['said'],
    ['budget.reserve'],
  ])
  const again = [1, 2, 3].map((at) => ({ at, from: me, to: 'a/task/2', type: 'agent.progress' }))
  expect(heard({ run: again }).messages).toMatchObject([{ type: 'agent.progress', times: 3 }])
  expect(heard({ run: again, isLoud: true }).messages).toHaveLength(3)
  const moved = messagesOf(me, { rows: ['w1', 'w1', 'w2'].map((worker, at) => row(at + 1, { from: 'a/b/c', worker })), seen: [], run: [] })
  expect(moved.messages.map(({ movedTo }) => movedTo)).toEqual([undefined, undefined, 'w2'])
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
