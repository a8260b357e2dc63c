import { expect, test } from 'vitest'
import { reportLines, summaryOf, type JobReport } from '../../services/cli/job/report.ts'
import { plainPaint } from '../../services/cli/job/text.ts'
import { jobTask, result, taskOutput } from './job-events.ts'

const report = (fields: Partial<JobReport> = {}): JobReport => ({
  results: [
    result(jobTask(1)),
    result(jobTask(2, { taskType: 'review', file: 'src/a.ts' }), { output: taskOutput({ agent: 'reviewer' }) }),
  ],
  killed: { worker: 'w2', pid: 42, ended: 1, recoveredMs: 2_000 },
  log: {
    tasks: 2,
    completed: 2,
    failed: 0,
    cancelled: 0,
    lost: 0,
    endedTwice: 0,
    effectsTwice: 0,
    turns: 40,
    messages: 30,
    recoveries: 8,
    agentKinds: { reviewer: 1, researcher: 1 },
    taskTypes: { review: 1, question: 1 },
    records: 33,
  },
  rows: { counts: { tasks: 2, turns: 40 }, caughtUp: true, waitedMs: 10 },
  learning: [{ taskType: 'question', arm: 'researcher', outcomes: 2, reward: 0.75 }],
  workers: 2,
  firstAnswerMs: 2_345,
  wholeMs: 6_000,
  jobMs: 2_000,
  ...fields,
})

test('the summary is counted from the log', () => {
  expect(summaryOf(report())).toEqual({
    tasks: 2,
    completed: 2,
    failed: 0,
    lost: 0,
    effectsTwice: 0,
    agentKinds: ['researcher', 'reviewer'],
    taskTypes: ['question', 'review'],
    workers: 2,
    workersKilled: 1,
    turns: 40,
    turnsPerSecond: 20,
    firstAnswerSeconds: 2.35,
    seconds: 6,
    model: 'offline model offline-extractive',
  })
})

test('a task that the log does not know the end of is lost, also when it never got there', () => {
  const { log } = report()
  expect(summaryOf(report({ log: { ...log, completed: 1, tasks: 1 } })).lost).toBe(1)
  expect(summaryOf(report({ log: { ...log, completed: 1, lost: 1 } })).lost).toBe(1)
})

test('the closing line says what the kill did', () => {
  const [last, none] = [report(), report({ killed: undefined })].map((given) => reportLines(given, plainPaint).at(-1))
  expect(last).toBe(
    'worker w2 (pid 42) was killed with SIGKILL at task 1 of 2: tasks lost 0, effects applied twice 0 — counted from the log (33 records, 40 turns)',
  )
  expect(none).toBe('No worker was killed: tasks lost 0, effects applied twice 0 — counted from the log (33 records, 40 turns)')
})

test('the report shows every task, what was learned, and two answers of different types that say offline model', () => {
  const text = reportLines(report(), plainPaint).join('\n')
  expect(text).toMatch(/run-01 +question +researcher +completed +120 +\$0.5000 +1.50 +1/)
  expect(text).toMatch(/question +researcher +2 +0.750/)
  expect(text.match(/offline model offline-extractive/g)).toHaveLength(2)
  expect(text).toContain('Sources: a.md:1-2')
  expect(text).toContain('Rows in Postgres (the projector has caught up with the log): tasks 2, turns 40')
})

test('a job without any answer still has a report', () => {
  const failed = result(jobTask(1), { end: 'failed', output: undefined, reason: 'no key' })
  const given = report({ results: [failed], firstAnswerMs: undefined, rows: undefined, learning: [] })
  expect(summaryOf(given)).toMatchObject({ firstAnswerSeconds: null, model: 'none' })
  expect(reportLines(given, plainPaint).join('\n')).toContain('no task was answered')
})
