import { expect, test } from 'vitest'
import type { StoredHold } from '../../machines/debug.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { tableWriters, writeRows } from '../../services/projector/write-rows.ts'
import { rowsOf } from '../../services/projector/projections/index.ts'
import { inTransaction } from '../../services/projector/transaction.ts'
import { StateValues } from '../../services/projector/state-values.ts'
import { postgresForTests } from '../support/history-database.ts'
import { at, entry, snapshot, task } from './log-book.ts'

const postgres = postgresForTests()
const actor = task('1')

const record = (...entries: readonly Entry[]): LogRecord => ({
  kind: 'turns',
  epoch: 1,
  worker: 'w1',
  checkpointAt: 0,
  offset: { seq: 1, count: 0, at },
  entries,
})

const hold: StoredHold = { by: 'ann', since: at, until: at + 1, held: true, steps: 0, breakpoints: [] }

/** Writes each list of entries as a record of its own, in this order, at the given places. */
async function projected(...records: readonly (readonly [seq: number, ...entries: readonly Entry[]])[]) {
  const orm = await postgres.open()
  const pool = await orm.em.getConnection().getNativeClient()
  const states = new StateValues()
  for (const [seq, ...entries] of records) {
    const source = { partition: 0, seq, storedAt: new Date(at), record: record(...entries) }
    const before = await states.before(pool, [source])
    const changes = rowsOf(source, (one) => before.after(one))
    await inTransaction(pool, async (client) => {
      await writeRows(client, tableWriters(orm), changes)
      return true
    })
    states.keep(before)
  }
  return orm.em.fork().execute<Record<string, unknown>[]>('select actor, state, status, held, turn::int, event, seq::int from actors')
}

const born = entry({ actor, turn: 1, event: { type: '@init' }, snapshot: snapshot('idle') })

test('an actor is as its last turn left it: what a turn does not change stays', async () => {
  const rows = await projected(
    [1, born],
    [2, entry({ actor, turn: 2, event: { type: 'go' }, patch: [['set', ['value'], 'working']] })],
    [3, entry({ actor, turn: 3, event: { type: 'noise' } })],
  )
  expect(rows).toEqual([{ actor, state: 'working', status: 'active', held: false, turn: 3, event: 'noise', seq: 3 }])
})

test('ends and holds are told by the smallest patch that says them', async () => {
  const stands = [
    2,
    entry({ actor, turn: 2, event: { type: '@hold' }, patch: [['set', ['keeping', 'hold'], { ...hold, breakpoints: [] }]] }),
  ] as const
  expect(await projected([1, born], stands)).toMatchObject([{ held: true, status: 'active' }])
  const free = (patch: Entry['patch']) => [3, entry({ actor, turn: 3, event: { type: '@release' }, ...(patch && { patch }) })] as const
  expect(await projected([1, born], stands, free([['delete', ['keeping', 'hold']]]))).toMatchObject([{ held: false }])
  expect(await projected([1, born], stands, free([['set', ['keeping', 'hold', 'held'], false]]))).toMatchObject([{ held: false }])
  expect(await projected([1, born], stands, free([['set', ['keeping', 'hold', 'steps'], 1]]))).toMatchObject([{ held: true }])
  expect(
    await projected(
      [1, born],
      [
        2,
        entry({
          actor,
          turn: 2,
          patch: [
            ['set', ['status'], 'done'],
            ['set', ['value'], 'over'],
          ],
        }),
      ],
    ),
  ).toMatchObject([{ status: 'done', state: 'over' }])
})

test('what the log says again, and what is older, leaves the row as it is; a dead letter is no turn', async () => {
  const later = [5, entry({ actor, turn: 2, event: { type: 'go' }, patch: [['set', ['value'], 'working']] })] as const
  const letter = [6, entry({ actor, turn: 2, event: { type: 'bad' }, dead: { code: 'TR_X', cause: 'x' } })] as const
  expect(await projected([1, born], later, [1, born], later, letter)).toMatchObject([{ turn: 2, event: 'go', state: 'working', seq: 5 }])
})
