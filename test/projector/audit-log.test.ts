import { expect, test } from 'vitest'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { logLines, verifyJob } from '../../services/projector/audit-log.ts'
import { at, entry, LogBook, task, taskEntries } from './log-book.ts'

const claim = (epoch: number): LogRecord => ({ kind: 'claim', epoch, worker: 'w', checkpointAt: 0 })
const turns = (...entries: readonly Entry[]): LogRecord => ({ ...claim(1), kind: 'turns', offset: { seq: 1, count: 0, at }, entries })
const verify = (...records: readonly LogRecord[]) => verifyJob(records.map((record) => ({ partition: 0, record })))

test('a job whose tasks all ended once is counted from the log alone', async () => {
  const failed = entry({ actor: task('t3'), turn: 2, emits: [{ type: 'task.failed', taskId: 't3', reason: 'r', durationMs: 1 }] })
  const counts = await verify(
    claim(1),
    turns(...taskEntries('t1')),
    turns(...taskEntries('t2'), ...taskEntries('t3').slice(0, 1), failed),
    claim(2),
  )
  expect(counts).toEqual({
    tasks: 3,
    completed: 2,
    failed: 1,
    cancelled: 0,
    lost: 0,
    endedTwice: 0,
    effectsTwice: 0,
    turns: 10,
    messages: 8,
    recoveries: 1,
    agentKinds: { researcher: 2 },
    taskTypes: { question: 3 },
  })
})

test('a task without an end is lost, and one with two ends is told', async () => {
  const [, , , end] = taskEntries('t2')
  const again = entry({ ...end, actor: task('t2'), turn: 5 })
  expect(await verify(turns(...taskEntries('t1').slice(0, 3), ...taskEntries('t2'), again))).toMatchObject({
    tasks: 2,
    completed: 1,
    lost: 1,
    endedTwice: 1,
  })
})

test('a result that two turns apply is an effect applied twice', async () => {
  const [, , result] = taskEntries('t1')
  expect(await verify(turns(...taskEntries('t1'), entry({ ...result, actor: task('t1'), turn: 5 })))).toMatchObject({ effectsTwice: 1 })
})

test('a dead letter is a message and no turn', async () => {
  const dead = entry({ actor: task('t1'), turn: 0, dead: { code: 'TR_MESSAGE_NOT_JSON', cause: 'c' } })
  expect(await verify(turns(dead))).toMatchObject({ messages: 1, turns: 0 })
})

test('a log is read whole, partition by partition', async () => {
  const book = new LogBook(3)
  await book.job(0, ['t1'])
  await book.job(2, ['t2', 't3'])
  expect(await verifyJob(logLines(book.ports.log, 3))).toMatchObject({ tasks: 3, completed: 3, turns: 12, recoveries: 0 })
})
