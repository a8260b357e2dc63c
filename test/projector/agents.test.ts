import { expect, test } from 'vitest'
import { actorId, type ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { RegistryFact } from '../../machines/registry.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { readAgent } from '../../services/history/read-agents.ts'
import { factsOf } from '../../services/projector/facts.ts'
import { rowsOf } from '../../services/projector/projections/index.ts'
import { tableWriters, writeRows } from '../../services/projector/write-rows.ts'
import { postgresForTests } from '../support/history-database.ts'
import { at, entry } from './log-book.ts'

const postgres = postgresForTests()
const bucket = actorId('acme', 'registry', '7')
const coordinator = actorId('acme', 'coordinator', 'main')

const defined = {
  type: 'agent.defined',
  agent: 'poet',
  status: 'active',
  revision: 1,
  version: 'r1',
  kind: 'researcher',
  taskTypes: ['question'],
  capabilities: ['read'],
  models: ['small'],
  skills: ['verse@1'],
  description: 'writes verse',
  owner: 'ops',
  costClass: 'low',
} as const satisfies RegistryFact

/** The history after these entries, one record each. */
async function projected(...told: readonly (readonly [ActorId, ActorEvent])[]) {
  const orm = await postgres.open()
  const pool = await orm.em.getConnection().getNativeClient()
  const client = await pool.connect()
  for (const [n, [actor, fact]] of told.entries()) {
    const entries: readonly Entry[] = [entry({ actor, turn: n + 1, emits: [{ ...fact }], at: at + n })]
    const record: LogRecord = { kind: 'turns', epoch: 1, worker: 'w1', checkpointAt: 0, offset: { seq: 1, count: 0, at }, entries }
    const source = { partition: 3, seq: n + 1, storedAt: new Date(at), record }
    await writeRows(
      client,
      tableWriters(orm),
      rowsOf(source, () => undefined),
    )
  }
  client.release()
  return (agent: string) => readAgent(orm, agent, 'acme')
}

test('an agent of the registry is one row: as it was defined last, with its status, and whether it is chosen from', async () => {
  const history: [ActorId, ActorEvent & RegistryFact][] = [
    [bucket, defined],
    [bucket, { type: 'agent.selectable', agent: 'poet', selectable: true, why: '' }],
    [bucket, { ...defined, revision: 2, version: 'r2', owner: '', skills: [] }],
    [bucket, { type: 'agent.selectable', agent: 'poet', selectable: false, why: 'TR_AGENTS_FULL: no room' }],
  ]
  expect(await (await projected(...history.slice(0, 2)))('poet')).toMatchObject({
    source: 'registry',
    status: 'active',
    owner: 'ops',
    skills: ['verse@1'],
    models: ['small'],
    selectable: true,
    updatedAt: new Date(at + 1),
  })
  const full = { revision: 2, version: 'r2', owner: '', skills: [], selectable: false, why: 'TR_AGENTS_FULL: no room' }
  expect(await (await projected(...history))('poet')).toMatchObject(full)
  const disabled = await projected(...history, [bucket, { type: 'agent.changed', agent: 'poet', status: 'disabled', revision: 3 }])
  expect(await disabled('poet')).toMatchObject({ status: 'disabled', revision: 3, selectable: false, why: '', kind: 'researcher' })
})

test('a kind of the roster is as the root of the coordinators tells it; what their shards repeat makes no second row', async () => {
  const card = { type: 'agent.registered', agent: 'researcher', version: '1', taskTypes: ['question'], capabilities: ['read'] }
  const find = await projected([coordinator, card], [actorId('acme', 'coordinator', 's1'), { ...card, version: 'other' }])
  expect(await find('researcher')).toMatchObject({ source: 'roster', status: 'active', version: '1', kind: 'researcher', selectable: true })
  const retired = await projected([coordinator, card], [coordinator, { type: 'agent.retired', agent: 'researcher' }])
  expect(await retired('researcher')).toMatchObject({ status: 'retired', selectable: false })
  const oneModel = await projected([coordinator, card], [coordinator, { type: 'agent.retired', agent: 'researcher', model: 'm' }])
  expect(await oneModel('researcher')).toMatchObject({ status: 'active' })
})

test('every fact of the registry has the shape that machines/registry.ts gives it', () => {
  const facts = {
    'agent.defined': defined,
    'agent.changed': { type: 'agent.changed', agent: 'poet', status: 'retired', revision: 2 },
    'agent.selectable': { type: 'agent.selectable', agent: 'poet', selectable: false, why: 'no room' },
  } satisfies { readonly [T in RegistryFact['type']]: Extract<RegistryFact, { type: T }> }
  expect(factsOf(Object.values(facts)).map(({ fact }) => fact.type)).toEqual(Object.keys(facts))
})
