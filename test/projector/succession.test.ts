import { expect, test } from 'vitest'
import type { LogRecord } from '../../runtime/record.ts'
import { assertHeld, beginning, follow } from '../../services/projector/succession.ts'
import { at } from './log-book.ts'

const place = { seq: 10, epoch: 2, storedAt: at }
const stamp = (seq: number, storedAt = at) => ({ seq, at: storedAt, bytes: new Uint8Array() })
const claim = (epoch: number, checkpointAt = 0): LogRecord => ({ kind: 'claim', epoch, worker: 'w', checkpointAt })
const turns = (epoch: number, checkpointAt = 0): LogRecord => ({
  ...claim(epoch, checkpointAt),
  kind: 'turns',
  offset: { seq: 1, count: 0, at },
  entries: [],
})

test('turns follow the claim of their epoch, and the next claim follows them', () => {
  const claimed = follow(0, beginning, stamp(4), claim(1))
  const turned = follow(0, claimed, stamp(6), turns(1, 4))
  expect(follow(0, turned, stamp(9), claim(2, 6))).toEqual({ seq: 9, epoch: 2, storedAt: at })
})

test.for([
  ['turns of an earlier epoch', turns(1)],
  ['a claim of an epoch that was claimed', claim(2)],
  ['turns of an epoch whose claim was not seen', turns(3)],
] as const)('%s are said, with the place', ([, record]) => {
  expect(() => follow(7, place, stamp(11), record)).toThrow(
    expect.objectContaining({
      code: 'TR_EPOCH_OUT_OF_ORDER',
      message: expect.stringMatching('partition 7 .*record 10 of epoch 2.*record 11'),
    }),
  )
})

test('a record that names a checkpoint that was not seen proves a gap', () => {
  expect(() => follow(7, place, stamp(20), turns(2, 15))).toThrow(expect.objectContaining({ code: 'TR_LOG_GAP' }))
})

test('the log of a partition may be empty as long as nothing was projected', () => {
  expect(() => assertHeld(0, beginning, undefined)).not.toThrow()
  expect(() => assertHeld(0, place, stamp(10))).not.toThrow()
})

test.for([
  ['is empty', undefined, 'the log has none'],
  ['ends before what was projected', stamp(8), 'the log ends at 8'],
  ['was cut off behind it', stamp(12), 'the log begins at 12'],
  ['has another record in its place', stamp(10, at + 1), 'it is another one'],
] as const)('a log that %s is a gap', ([, found, said]) => {
  expect(() => assertHeld(7, place, found)).toThrow(expect.objectContaining({ code: 'TR_LOG_GAP', message: expect.stringContaining(said) }))
})
