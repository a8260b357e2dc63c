// An export as the page asks it: recorded answers, lists made of them, and a plain word about what it does not hold.
import { expect, test } from 'vitest'
import { answersOf } from '../../services/inspector/web/offline/answers.ts'

const rows = [3, 2, 1].map((turn) => ({ turn, at: turn * 10, event: `e${turn}` }))
const actor = (name: string, type: string, status: string) => ({
  path: `/actors/${encodeURIComponent(name)}`,
  status: 200,
  body: { actor: name, value: 'idle', status, turn: 3, type },
})
const ask = answersOf({
  answers: [
    actor('main/task/42', 'task', 'done'),
    actor('main/agent-writer/a/b', 'agent-writer', 'active'),
    { path: '/actors/main%2Ftask%2F42/history', status: 200, body: { rows, first: 1, last: 3 } },
    {
      path: '/actors/main%2Ftask%2F42/moments/1',
      status: 410,
      body: { code: 'TR_MOMENT_MISSING', title: 'No longer there', detail: 'gone' },
    },
    { path: '/tasks/42', status: 200, body: { id: '42', status: 'completed', prompt: 'What is a turn?' } },
    { path: '/tasks/42/run', status: 200, body: { spans: [] } },
    { path: '/decisions?task=42', status: 200, body: { rows: [{ id: 'd1', taskId: '42', arm: 'writer@small' }] } },
    { path: '/machines/task/chart?hash=h', status: 200, body: { id: 'task' } },
  ],
})
const found = (path: string, field: string): readonly unknown[] => {
  const answer = ask(path)
  expect(answer.ok, path).toBe(true)
  return answer.ok ? (answer.value as { readonly rows: readonly Record<string, unknown>[] }).rows.map((row) => row[field]) : []
}

test('what was recorded is answered, however much of it is asked for and in which tenant', () => {
  for (const path of ['/tasks/42', '/tasks/42?tenant=main', '/machines/task/chart?hash=h', '/tasks/42/run'])
    expect(ask(path).ok, path).toBe(true)
  expect(found('/actors/main%2Ftask%2F42/history?limit=200', 'turn')).toEqual([3, 2, 1])
  expect(found('/actors/main%2Ftask%2F42/history?before=3&limit=200', 'turn')).toEqual([2, 1])
  expect(found('/decisions?task=42&limit=25', 'id')).toEqual(['d1'])
})

test('lists have what the export has, filtered as they are at the gateway', () => {
  expect(found('/actors?limit=100&sort=actor', 'actor')).toEqual(['main/task/42', 'main/agent-writer/a/b'])
  expect(found('/actors?type=agent-*', 'key')).toEqual(['a/b'])
  expect(found('/actors?status=done', 'event')).toEqual(['e3'])
  expect(found('/actors?q=WRITER', 'type')).toEqual(['agent-writer'])
  expect(found('/actors?held=true', 'type')).toEqual([])
  expect(found('/machines', 'type')).toEqual(['task', 'agent-writer'])
  expect(ask('/actor-groups?q=task')).toMatchObject({
    value: { groups: [{ type: 'task', status: 'done', held: false, count: 1 }], isWhole: true },
  })
  expect(found('/tasks?q=turn', 'id')).toEqual(['42'])
  expect(found('/tasks?status=failed', 'id')).toEqual([])
  expect(found('/decisions?agent=writer', 'id')).toEqual(['d1'])
})

test.each(['/fleet', '/tasks/43', '/machines/task/chart', '/actors?state=idle', '/decisions/d1', '/__proto__', '/constructor?x=1'])(
  '%s is not in the export, and that is said',
  (path) => {
    expect(ask(path)).toMatchObject({
      ok: false,
      problem: { status: 410, code: 'TR_NOT_IN_EXPORT', detail: expect.stringContaining(`not in this export: ${path.split('?')[0]}`) },
    })
  },
)

test('a problem that was recorded is told as the gateway told it, and a broken one as missing', () => {
  expect(ask('/actors/main%2Ftask%2F42/moments/1')).toMatchObject({
    ok: false,
    problem: { status: 410, code: 'TR_MOMENT_MISSING', detail: 'gone' },
  })
  const broken = answersOf({ answers: [{ path: '/x', status: 500, body: '<b>no</b>' }] })
  expect(broken('/x')).toMatchObject({ ok: false, problem: { code: 'TR_NOT_IN_EXPORT' } })
})
