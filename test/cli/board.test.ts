import { expect, test } from 'vitest'
import { activeRows, isRunning } from '../../services/cli/job/board.ts'
import { linesOf } from '../../services/cli/job/lines.ts'
import { screenOf } from '../../services/cli/job/screen.ts'
import { plainPaint, widthOf } from '../../services/cli/job/text.ts'
import { boardAfter, jobTask, result, seen, taskOutput } from './job-events.ts'

const tasks = [jobTask(1), jobTask(2, { taskType: 'review', file: 'src/a.ts' }), jobTask(3)]
const begun = [
  { kind: 'planned', tasks },
  { kind: 'submitted', taskId: 'run-01', at: 1_000 },
  { kind: 'submitted', taskId: 'run-02', at: 1_000 },
] as const
const decision = {
  type: 'decision.made',
  taskId: 'run-01',
  chosen: [{ decisionId: 's0-1', arm: 'researcher', propensity: 1, predicted: 0.9 }],
  why: 'best so far of 2 eligible agents; expected reward 90 % (80 % to 99 %)',
}
/** A task with agents in its first slots. */
const working = (first: string, second = 'idle') => ({ working: { choosing: 'resting', first, second, third: 'idle' } })
const running = seen('task', 'run-01', working('researcher'))
const thinking = seen('agent-researcher', 'task:run-01/researcher.0', { working: 'thinking' })
const plain = { paint: plainPaint, columns: undefined }

test('a task lights up with its own states and those of its agent', () => {
  const choosing = boardAfter(
    ...begun,
    seen('task', 'run-01', { working: { choosing: 'asking', first: 'idle' } }),
    seen('coordinator', 'main', 'ready', [decision]),
  )
  expect(choosing.rows.get('run-01')).toMatchObject({ states: ['choosing'], agent: 'researcher', why: decision.why })
  const board = boardAfter(...begun, running, thinking)
  expect(board.rows.get('run-01')?.states).toEqual(['choosing', 'running:researcher', 'thinking'])
})

test('a word of the agent to its task does not hide what the agent does', () => {
  expect(boardAfter(...begun, running, thinking, running).rows.get('run-01')?.states).toEqual([
    'choosing',
    'running:researcher',
    'thinking',
  ])
})

test('another agent for the same task takes the place of the first one', () => {
  const board = boardAfter(...begun, running, thinking, seen('task', 'run-01', { working: { choosing: 'asking', first: 'idle' } }))
  expect(board.rows.get('run-01')?.states).toEqual(['choosing'])
})

test('tokens and cost add up while a task runs, and are its own count when it has ended', () => {
  const called = { type: 'llm.called', taskId: 'run-01', inputTokens: 10, outputTokens: 5, costUsd: 0.1 }
  const board = boardAfter(...begun, seen('agent-researcher', 'task:run-01/researcher.0', { working: 'reading' }, [called, called]))
  expect(board.rows.get('run-01')).toMatchObject({ tokens: 30, costUsd: 0.2 })
  const ended = boardAfter(...begun, { kind: 'ended', result: result(tasks[0] ?? jobTask(1)), at: 3_000 })
  expect(ended.rows.get('run-01')).toMatchObject({ phase: 'ended', tokens: 120, costUsd: 0.5 })
  expect(ended.ended).toBe(1)
})

test('what is seen of a task after its end changes nothing', () => {
  const board = boardAfter(...begun, { kind: 'ended', result: result(jobTask(1)), at: 3_000 }, running)
  expect(activeRows(board).map(({ task }) => task.id)).toEqual(['run-02'])
  expect(board.rows.get('run-01')?.states).toEqual([])
})

test('a task shows all agents of its team, and when it waits for a person', () => {
  const team = boardAfter(...begun, seen('task', 'run-01', working('researcher', 'librarian')))
  expect(team.rows.get('run-01')?.states).toEqual(['choosing', 'running:researcher+librarian'])
  const asked = boardAfter(...begun, seen('task', 'run-01', { working: { choosing: 'awaitingPerson', first: 'idle' } }))
  expect(asked.rows.get('run-01')?.states).toEqual(['choosing', 'waiting'])
  expect([...asked.rows.values()].map(isRunning)).toEqual([false, false, false])
})

test('only a task with an agent at work counts as running', () => {
  const board = boardAfter(
    ...begun,
    seen('task', 'run-01', { working: { choosing: 'asking', first: 'idle' } }),
    seen('task', 'run-02', working('reviewer')),
  )
  expect([...board.rows.values()].map(isRunning)).toEqual([false, true, false])
})

test('no line of the board is wider than the terminal, and none more than its rows', () => {
  const wide = boardAfter(
    {
      kind: 'planned',
      tasks: Array.from({ length: 30 }, (_, index) => jobTask(index + 1, { id: `t${index}`, prompt: '漢字 and 🎭 '.repeat(20) })),
    },
    ...Array.from({ length: 30 }, (_, index) => ({ kind: 'submitted', taskId: `t${index}`, at: 0 }) as const),
    seen('task', 't1', working('researcher')),
    seen('agent-researcher', 'task:t1/researcher.0', { working: 'awaitingApproval' }),
  )
  for (const columns of [50, 69, 70, 100, 130, 200]) {
    const lines = screenOf(wide, { columns, rows: 24 }, 60_000, plainPaint)
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
  }
})

test('without a board the choice of an agent and its reason are a line; with one they are not', () => {
  const board = boardAfter(...begun)
  const event = seen('coordinator', 'main', 'ready', [decision])
  expect(linesOf(board, event, plain)).toEqual([expect.stringContaining('01 question “Why is it so?”: researcher chosen (best so far')])
  expect(linesOf(board, event, { paint: plainPaint, columns: 100 })).toEqual([])
})

test('an answer says its agent, its citations and that the model is the offline one', () => {
  const [line] = linesOf(boardAfter(...begun), { kind: 'ended', result: result(jobTask(1)), at: 3_000 }, plain)
  expect(line).toBe('[  3.0 s] ✓ 01 question “Why is it so?”: researcher, 1.5 s, 1 citation, offline model: Because [a.md:1-2].')
})

test('what a model wrote cannot steer the terminal', () => {
  const output = taskOutput({ answer: 'red \u001b[31m alert \u0007\n\u009b2J', offline: false, model: 'real-1' })
  const [line = ''] = linesOf(boardAfter(...begun), { kind: 'ended', result: result(jobTask(1), { output }), at: 0 }, plain)
  expect(/\p{Cc}/u.test(line)).toBe(false)
  expect(line).toContain('real-1: red')
})

test('a failure says its reason', () => {
  const failed = result(jobTask(2), { end: 'failed', output: undefined, reason: 'the model failed' })
  expect(linesOf(boardAfter(...begun), { kind: 'ended', result: failed, at: 0 }, plain)[0]).toContain(
    '✗ failed 02 question “Why is it so?”: no agent, 1.5 s: the model failed',
  )
})
