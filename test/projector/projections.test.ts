import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { Fact } from '../../machines/task-events.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import type { TableName } from '../../services/history/entities/index.ts'
import { factsOf } from '../../services/projector/facts.ts'
import { rowsOf } from '../../services/projector/projections/index.ts'
import { foldRows } from '../../services/projector/write-rows.ts'
import { at, entry, sent, snapshot, task, taskEntries } from './log-book.ts'

const turns = (...entries: readonly Entry[]): LogRecord => ({
  kind: 'turns',
  epoch: 1,
  worker: 'w1',
  checkpointAt: 0,
  offset: { seq: 1, count: 0, at },
  entries,
})

const changes = (record: LogRecord) =>
  rowsOf({ partition: 3, seq: 17, storedAt: new Date(at), record }, ({ snapshot: state }) => state?.value)

const rows = (table: TableName, ...entries: readonly Entry[]): readonly object[] =>
  changes(turns(...entries)).flatMap((change) => (change.table === table ? [change.row] : []))

const place = { partition: 3, seq: 17, index: 0 }

test('a turn becomes a row with its event, its state, its place in the log and who took it', () => {
  const born = entry({
    actor: task('t1'),
    turn: 1,
    snapshot: snapshot({ on: 'left' }),
    from: actorId('acme', 'boss', 'b'),
    correlation: 'c',
  })
  expect(rows('turns', born)).toMatchObject([
    {
      ...place,
      actor: 'acme/task/t1',
      turn: 1,
      tenant: 'acme',
      actorType: 'task',
      worker: 'w1',
      event: 'go',
      state: { on: 'left' },
      sender: 'acme/boss/b',
      correlation: 'c',
    },
  ])
})

test('a message that never became a turn is a dead letter and no turn', () => {
  const letter = entry({ actor: task('t1'), turn: 0, dead: { code: 'TR_MESSAGE_NOT_JSON', cause: 'the body is not JSON', raw: '{' } })
  expect(rows('turns', letter)).toEqual([])
  expect(rows('dead_letters', letter)).toMatchObject([{ ...place, code: 'TR_MESSAGE_NOT_JSON', cause: 'the body is not JSON', raw: '{' }])
})

test('a turn that failed and reset its actor is both', () => {
  const reset = entry({ actor: task('t1'), turn: 7, snapshot: snapshot('idle'), dead: { code: 'TR_TURN_FAILED', cause: 'Error: no' } })
  expect(rows('turns', reset)).toMatchObject([{ turn: 7, failure: 'TR_TURN_FAILED', state: 'idle' }])
  expect(rows('dead_letters', reset)).toHaveLength(1)
})

test('what a turn received and what it sent are messages, in order', () => {
  const turn = entry({ actor: task('t1'), turn: 2, sends: [sent(task('t2'), { type: 'a' }), sent(task('t3'), { type: 'b' }, 'stop')] })
  expect(rows('messages', turn)).toMatchObject([
    { ...place, n: 0, direction: 'received', type: 'go', id: 'm.acme/task/t1.2' },
    { ...place, n: 1, direction: 'sent', type: 'a', peer: 'acme/task/t2', kind: 'event' },
    { ...place, n: 2, direction: 'sent', type: 'b', peer: 'acme/task/t3', kind: 'stop' },
  ])
})

test('an effect begins with the turn that asks for it and ends with its result, its error or its cancellation', () => {
  const actor = task('t1')
  const effects = ['a', 'b', 'c'].map((id) => ({ id, src: 'think', key: `k.${id}` }))
  const history = [
    entry({ actor, turn: 1, effects }),
    entry({ actor, turn: 2, result: 'k.a', event: { type: 'xstate.done.actor.a' } }),
    entry({ actor, turn: 3, result: 'k.b', event: { type: 'xstate.error.actor.b' } }),
    entry({ actor, turn: 4, cancelled: ['k.c'] }),
  ]
  const folded = foldRows(changes(turns(...history)), 'effects', ['actor', 'key'])
  expect(folded).toMatchObject([
    { key: 'k.a', status: 'succeeded', src: 'think', startedTurn: 1, finishedTurn: 2 },
    { key: 'k.b', status: 'failed', startedTurn: 1, finishedTurn: 3 },
    { key: 'k.c', status: 'cancelled', startedTurn: 1, finishedTurn: 4, index: 3 },
  ])
})

