// Lessons on the kernel, in simulated time, with the real embedded memory and the offline model's own embedding.
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sendTo, setup } from 'xstate'
import { troupeActors } from '../../actors/index.ts'
import { lessonsActor } from '../../actors/lessons-actor.ts'
import { lessonsCollection, recallLessons } from '../../actors/lessons-memory.ts'
import type { Memory } from '../../actors/ports.ts'
import { taskEffects } from '../../actors/task-effects.ts'
import { actorId } from '../../machines/address.ts'
import { refTo } from '../../machines/authoring.ts'
import type { LessonRecord, RecallInput } from '../../machines/lessons.ts'
import { decide, emptyModel, learn, policyDefaults, type SelectionModel } from '../../machines/selection.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { openEmbedded } from '../../services/memory/embedded.ts'
import { openMemory } from '../../services/memory/index.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { lexicalEmbedder } from '../support/lexical-embedder.ts'
import { startFleet } from '../support/fleet.ts'
import { startQdrantStandIn } from '../support/qdrant-stand-in.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const prompt = 'How long does the warranty of a garden pump last?'
const record = (fields: Partial<LessonRecord> = {}): LessonRecord => ({
  type: 'lesson.record',
  taskId: 't1',
  taskType: 'question',
  prompt,
  arm: 'researcher',
  ok: true,
  reward: 1,
  ...fields,
})

async function realMemory(): Promise<Memory> {
  const memory = openEmbedded({ file: join(await temporaryFolder(), 'memory.sqlite') })
  onTestFinished(() => memory.close())
  return memory
}

/** Stands for a task: whatever it is told, it tells the lessons of its tenant. */
const teller = defineActor({
  name: 'teller',
  version: '1',
  machine: setup({ types: { events: {} as { type: 'tell'; lesson: LessonRecord } } }).createMachine({
    id: 'teller',
    on: {
      tell: {
        actions: sendTo(
          ({ self }) => refTo(actorId(tenantOf(self.id), 'lessons', 'main')),
          ({ event }) => event.lesson,
        ),
      },
    },
  }),
})
const tenantOf = (address: string): string => address.split('/')[0] ?? ''

async function start(memory: Memory) {
  const ports = { ...fakePorts([]), memory, embedder: lexicalEmbedder() }
  const fleet = await startFleet({ definitions: [lessonsActor(ports), teller] })
  onTestFinished(() => fleet.stop())
  const tell = (lesson: LessonRecord, tenant = 'acme') => fleet.send(`${tenant}/teller/one`, { type: 'tell', lesson })
  const recall = (input: RecallInput, tenant = 'acme') => recallLessons(ports, tenant, input, AbortSignal.timeout(5_000))
  const status = async (tenant = 'acme') => {
    const reply = await fleet.ask(`${tenant}/lessons/main`, { type: 'lessons.status' })
    return reply.ok ? reply.value : reply.error
  }
  return { fleet, ports, tell, recall, status }
}

test('what an execution taught is found for a task like it, and not for another type of task', async () => {
  const { fleet, tell, recall } = await start(await realMemory())
  tell(record())
  tell(record({ taskId: 't2', arm: 'librarian', ok: false, reward: 0, reason: 'no answer within 8 turns' }))
  tell(record({ taskId: 't3', prompt: 'Sum the column of prices in the table of fruit', arm: 'analyst' }))
  await fleet.settle()
  const { similar, lessons } = await recall({ prompt: 'How long does the warranty of the garden pump last, please?', taskType: 'question' })
  expect(Object.keys(similar).toSorted()).toEqual(['librarian', 'researcher'])
  expect(similar['researcher']).toMatchObject({ lost: 0 })
  expect(similar['researcher']?.gained).toBeGreaterThan(0.3)
  expect(similar['librarian']).toMatchObject({ gained: 0 })
  expect(lessons).toContainEqual(expect.stringContaining('librarian failed, no-answer'))
  expect(await recall({ prompt, taskType: 'summary' })).toEqual({ similar: {}, lessons: [] })
})

