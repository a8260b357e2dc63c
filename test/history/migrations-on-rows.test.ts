// Migrations on a database that has rows: what they make of what was there is what the projector would have written.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { statePaths } from '../../services/history/state-paths.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

const origin = { partition: 0, seq: 1, index: 0 }
const at = '2026-11-20T00:00:00.000Z'
const states: Readonly<Record<string, unknown>> = {
  plain: 'idle',
  nested: { working: { thinking: 'asking' } },
  parallel: { one: 'a', other: { b: 'c', d: {} } },
  dotted: { 'a.b': 'c.d' },
  numbered: 3,
  empty: {},
  long: { short: { [randomBytes(2_000).toString('hex')]: { inside: 'w' } } },
}

test('actors of before are found by their states, and have what their turns and calls come to', async () => {
  const orm = await postgres.open()
  await orm.migrator.down({ to: '20261123_serve_gateway' })
  const insert = (table: string, rows: readonly object[]) =>
    orm.em.fork().execute(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, ?::jsonb)`, [JSON.stringify(rows)])
  const keys = [...Object.keys(states), 'stateless']
  await insert(
    'actors',
    keys.map((key) => ({
      actor: `main/box/${key}`,
      tenant: 'main',
      actor_type: 'box',
      state: states[key] ?? null,
      turn: 2,
      event: 'e',
      at,
      ...origin,
    })),
  )
  const turn = (n: number, more: object) => ({
    actor: 'main/box/plain',
    turn: n,
    tenant: 'main',
    actor_type: 'box',
    at,
    message: `m${n}`,
    event: 'e',
    payload: {},
    correlation: 't',
    worker: 'w',
    ...origin,
    seq: n,
    ...more,
  })
  await insert('turns', [turn(1, {}), turn(2, { failure: 'TR_X' }), turn(3, { event: '@restart' })])
  await orm.migrator.up()
  const rows = await orm.em.fork().execute<{ actor: string; paths: string[] | null }[]>('select * from actors')
  expect(Object.fromEntries(rows.map(({ actor, paths }) => [actor.split('/')[2], paths ?? []]))).toEqual(
    Object.fromEntries(keys.map((key) => [key, [...statePaths(states[key])].toSorted()])),
  )
  expect(rows.find(({ actor }) => actor.endsWith('/plain'))).toMatchObject({
    failures: '1',
    restarts: '1',
    born_at: expect.stringMatching(/^2026-11-20 00:00:00/),
  })
})