test('a task is one row from its submission to its end', () => {
  const all = changes(turns(...taskEntries('t1')))
  expect(foldRows(all, 'tasks', ['actor', 'id'])).toMatchObject([
    {
      id: 't1',
      status: 'completed',
      taskType: 'question',
      prompt: 'why?',
      agent: 'researcher',
      answer: 'because',
      costUsd: 0.01,
      submittedAt: new Date(at + 1),
      finishedAt: new Date(at + 4),
    },
  ])
  expect(foldRows(all, 'task_executions', ['actor', 'id'])).toMatchObject([
    { id: 't1.1', taskId: 't1', status: 'succeeded', startedAt: new Date(at + 2), finishedAt: new Date(at + 4), llmCalls: 1 },
  ])
  expect(all.filter(({ table }) => table === 'llm_calls')).toMatchObject([
    { row: { model: 'm-1', offline: true, latencyMs: 12.5, index: 2, n: 0 } },
  ])
})

test('what a coordinator decides and learns is one row, and so is each agent it knows', () => {
  const actor = actorId('acme', 'coordinator', 'main')
  const told: Fact[] = [
    { type: 'agent.registered', agent: 'librarian', version: '1', taskTypes: ['question'], capabilities: ['search'] },
    {
      type: 'decision.made',
      shard: 's1',
      taskId: 't1',
      taskType: 'question',
      request: { needs: ['search'] },
      candidates: {
        arms: ['librarian@m/1', 'analyst'],
        trials: [3, 0],
        success: [0.7, 0.4, 0.9, 0.5, 0.1, 0.9],
        costUsd: [0.01, 0.005, 0.02, null, null, null],
        samples: [0.8, null],
        propensities: [0.9, null],
        excluded: { analyst: 'does not do question tasks' },
      },
      chosen: [
        { decisionId: 's1-a-1', arm: 'librarian@m/1', propensity: 0.9, predicted: 0.7, raw: 0.68 },
        { decisionId: 's1-a-2', arm: 'researcher', propensity: 0.1, predicted: 0.6 },
      ],
      policyVersion: 'default',
      shadow: 'researcher',
      random: 0.25,
      at,
      why: 'draw',
    },
    {
      type: 'decision.settled',
      decisionId: 's1-a-1',
      taskId: 't1',
      n: 1,
      arm: 'librarian@m/1',
      taskType: 'question',
      reward: 0.5,
      ok: true,
      costUsd: 0.02,
      predicted: 0.7,
      at: at + 7,
    },
    { type: 'decision.censored', decisionId: 's1-a-2', taskId: 't1', at: at + 9, why: 'no outcome came' },
  ]
  const all = changes(turns(entry({ actor, turn: 1, emits: told.map((fact) => ({ ...fact })) })))
  expect(foldRows(all, 'decisions', ['actor', 'id'])).toMatchObject([
    {
      id: 's1-a-1',
      shard: 's1',
      rank: 1,
      chosen: 'librarian@m/1',
      why: 'draw',
      policyVersion: 'default',
      propensity: 0.9,
      shadow: 'researcher',
      random: 0.25,
      request: { needs: ['search'] },
      candidates: [
        {
          arm: 'librarian@m/1',
          agent: 'librarian',
          model: 'm/1',
          success: { mean: 0.7, low: 0.4, high: 0.9 },
          costUsd: { mean: 0.01, low: 0.005, high: 0.02 },
          sample: 0.8,
        },
        { arm: 'analyst', agent: 'analyst', excluded: 'does not do question tasks' },
      ],
      predicted: 0.7,
      raw: 0.68,
      reward: 0.5,
      ok: true,
      costUsd: 0.02,
      outcome: 1,
      settledAt: new Date(at + 7),
    },
    { id: 's1-a-2', rank: 2, chosen: 'researcher', predicted: 0.6, censored: 'no outcome came', censoredAt: new Date(at + 9) },
  ])
  expect(foldRows(all, 'agents', ['actor', 'agent'])).toMatchObject([{ agent: 'librarian', taskTypes: ['question'] }])
})

test('a claim and a release are audited with the worker and its epoch', () => {
  const record = { kind: 'claim', epoch: 4, worker: 'w4', checkpointAt: 0 } as const
  expect(changes(record)).toMatchObject([
    {
      table: 'audit',
      row: { ...place, index: -1, action: 'partition.claimed', actedBy: 'w4', subject: 'partition 3', detail: { epoch: 4 } },
    },
  ])
  expect(changes({ ...record, kind: 'release' })).toMatchObject([{ row: { action: 'partition.released' } }])
})

test("a person's approval and an actor's cancellation of another are audited", () => {
  const approved = entry({ actor: task('t1'), turn: 2, event: { type: 'approve', call: 'c1' } })
  const cancelled = entry({ actor: task('t1'), turn: 3, sends: [sent(task('t2'), { type: 'cancel' }, 'cancel')] })
  expect(rows('audit', approved, cancelled)).toMatchObject([
    { action: 'approve', subject: 'acme/task/t1', index: 0 },
    { action: 'cancel.sent', actedBy: 'acme/task/t1', subject: 'acme/task/t2', index: 1 },
  ])
})

