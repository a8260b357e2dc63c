// The main job for real: tasks done by agents with the built-in offline model. Then every turn of an agent is looked at again, and a fork lives on from the middle of it.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { TaskOutput } from '../../machines/task-record.ts'
import { startOfflineModel, type OfflineModel } from '../../services/llm/offline/server.ts'
import { settingsOf } from '../../services/settings.ts'
import { composeActors } from '../../services/worker/compose.ts'
import { smallFolder } from '../scenarios/main-job-folder.ts'
import { stackForTests } from './actors-stack.ts'

let model: OfflineModel
let folder: string

const stack = stackForTests({
  async definitions(ending) {
    const root = smallFolder()
    ending.defer(() => rmSync(root, { recursive: true, force: true }))
    folder = path.join(root, 'folder')
    model = await startOfflineModel()
    ending.defer(() => model.close())
    const settings = settingsOf({ TROUPE_OFFLINE_MODEL_URL: model.url, TROUPE_DATA: path.join(root, 'data'), TROUPE_ROOTS: folder })
    const composed = await composeActors(settings)
    ending.defer(() => composed.close())
    return composed.definitions
  },
})

const actorPath = (actor: string): string => `/actors/${encodeURIComponent(actor)}`

interface Row {
  readonly turn: number
  readonly event: string
  readonly state: unknown
}

/** Does the task, and gives the agent that did it, with its turns in order. */
async function worked(id: string, task: object): Promise<{ agent: string; rows: readonly Row[] }> {
  const { client, get, parts } = stack()
  await client.ask(`main/memory/docs`, { type: 'memory.ingest', root: folder }, { deadlineMs: 20_000 })
  const submit = { type: 'task.submit', root: folder, collection: 'docs', ...task }
  const output = await client.ask<TaskOutput>(`main/task/${id}`, submit, { deadlineMs: 30_000 })
  expect(output).toMatchObject({ ok: true })
  const agents = async () =>
    (await get(`/actors?type=agent-*&q=${id}`)).body.rows.filter(({ status }: { status: string }) => status !== 'active')
  await vi.waitUntil(async () => (await agents()).length > 0, { timeout: 10_000, interval: 50 })
  const [{ actor, turn }] = await agents()
  const { turn: last } = await client.query(actor)
  expect(turn).toBe(last)
  const rows = await parts.orm.em.fork().execute<Row[]>('select turn::int, event, state from turns where actor = ? order by turn', [actor])
  return { agent: actor, rows }
}

const asked = { taskType: 'table', prompt: 'Which lake is the deepest?', file: 'depths.csv' }

test('every moment of a finished agent is what the history says it was, with why', { timeout: 60_000 }, async () => {
  const { get } = stack()
  const { agent, rows } = await worked('walked', asked)
  expect(rows.length).toBeGreaterThan(5)
  const chart = (await get(`/machines/${agent.split('/')[1]}/chart`)).body
  const edges = new Set(
    JSON.stringify(chart)
      .match(/"id":"[^"]*\|[^"]*"/g)
      ?.map((text) => text.slice(6, -1)),
  )
  for (const { turn, event, state } of rows) {
    const { status, body } = await get(`${actorPath(agent)}/moments/${turn}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ actor: agent, turn, value: state, first: 1, last: rows.length })
    expect(body.event.type).toBe(event)
    expect(body.machine.hash).toBe(chart.hash)
    if (!event.startsWith('@') || event === '@init') expect(body.trace, `turn ${turn}, ${event}`).toBeDefined()
    for (const edge of body.trace?.edges ?? []) expect(edges).toContain(edge)
  }
  const last = (await get(`${actorPath(agent)}/moments/${rows.length}`)).body
  const now = (await get(actorPath(agent))).body
  expect({ value: last.value, status: last.status, context: last.context }).toEqual({
    value: now.value,
    status: now.status,
    context: now.context,
  })
  const calls = (await get(`${actorPath(agent)}/calls`)).body
  expect(calls.llm.length).toBeGreaterThan(0)
  expect(calls.effects.every(({ ok }: { ok: boolean }) => ok)).toBe(true)
  const [call] = calls.llm
  const told = (await get(`${actorPath(agent)}/calls/${encodeURIComponent(call.effect)}`)).body
  expect(told).toMatchObject({ src: 'think', endedTurn: call.turn, input: { messages: expect.any(Array) }, output: expect.any(Object) })
  const family = (await get(`${actorPath(agent)}/family`)).body
  expect(family.members.map(({ type }: { type: string }) => type)).toEqual(['task', agent.split('/')[1]])
  expect(family.members[1]).toMatchObject({ actor: agent, parent: 'main/task/walked', depth: 1, self: true })
  const [row] = (await get(`/actors?q=walked&type=agent-*&sort=cost`)).body.rows
  expect(row).toMatchObject({ actor: agent, tokens: expect.any(Number) })
})

test('a fork from any turn of a finished agent relives it to the same end without one model call', { timeout: 60_000 }, async () => {
  const { client, get, post } = stack()
  const { agent, rows } = await worked('forked', asked)
  const end = (await get(actorPath(agent))).body
  const turns = rows.map(({ turn }) => turn).filter((turn) => turn < rows.length)
  const before = model.journal().requests
  for (const turn of [1, turns[Math.floor(turns.length / 2)] ?? 1, rows.length - 1]) {
    const { status, body } = await post(`${actorPath(agent)}/fork`, { turn })
    expect(status).toBe(200)
    await vi.waitUntil(async () => (await client.query(body.fork)).status !== 'active', { timeout: 10_000, interval: 50 }).catch(() => {})
    const fork = (await get(actorPath(body.fork))).body
    expect(fork.hold, `forked at turn ${turn}`).toBeUndefined()
    expect({ turn, value: fork.value, status: fork.status }).toEqual({ turn, value: end.value, status: end.status })
    expect(fork.output?.answer ?? fork.context.answer).toEqual(end.output?.answer ?? end.context.answer)
  }
  expect(model.journal().requests).toBe(before)
  expect(model.journal().active).toBe(0)
})
