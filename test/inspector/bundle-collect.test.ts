// What is put into an export: everything the API answers about a run, and no more than there is room for.
import { expect, test } from 'vitest'
import { collect, type Answered, type Source, type Wish } from '../../services/inspector/bundle/collect.ts'

const paths = [
  '/tasks/:id',
  '/tasks/:id/run',
  '/tasks/:id/export',
  '/decisions',
  '/decisions/:id',
  '/actors/:actor',
  '/actors/:actor/history',
  '/actors/:actor/moments/:turn',
  '/actors/:actor/calls',
  '/actors/:actor/picky',
  '/actors/:actor/export',
  '/machines/:type/chart',
]
const wish: Wish = { kind: 'task', id: '42', turns: 50, by: 'ada', troupe: '0', signal: new AbortController().signal }

/** A world of one task, its agent, and a step with an agent of its own; each actor has 120 turns. */
function world(overrides: Readonly<Record<string, Answered>> = {}) {
  const asked: string[] = []
  const ok = (body: unknown): Answered => ({ status: 200, body })
  const whole = (id: string, more: object = {}): object => ({
    id,
    actor: `main/task/${id}`,
    tenant: 'main',
    executions: [],
    steps: [],
    ...more,
  })
  const answers: Readonly<Record<string, unknown>> = {
    '/tasks/42': whole('42', {
      decisionId: 'd1',
      executions: [{ id: 'e', agentActor: 'main/agent-writer/42.1', decisionId: 'd1' }],
      steps: [{ id: '42.a' }],
    }),
    '/tasks/42.a': whole('42.a'),
    '/tasks/42/run': { spans: [{ actor: 'main/task/42' }, { actor: 'main/agent-writer/42.1' }] },
    '/tasks/42.a/run': { spans: [{ actor: 'main/task/42.a' }] },
    '/decisions/d1': { id: 'd1' },
    '/decisions': { rows: [{ id: 'd1' }] },
  }
  const ask = (path: string): Promise<Answered> => {
    asked.push(path)
    const [pathname = '', search] = path.split('?', 2)
    const query = new URLSearchParams(search)
    const override = overrides[pathname]
    if (override) return Promise.resolve(override)
    const [, actor = '', rest] = /^\/actors\/([^/]+)(\/.*)?$/.exec(pathname) ?? []
    if (actor === '')
      return Promise.resolve(
        Object.hasOwn(answers, pathname) ? ok(answers[pathname]) : /machines/.test(pathname) ? ok({ id: path }) : missing,
      )
    if (rest === undefined)
      return Promise.resolve(ok({ actor: decodeURIComponent(actor), turn: 120, machine: { hash: 'h2' }, children: {} }))
    if (rest === '/picky') return Promise.resolve({ status: 400, body: { code: 'TR_REQUEST_INVALID' } })
    const [, turn] = /^\/moments\/(\d+)$/.exec(rest) ?? []
    if (turn !== undefined)
      return Promise.resolve(ok({ turn: Number(turn), machine: { hash: Number(turn) < 100 ? 'h1' : 'h2' }, text: 'x'.repeat(100) }))
    if (rest !== '/history') return Promise.resolve(ok({ llm: [] }))
    const last = Math.min(120, Number(query.get('before') ?? 121) - 1)
    const rows = Array.from({ length: Math.min(last, Number(query.get('limit'))) }, (_, at) => ({ turn: last - at, correlation: '42' }))
    return Promise.resolve(ok({ rows, first: 1, last: 120 }))
  }
  const source: Source = { paths, ask }
  return { source, asked }
}

const missing: Answered = { status: 404, body: { code: 'TR_RESOURCE_MISSING', title: 'Not there', detail: 'there is none' } }
const pathsIn = ({ answers }: { readonly answers: readonly { readonly path: string }[] }): readonly string[] =>
  answers.map(({ path }) => path)

test('a task brings its steps, its decisions, its actors and their newest turns, and the charts they ran on', async () => {
  const { source, asked } = world()
  const bundle = await collect(source, wish)
  expect(bundle.actors.map(({ actor }) => actor)).toEqual(['main/task/42', 'main/agent-writer/42.1', 'main/task/42.a'])
  expect(bundle.actors[0]).toEqual({ actor: 'main/task/42', first: 71, last: 120 })
  expect(pathsIn(bundle)).toEqual(
    expect.arrayContaining([
      '/tasks/42.a/run',
      '/decisions/d1',
      '/decisions?task=42',
      '/actors/main%2Fagent-writer%2F42.1/calls',
      '/actors/main%2Ftask%2F42/moments/71',
      '/machines/task/chart?hash=h1',
      '/machines/agent-writer/chart?hash=h2',
    ]),
  )
  expect(pathsIn(bundle).filter((path) => /export|picky|moments\/70$/.test(path))).toEqual([])
  expect(bundle.cut).toContain('main/task/42: its turns 1 to 70 are left out; it has the newest 50')
  expect(asked.filter((path) => path.startsWith('/tasks/42/run'))).toEqual(['/tasks/42/run?tenant=main'])
})

