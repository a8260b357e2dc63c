import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { Entry, LogRecord, Sent } from '../../runtime/record.ts'
import { mailboxAt } from '../../services/inspector/moments/mailbox.ts'
import { Past } from '../../services/inspector/moments/past.ts'
import { rowsOf } from '../../services/projector/projections/index.ts'
import { StateValues } from '../../services/projector/state-values.ts'
import { inTransaction } from '../../services/projector/transaction.ts'
import { tableWriters, writeRows } from '../../services/projector/write-rows.ts'
import { entry, LogBook, snapshot, task } from '../projector/log-book.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()
const actor = task('1')
const other = actorId('acme', 'desk', 'one')

const turns = (storedAt: number, ...entries: readonly Entry[]): LogRecord => ({
  kind: 'turns',
  epoch: 1,
  worker: 'w1',
  checkpointAt: 0,
  offset: { seq: 1, count: 0, at: storedAt },
  entries,
})

const sends = (id: string): readonly Sent[] => [{ target: 0, seq: 1, message: { id, to: actor, kind: 'event', event: { type: 'hear' } } }]
const said = (turn: number, at: number): Entry => entry({ actor, turn, at, message: `m${turn}`, event: { type: 'say' } })
const heard = (turn: number, at: number): Entry => ({ ...said(turn, at), event: { type: 'hear' }, from: other })

/** The past of an actor whose log and history hold these records. */
async function pastOf(records: readonly LogRecord[]) {
  const book = new LogBook(1)
  const orm = await postgres.open()
  const pool = await orm.em.getConnection().getNativeClient()
  const states = new StateValues()
  for (const record of records) {
    const seq = await book.append(0, record)
    const source = { partition: 0, seq, storedAt: new Date(1), record }
    const before = await states.before(pool, [source])
    const changes = rowsOf(source, (one) => before.after(one))
    await inTransaction(pool, async (client) => {
      await writeRows(client, tableWriters(orm), changes)
      return true
    })
    states.keep(before)
  }
  const { log, states: stored } = book.ports
  const past = new Past({ database: orm, log, states: stored, partitions: 1, hosts: new Map(), turnNow: () => Promise.resolve(undefined) })
  const waitingAt = async (turn: number) => mailboxAt(orm, past.entries, await past.at(actor, turn))
  return { past, waitingAt }
}

test('what was sent or stored before a moment and taken after it waited then; what cannot be known is left out', async () => {
  const born = entry({ actor, turn: 1, at: 50, event: { type: '@init' }, snapshot: snapshot('idle') })
  const desk = (turn: number, at: number, id: string): Entry =>
    entry({ actor: other, turn, at, sends: sends(id), ...(turn === 1 && { snapshot: snapshot('idle') }) })
  const { waitingAt } = await pastOf([
    turns(40, born),
    turns(90, said(2, 100)),
    turns(40, desk(1, 99, 'm4'), desk(2, 120, 'm6')),
    turns(95, said(3, 110)), // stored before the moment
    turns(95, heard(4, 111)), // sent before it
    turns(150, said(5, 160)), // stored after it
    turns(150, heard(6, 161)), // sent after it
    turns(95, heard(7, 162)), // sent by an actor of which the history does not say when
    turns(95, entry({ actor, turn: 8, at: 163, message: 'm8', event: { type: '@timer', id: 'x' } })),
  ])
  expect(await waitingAt(2)).toEqual([
    { id: 'm3', type: 'say', turn: 3, at: 110, known: 'stored' },
    { id: 'm4', type: 'hear', from: other, turn: 4, at: 111, known: 'sent' },
  ])
  expect(await waitingAt(6)).toEqual([])
})

test('a restart in the middle begins a life again, and what the log lost before it does not matter', async () => {
  const { past } = await pastOf([
    turns(1, entry({ actor, turn: 1, at: 1, snapshot: snapshot('one') })),
    turns(1, entry({ actor, turn: 2, at: 2, patch: [['set', ['value'], 'two']] })),
    turns(1, entry({ actor, turn: 3, at: 3, snapshot: snapshot('again') })),
    turns(1, entry({ actor, turn: 4, at: 4, patch: [['set', ['value'], 'four']] })),
  ])
  const values = []
  for (const turn of [4, 1, 3, 2]) values.push((await past.at(actor, turn)).moment.stored.value)
  expect(values).toEqual(['four', 'one', 'again', 'two'])
  expect((await past.at(actor, 3)).before?.value).toBe('two')
  await expect(past.at(actor, 5)).rejects.toMatchObject({ code: 'TR_MOMENT_MISSING' })
  await expect(past.at(task('unknown'), 1)).rejects.toMatchObject({ code: 'TR_MOMENT_MISSING' })
})
