// How a task went, from its rows: what was waited for, and where the time went.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { defineActor } from '../../runtime/define-actor.ts'
import { criticalPath, type Lasting } from '../../services/gateway/run/critical-path.ts'
import { humanStatesOf } from '../../services/gateway/run/human-states.ts'
import { viewOf } from '../../services/gateway/run/task-run.ts'
import { spentOn, timeSplit, type Stretch } from '../../services/gateway/run/time-split.ts'
import type { TaskRun } from '../../services/history/read-task-run.ts'

const lasting = (actor: string, from: number, to: number, parent?: string): Lasting => ({ actor, parent, from, to })

test('the critical path goes through those that were waited for one after the other, not through those beside them', () => {
  const spans = [
    lasting('root', 0, 10),
    lasting('a', 0, 4, 'root'),
    lasting('b', 5, 10, 'root'),
    lasting('beside', 6, 8, 'root'),
    lasting('in-b', 6, 9, 'b'),
  ]
  expect(criticalPath(spans)).toEqual(['root', 'a', 'b', 'in-b'])
})

test('rows that name each other as parents do not hang it, and no rows are no path', () => {
  expect(criticalPath([lasting('root', 0, 9), lasting('a', 1, 5, 'b'), lasting('b', 1, 5, 'a'), lasting('c', 1, 5, 'root')])).toEqual([
    'root',
    'c',
  ])
  expect(criticalPath([])).toEqual([])
})

const anySpans = fc.array(fc.record({ from: fc.nat(100), lasts: fc.nat(60), parent: fc.nat(8) }), { maxLength: 12 })

test('whatever the spans, the pieces of the path below the root do not overlap', () => {
  fc.assert(
    fc.property(anySpans, (drawn) => {
      const spans = [lasting('0', 0, 200), ...drawn.map(({ from, lasts }, n) => lasting(`${n + 1}`, from, from + lasts, '0'))]
      const path = criticalPath(spans)
        .slice(1)
        .flatMap((actor) => spans.filter((span) => span.actor === actor))
      for (const [n, span] of path.entries()) expect(span.from).toBeGreaterThanOrEqual(path[n - 1]?.to ?? 0)
    }),
  )
})

const stretch = fc.record({
  kind: fc.constantFrom(...spentOn),
  from: fc.integer({ min: -20, max: 120 }),
  to: fc.integer({ min: -20, max: 120 }),
})

test('every moment is counted once: the split adds up to the whole, and agrees with a count by the millisecond', () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 15 }), (stretches: readonly Stretch[]) => {
      const counted = { human: 0, llm: 0, tool: 0, retry: 0, queue: 0, other: 0 }
      for (let at = 0; at < 100; at++) {
        const open = spentOn.find((kind) => stretches.some((one) => one.kind === kind && one.from <= at && at < one.to))
        counted[open ?? 'other']++
      }
      expect(timeSplit(stretches, { from: 0, to: 100 })).toEqual(counted)
    }),
  )
})

const clerk = defineActor({
  name: 'agent-clerk',
  version: '1',
  machine: setup({ types: { tags: {} as 'needs-human' } }).createMachine({
    id: 'clerk',
    initial: 'working',
    states: { working: {}, waiting: { tags: 'needs-human' }, deep: { initial: 'a', states: { a: {}, asked: { tags: 'needs-human' } } } },
  }),
})

test('a person is needed in the states that say so, however deep', () => {
  const human = humanStatesOf([clerk])
  expect(human.topStates(() => true)).toEqual(['waiting'])
  expect(human.waits('agent-clerk', 'waiting')).toBe(true)
  expect(human.waits('agent-clerk', { deep: 'asked' })).toBe(true)
  for (const state of ['working', { deep: 'a' }, null, 'constructor', { constructor: 'asked' }])
    expect(human.waits('agent-clerk', state)).toBe(false)
  expect(human.waits('unknown', 'waiting')).toBe(false)
})

const at = (ms: number): Date => new Date(1_000_000 + ms)
const place = (seq: number) => ({ partition: 0, seq, index: 0 })

/** A task of 1,000 ms: chosen after 100, an agent that thinks from 200 to 600 of which the call took 300, waits for a person until 900, and ends. */
const run = {
  task: { id: 't', actor: 'm/task/t', status: 'completed', submittedAt: at(0), finishedAt: at(1_000) },
  steps: [],
  executions: [
    {
      id: 't:1',
      actor: 'm/task/t',
      agentActor: 'm/agent-clerk/a',
      agent: 'clerk',
      model: 'small',
      status: 'succeeded',
      startedAt: at(100),
      finishedAt: at(1_000),
    },
  ],
  effects: [{ actor: 'm/agent-clerk/a', src: 'think', status: 'succeeded', startedAt: at(200), finishedAt: at(600), ...place(2) }],
  calls: [{ actor: 'm/agent-clerk/a', model: 'small', latencyMs: 300, costUsd: 0.5, inputTokens: 10, outputTokens: 5, ...place(2) }],
  turns: [
    { actor: 'm/agent-clerk/a', at: at(100), state: 'working', tools: [], ...place(1) },
    { actor: 'm/agent-clerk/a', at: at(600), state: 'waiting', tools: [], ...place(2) },
    { actor: 'm/agent-clerk/a', at: at(900), state: 'working', tools: [], ...place(3) },
  ],
  messages: [],
  cut: false,
} as unknown as TaskRun

test('the time before another try of a model call is told as such', () => {
  const turns = [
    { actor: 'm/agent-clerk/a', at: at(650), state: { working: 'backingOff' }, tools: [], ...place(4) },
    { actor: 'm/agent-clerk/a', at: at(750), state: { working: 'thinking' }, tools: [], ...place(5) },
  ]
  const { spans, time } = viewOf({ ...run, turns } as unknown as TaskRun, humanStatesOf([clerk]), 0)
  expect(spans.filter(({ kind }) => kind === 'retry')).toEqual([
    { actor: 'm/agent-clerk/a', kind: 'retry', label: 'before another try', from: at(650).getTime(), to: at(750).getTime(), ok: true },
  ])
  expect(time.retry).toBe(100)
})

test('a model call that waited for its turn is a queue and a call, and a person who was waited for is told', () => {
  const view = viewOf(run, humanStatesOf([clerk]), 0)
  expect(view.time).toEqual({ llm: 300, tool: 0, human: 300, retry: 0, queue: 200, other: 200 })
  expect(view.critical).toEqual(['m/task/t', 'm/agent-clerk/a'])
  expect(view.cost).toEqual([{ actor: 'm/agent-clerk/a', costUsd: 0.5, tokens: 15, calls: 1 }])
  expect(view.spans.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
    'task task t',
    'queue choosing an agent',
    'agent clerk@small',
    'queue waiting for small',
    'llm small',
    'human a person',
  ])
})

test('what has not ended lasts until now, and says so', () => {
  const { task, executions, ...rest } = run
  const open = {
    ...rest,
    task: { ...task, status: 'running', finishedAt: null },
    executions: executions.map((one) => ({ ...one, status: 'running', finishedAt: null })),
  }
  const view = viewOf(open as unknown as TaskRun, humanStatesOf([clerk]), at(2_000).getTime())
  expect(view.spans.filter(({ kind }) => kind === 'task' || kind === 'agent').map(({ to, ok }) => [to, ok])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ])
  const { llm, tool, human, queue, other } = view.time
  expect(llm + tool + human + queue + other).toBe(2_000)
})