test('pages of a long history are put together as one answer, which begins where the export does', async () => {
  const { source } = world()
  const { answers } = await collect(source, { ...wish, turns: 110 })
  const history = answers.find(({ path }) => path === '/actors/main%2Ftask%2F42/history')?.body
  expect(history).toMatchObject({ first: 11, last: 120 })
  expect((history as { readonly rows: readonly { readonly turn: number }[] }).rows.map(({ turn }) => turn)).toEqual(
    Array.from({ length: 110 }, (_, at) => 120 - at),
  )
})

test('an export never grows beyond its bytes, every actor keeps its newest turns, and what is missing is said', async () => {
  const { source } = world()
  for (const bytesMax of [2_000, 12_000, 15_000, 20_000]) {
    const bundle = await collect(source, { ...wish, bytesMax })
    const bytes = bundle.answers.reduce((sum, { path, body }) => sum + path.length + Buffer.byteLength(JSON.stringify(body)), 0)
    expect(bytes).toBeLessThanOrEqual(bytesMax)
    expect(bundle.cut.length).toBeGreaterThan(3)
    for (const { actor, first, last } of bundle.actors) {
      const kept = pathsIn(bundle).filter((path) => path.startsWith(`/actors/${encodeURIComponent(actor)}/moments/`))
      if (first > 0) expect(kept.length).toBeGreaterThanOrEqual(last - first + 1)
      if (bytesMax >= 15_000) expect(kept).toContain(`/actors/${encodeURIComponent(actor)}/moments/120`)
    }
  }
})

test('asking ends when it is told to, with what there was by then', async () => {
  const stop = new AbortController()
  const { source, asked } = world()
  const ask = (path: string): Promise<Answered> => {
    if (asked.length === 20) stop.abort()
    return source.ask(path)
  }
  const bundle = await collect({ paths, ask }, { ...wish, signal: stop.signal })
  expect(asked.length).toBeLessThan(30)
  expect(bundle.answers.length).toBeGreaterThan(10)
  expect(bundle.cut).toContain('it took too long: what had not been asked for by then is left out')
})

test('what the caller may not see is not in it, and that is said; a problem of a moment is kept as the answer that it is', async () => {
  const denied: Answered = { status: 403, body: { code: 'TR_NOT_ALLOWED', title: 'Not allowed', detail: 'its key has no such scope' } }
  const gone: Answered = {
    status: 410,
    body: { code: 'TR_MOMENT_MISSING', title: 'No longer there', detail: 'the log no longer holds it' },
  }
  const { source } = world({ '/decisions/d1': denied, '/actors/main%2Ftask%2F42/moments/119': gone })
  const { cut, answers } = await collect(source, wish)
  expect(cut).toContain('whoever made it may not see decisions')
  expect(answers.find(({ path }) => path.endsWith('42/moments/119'))).toMatchObject({ status: 410, body: { code: 'TR_MOMENT_MISSING' } })
})

test('an export of what is not there is refused as the API refuses it', async () => {
  const refusal = { code: 'TR_RESOURCE_MISSING', status: 404, message: 'exporting task no: there is none' }
  await expect(collect(world().source, { ...wish, id: 'no' })).rejects.toMatchObject(refusal)
  const { source } = world({ '/actors/main%2Ftask%2Fno': missing })
  await expect(collect(source, { ...wish, kind: 'actor', id: 'main/task/no' })).rejects.toMatchObject({ code: 'TR_RESOURCE_MISSING' })
})

test('an actor brings its children, theirs, and the run of the task it worked for', async () => {
  const child = (address: string): Answered => ({
    status: 200,
    body: { actor: 'x', turn: 1, children: { one: { kind: 'actor', src: 's', address } } },
  })
  const { source } = world({
    '/actors/main%2Fa%2F1': child('main/a/2'),
    '/actors/main%2Fa%2F2': child('main/a/3'),
    '/actors/main%2Fa%2F3': child('main/a/1'), // round in a circle
  })
  const bundle = await collect(source, { ...wish, kind: 'actor', id: 'main/a/1', turns: 2 })
  expect(bundle.actors.map(({ actor }) => actor)).toEqual(['main/a/1', 'main/a/2', 'main/a/3'])
  expect(pathsIn(bundle)).toContain('/tasks/42/run')
})

test('the tasks of an actor are asked for as those of its own tenant: another one may have tasks of the same ids', async () => {
  const { source, asked } = world()
  await collect(source, { ...wish, kind: 'actor', id: 'main/agent-writer/42.1' })
  expect(asked).toContain('/tasks/42/run?tenant=main')
})