test('a model call that a fork was given from the log costs it nothing: its original paid', () => {
  const called = { type: 'llm.called', taskId: 't', agent: 'a', model: 'm', offline: false, inputTokens: 10, outputTokens: 5 }
  const emits = [{ ...called, costUsd: 0.2, latencyMs: 1, finish: 'stop' }]
  expect(rows('llm_calls', entry({ actor: task('t1'), turn: 1, emits }))).toMatchObject([{ costUsd: 0.2, inputTokens: 10 }])
  expect(rows('llm_calls', entry({ actor: task('t1~fork-1'), turn: 1, emits, relived: true }))).toMatchObject([
    { costUsd: 0, inputTokens: 10 },
  ])
})

test('an event that only looks like a fact makes no row of its own, and stays among the emits of its turn', () => {
  const emits = [{ type: 'task.completed', taskId: 7 }, { type: 'llm.called' }, { type: 'task.submitted', taskId: '' }]
  const liar = entry({ actor: task('t1'), turn: 1, emits })
  expect(rows('tasks', liar)).toEqual([])
  expect(rows('llm_calls', liar)).toEqual([])
  expect(rows('turns', liar)).toMatchObject([{ emits }])
})

test('every fact that a table is made of has the shape that machines/task-events.ts gives it', () => {
  const usage = { inputTokens: 1, outputTokens: 1, costUsd: 0, llmCalls: 1, toolCalls: 1 }
  const execution = { taskId: 't', executionId: 'x', agent: 'a' }
  const decision = { decisionId: 'd', taskId: 't', taskType: 'table' } as const
  const facts = {
    'task.submitted': { type: 'task.submitted', taskId: 't', taskType: 'review', prompt: 'p', file: 'f' },
    'task.assigned': { type: 'task.assigned', ...execution, agentActor: task('t'), decisionId: 'd', why: 'w' },
    'execution.finished': { type: 'execution.finished', ...execution, ok: false, reason: 'r', usage, durationMs: 1 },
    'task.completed': { type: 'task.completed', ...execution, answer: '', citations: [], usage, durationMs: 1, model: 'm', offline: false },
    'task.planned': { type: 'task.planned', taskId: 't', executionId: 'x', steps: [{ id: 'a', taskType: 'table', after: [] }] },
    'task.escalated': { type: 'task.escalated', taskId: 't', why: 'w' },
    'task.approved': { type: 'task.approved', taskId: 't', why: 'w' },
    'task.failed': { type: 'task.failed', taskId: 't', reason: 'r', code: 'TR_AGENT_NONE', durationMs: 1 },
    'task.cancelled': { type: 'task.cancelled', taskId: 't', reason: 'r', durationMs: 1 },
    'agent.registered': { type: 'agent.registered', agent: 'a', version: '1', taskTypes: [], capabilities: [] },
    'agent.retired': { type: 'agent.retired', agent: 'a' },
    'decision.made': {
      type: 'decision.made',
      shard: 's0',
      taskId: 't',
      taskType: 'table',
      candidates: { arms: [], trials: [], success: [], samples: [], propensities: [] },
      chosen: [{ decisionId: 'd', arm: 'a', propensity: 1, predicted: 0.5 }],
      policyVersion: 'p',
      random: 0,
      at: 1,
      why: 'w',
    },
    'decision.settled': { type: 'decision.settled', ...decision, n: 1, arm: 'a', reward: 1, ok: true, predicted: 0.5, at: 1 },
    'decision.censored': { type: 'decision.censored', decisionId: 'd', taskId: 't', at: 1, why: 'w' },
    'decision.withdrawn': { type: 'decision.withdrawn', decisionId: 'd', taskId: 't', at: 1 },
    'llm.called': {
      type: 'llm.called',
      taskId: 't',
      agent: 'a',
      model: 'm',
      offline: true,
      inputTokens: 1,
      outputTokens: 1,
      costUsd: 0,
      latencyMs: 1,
      finish: 'stop',
    },
  } satisfies {
    readonly [T in Exclude<Fact['type'], 'agent.step' | 'tool.called' | 'approval.decided' | 'model.changed' | 'policies.set'>]: Extract<
      Fact,
      { type: T }
    >
  }
  const emitted = Object.values(facts).map((fact) => ({ ...fact }))
  expect(factsOf(emitted).map(({ fact }) => fact.type)).toEqual(Object.keys(facts))
})