test("a tenant never finds another tenant's lessons", async () => {
  const { fleet, tell, recall } = await start(await realMemory())
  tell(record(), 'acme')
  tell(record({ arm: 'librarian' }), 'zeta')
  await fleet.settle()
  expect(Object.keys((await recall({ prompt, taskType: 'question' }, 'acme')).similar)).toEqual(['researcher'])
  expect(Object.keys((await recall({ prompt, taskType: 'question' }, 'zeta')).similar)).toEqual(['librarian'])
  expect(await recall({ prompt, taskType: 'question' }, 'acme zeta')).toEqual({ similar: {}, lessons: [] })
})

test('what is recalled shifts the decision, by little', async () => {
  const { fleet, tell, recall } = await start(await realMemory())
  for (const taskId of ['t1', 't2', 't3', 't4']) tell(record({ taskId, arm: 'librarian', ok: false, reward: 0, reason: 'no answer' }))
  for (const taskId of ['t1', 't2', 't3', 't4']) tell(record({ taskId, arm: 'researcher' }))
  await fleet.settle()
  const { similar } = await recall({ prompt, taskType: 'question' })
  const cards = ['librarian', 'researcher'].map((agent) => ({ agent, version: '1', taskTypes: ['question'], capabilities: [] }))
  const chance = (model: SelectionModel, recalled: typeof similar): number => {
    const request = { taskType: 'question', needs: [], exclude: [], now: 1_000, random: 0.5, similar: recalled }
    return decide(model, cards, request, policyDefaults).candidates.find(({ arm }) => arm === 'researcher')?.propensity ?? 0
  }
  expect(chance(emptyModel(), {})).toBeCloseTo(0.5, 2)
  expect(chance(emptyModel(), similar)).toBeGreaterThan(0.6)
  let model = emptyModel()
  for (let n = 0; n < 200; n++) {
    const arm = n % 2 === 0 ? 'librarian' : 'researcher'
    const success = n % 20 < (arm === 'librarian' ? 18 : 6) ? 1 : 0
    model = learn(model, { arm, taskType: 'question', success, at: 900 }, policyDefaults)
  }
  expect(chance(model, similar)).toBeLessThan(0.2) // two pseudo-outcomes do not outweigh a hundred outcomes
})

test('a task that is like an earlier one is decided with what that one taught', async () => {
  const memory = await realMemory()
  const ports = { ...fakePorts([answers('The moon [a.md:1-9].')]), memory, embedder: lexicalEmbedder() }
  const fleet = await startFleet({ definitions: troupeActors(ports) })
  onTestFinished(() => fleet.stop())
  const submit = { type: 'task.submit', taskType: 'question', prompt, root: '/docs', collection: 'docs' }
  const decided = async (taskId: string) => {
    const facts = (await fleet.entries()).flatMap((entry) => entry.emits ?? [])
    return facts.find((fact) => fact.type === 'decision.made' && fact['taskId'] === taskId)
  }
  expect(await fleet.ask('acme/task/t1', submit)).toMatchObject({ ok: true, value: { ok: true } })
  await fleet.settle()
  expect(await decided('t1')).not.toHaveProperty('request.similar')
  expect(await fleet.ask('acme/task/t2', submit)).toMatchObject({ ok: true, value: { ok: true } })
  const chosen = (await decided('t1'))?.['chosen'] as readonly { readonly arm: string }[] | undefined
  expect(await decided('t2')).toHaveProperty(['request', 'similar', chosen?.[0]?.arm ?? ''])
  expect(await fleet.ask('zeta/task/t3', submit)).toMatchObject({ ok: true, value: { ok: true } })
  expect(await decided('t3')).not.toHaveProperty('request.similar')
})

test('before anything was ever kept nothing is recalled, and that is no failure', async () => {
  const { recall } = await start(await realMemory())
  expect(await recall({ prompt, taskType: 'question' })).toEqual({ similar: {}, lessons: [] })
})

