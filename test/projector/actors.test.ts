import { expect, test } from 'vitest'
import type { StoredHold } from '../../machines/debug.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { statePaths } from '../../services/history/state-paths.ts'
import { sumActors } from '../../services/projector/actor-sums.ts'
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
const columnsOfRow = 'actor, state, status, held, turn::int, event, seq::int'

const projected = (...records: Parameters<typeof projectedAs>[1][]) => projectedAs(columnsOfRow, ...records)

async function projectedAs(columns: string, ...records: readonly (readonly [seq: number, ...entries: readonly Entry[]])[]) {
  const orm = await postgres.open()
  const pool = await orm.em.getConnection().getNativeClient()
  const states = new StateValues()
  for (const [seq, ...entries] of records) {
    const source = { partition: 0, seq, storedAt: new Date(at), record: record(...entries) }
    const before = await states.before(pool, [source])
    const changes = rowsOf(source, (one) => before.after(one))
    await inTransaction(pool, async (client) => {
      await writeRows(client, tableWriters(orm), changes)
      await sumActors(client, changes)
      return true
    })
    states.keep(before)
  }
  return orm.em.fork().execute<Record<string, unknown>[]>(`select ${columns} from actors`)
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

test('the machine that an actor runs is known, and follows a change of version', async () => {
  const [known] = await projectedAs('machine', [1, born], [2, entry({ actor, turn: 2, event: { type: 'go' } })])
  expect(known).toEqual({ machine: 'h' })
  const patch: Entry['patch'] = [['set', ['definition', 'hash'], 'h2']]
  expect(await projectedAs('machine', [1, born], [2, entry({ actor, turn: 2, event: { type: 'go' }, patch })])).toEqual([{ machine: 'h2' }])
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

const called = { type: 'llm.called', taskId: 't', agent: 'a', model: 'm', offline: false, latencyMs: 1, finish: 'stop' }
const call = (turn: number, costUsd: number) =>
  entry({ actor, turn, event: { type: 'e' }, emits: [{ ...called, inputTokens: 10, outputTokens: 5, costUsd }] })
const failed = (turn: number) => entry({ actor, turn, event: { type: 'e' }, patch: [], dead: { code: 'TR_X', cause: 'c' } })

test('what calls cost and how often an actor failed is summed once, however often the log is projected', async () => {
  const log = [
    [1, born],
    [2, call(2, 0.25), failed(3)],
    [3, call(4, 0.5), entry({ actor, turn: 5, event: { type: '@restart' } })],
  ] as const
  const sums = 'cost_usd, tokens::int, llm_calls::int, failures::int, restarts::int, born_at, paths'
  const expected = [{ cost_usd: 0.75, tokens: 30, llm_calls: 2, failures: 1, restarts: 1, born_at: expect.anything(), paths: ['idle'] }]
  expect(await projectedAs(sums, ...log)).toEqual(expected)
  expect(await projectedAs(sums, ...log, [2, call(2, 0.25), failed(3)], ...log)).toEqual(expected)
})

test('a state is found by its path and by those of the states around it', () => {
  expect(statePaths({ working: { reading: 'first', writing: {} } })).toEqual([
    'working',
    'working.reading',
    'working.reading.first',
    'working.writing',
  ])
  expect(statePaths('idle')).toEqual(['idle'])
  expect([null, 3, undefined].map(statePaths)).toEqual([[], [], []])
  expect(statePaths({ ['x'.repeat(600)]: 'a', b: 'c' })).toEqual(['b', 'b.c'])
})