test('a memory that fails for a while loses no lesson', async () => {
  const memory = await realMemory()
  let failing = 5
  const flaky: Memory = {
    ...memoryOf(memory),
    upsert: (...args) => (failing-- > 0 ? Promise.reject(new Error('memory is down')) : memory.upsert(...args)),
  }
  const { fleet, ports, tell, status } = await start(flaky)
  for (let n = 0; n < 40; n++) tell(record({ taskId: `t${n}` }))
  await fleet.advance(60_000)
  await fleet.settle()
  expect(await status()).toEqual({ recorded: 40, repeated: 0, stored: 40, dropped: 0, waiting: 0 })
  expect(await memory.count(lessonsCollection(ports.embedder), 'acme')).toBe(40)
})

test('a worker that dies while a lesson is stored leaves it stored once', async () => {
  const memory = await realMemory()
  const begun = Promise.withResolvers<void>()
  let writes = 0
  const slow: Memory = {
    ...memoryOf(memory),
    async upsert(...args) {
      await memory.upsert(...args)
      if (writes++ > 0) return
      begun.resolve()
      await new Promise(() => {}) // the answer never comes: its worker dies
    },
  }
  const { fleet, ports, tell, status } = await start(slow)
  tell(record())
  await fleet.until(begun.promise)
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.settle(180_000)
  expect(await status()).toMatchObject({ stored: 1, waiting: 0 })
  expect(writes).toBe(2)
  expect(await memory.count(lessonsCollection(ports.embedder), 'acme')).toBe(1)
})

test('forgetting removes the lessons of that tenant only', async () => {
  const { fleet, tell, recall } = await start(await realMemory())
  tell(record(), 'acme')
  tell(record(), 'zeta')
  await fleet.settle()
  expect(await fleet.ask('acme/lessons/main', { type: 'lessons.forget' })).toMatchObject({ ok: true, value: { ok: true } })
  expect((await recall({ prompt, taskType: 'question' }, 'acme')).lessons).toEqual([])
  expect((await recall({ prompt, taskType: 'question' }, 'zeta')).lessons).toHaveLength(1)
})

test('on a Qdrant server lessons are kept and found as well', async () => {
  const standIn = await startQdrantStandIn()
  onTestFinished(() => standIn.close())
  const { fleet, tell, recall } = await start(await openMemory({ qdrantUrl: standIn.url, folder: '' }))
  expect(await recall({ prompt, taskType: 'question' })).toEqual({ similar: {}, lessons: [] })
  tell(record(), 'acme')
  tell(record({ arm: 'librarian' }), 'zeta')
  await vi.waitFor(async () => {
    await fleet.advance(1_000)
    expect(Object.keys((await recall({ prompt, taskType: 'question' }, 'acme')).similar)).toEqual(['researcher'])
    expect(Object.keys((await recall({ prompt, taskType: 'question' }, 'zeta')).similar)).toEqual(['librarian'])
  })
  expect(await recall({ prompt, taskType: 'summary' })).toEqual({ similar: {}, lessons: [] })
})

test('a client cannot teach: only actors tell lessons', async () => {
  const { fleet } = await start(await realMemory())
  expect(await fleet.ask('acme/lessons/main', { ...record() })).toMatchObject({ ok: false, error: { code: 'TR_EVENT_NOT_ACCEPTED' } })
})

test('vectors of another embedding model are kept apart', () => {
  const names = [
    { model: 'text-embedding-3-small', dimensions: 1_536 },
    { model: 'text-embedding-3-small', dimensions: 512 },
    { model: 'nomic/embed.v1', dimensions: 512 },
  ].map(lessonsCollection)
  expect(names).toEqual(['lessons-text-embedding-3-small-1536', 'lessons-text-embedding-3-small-512', 'lessons-nomic-embed-v1-512'])
})

test('a recall gives up after two seconds and is not tried again', () => {
  expect(taskEffects(fakePorts([])).recall).toMatchObject({ timeoutMs: 2_000, attemptsMax: 1 })
})

/** The methods of a store as fields, so that one of them can be another. */
const memoryOf = (memory: Memory): Memory => ({
  ensureCollection: (...args) => memory.ensureCollection(...args),
  upsert: (...args) => memory.upsert(...args),
  search: (...args) => memory.search(...args),
  remove: (...args) => memory.remove(...args),
  count: (...args) => memory.count(...args),
  close: () => memory.close(),
})
