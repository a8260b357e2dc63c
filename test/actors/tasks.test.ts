import { afterEach, expect, test } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import type { ActorPorts, LlmRequest } from '../../actors/ports.ts'
import type { TaskOutput, TaskProgress } from '../../machines/task-record.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { startFleet } from '../support/fleet.ts'

// Tasks with teams and plans on the kernel, in memory: real actors and turns, a model that answers by what it is asked.
let fleet: Awaited<ReturnType<typeof startFleet>>
afterEach(() => fleet.stop())

interface World {
  readonly plan?: object
  /** What is asked, and the system message it is asked with. */
  readonly says?: (asked: string, system: string) => string
  /** Waited for before every answer that is no plan. */
  readonly gate?: Promise<void>
  readonly workers?: number
  readonly coordinator?: boolean
}

async function start({ plan, says = () => 'The moon [a.md:1-9].', gate, workers = 1, coordinator = true }: World = {}) {
  const asked: LlmRequest[] = []
  const ports: ActorPorts = {
    ...fakePorts([]),
    llm: {
      model: 'by-what-is-asked',
      offline: true,
      async complete(request) {
        asked.push(request)
        if (request.schema?.name === 'plan') return answers(JSON.stringify(plan))
        await gate
        return answers(says(request.messages.findLast(({ role }) => role === 'user')?.content ?? '', request.messages[0]?.content ?? ''))
      },
    },
  }
  const definitions = troupeActors(ports).filter(({ name }) => coordinator || name !== 'coordinator')
  fleet = await startFleet({ definitions, workers })
  return { asked }
}

const submit = { type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs' }
const outputOf = async (fields: object = {}, id = 't1') => {
  const reply = await fleet.ask(`acme/task/${id}`, { ...submit, ...fields })
  return (reply.ok ? reply.value : reply.error) as TaskOutput
}
const facts = async (...types: string[]) =>
  (await fleet.entries()).flatMap(({ emits = [] }) => emits.filter(({ type }) => types.includes(type)))
const byTask = async (type: string, field: string) =>
  Object.fromEntries((await facts(type)).map((fact): [string, unknown] => [String(fact['taskId']), fact[field]]))
const abc = {
  steps: [
    { id: 'a', taskType: 'question', prompt: 'Part A?', after: [] },
    { id: 'b', taskType: 'question', prompt: 'Part B?', after: [] },
    { id: 'c', taskType: 'question', prompt: 'Part C?', after: ['a', 'b'] },
  ],
}
const letter = (asked: string): string => /Part (\w)/.exec(asked)?.[1] ?? '?'

/** Of every decision, how often its outcome was told or it was withdrawn. */
async function settledTwiceOrNever(): Promise<readonly string[]> {
  const entries = await fleet.entries()
  const made = entries.flatMap(({ emits = [] }) =>
    emits.flatMap((fact) =>
      fact.type === 'decision.made' ? (fact['chosen'] as { decisionId: string }[]).map(({ decisionId }) => decisionId) : [],
    ),
  )
  const told = entries
    .filter(({ event, actor }) => actor.includes('/coordinator/') && (event.type === 'outcome.report' || event.type === 'outcome.withdraw'))
    .map(({ event }) => String(event['decisionId']))
  return made.filter((id) => told.filter((one) => one === id).length !== 1)
}

test('a vote of three agents is done by three different ones, and goes to the majority', async () => {
  await start({ says: (_, system) => (system.includes('librarian') ? 'The sun.' : 'The moon.') })
  expect(await outputOf({ team: { rule: 'vote', size: 3 } })).toMatchObject({ ok: true, answer: 'The moon.', executions: 3 })
  await fleet.settle()
  expect(await settledTwiceOrNever()).toEqual([])
  const qualities = (await facts('decision.settled')).map(({ quality }) => Number(quality).toFixed(2))
  expect(qualities.toSorted()).toEqual(['0.33', '0.67', '0.67'])
})

test('a planned task is done by its steps, each a task of its own, in their order, and cites what they cite', async () => {
  const { asked } = await start({ plan: abc, says: (prompt) => `Answer ${letter(prompt)} [a.md:1-9].` })
  const output = await outputOf({ plan: true })
  expect(output).toMatchObject({
    ok: true,
    answer: '## a\nAnswer A [a.md:1-9].\n\n## b\nAnswer B [a.md:1-9].\n\n## c\nAnswer C [a.md:1-9].',
    citations: [{ file: 'a.md', fromLine: 1, toLine: 9 }],
    usage: { llmCalls: 4 },
    steps: ['t1.a', 't1.b', 't1.c'],
  })
  const last = asked.at(-1)?.messages.findLast(({ role }) => role === 'user')?.content
  expect(last).toContain('Part C?\n\nFindings of earlier steps:\na: Answer A [a.md:1-9].\nb: Answer B [a.md:1-9].')
  expect(await byTask('task.submitted', 'parent')).toEqual({ t1: undefined, 't1.a': 't1', 't1.b': 't1', 't1.c': 't1' })
  await fleet.settle()
  expect(await settledTwiceOrNever()).toEqual([])
})

test('answers of steps are joined by an agent that may cite what they cite', async () => {
  await start({
    plan: abc,
    says: (prompt) => (prompt.startsWith('Why?') ? 'All of it [a.md:1-9].' : `Answer ${letter(prompt)} [a.md:1-9].`),
  })
  expect(await outputOf({ plan: true, aggregate: 'agent' })).toMatchObject({ answer: 'All of it [a.md:1-9].', agent: 'generalist' })
})

test('K6: steps are done once each, though all workers are killed while they run', async () => {
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  await start({ plan: abc, gate, workers: 2, says: (prompt) => `Answer ${letter(prompt)}.` })
  fleet.send('acme/task/t1', { ...submit, plan: true })
  await fleet.advance(5_000)
  for (let [worker] = fleet.workers; worker; [worker] = fleet.workers) await fleet.crash(worker)
  await fleet.addWorker()
  open()
  expect(await outputOf({ plan: true })).toMatchObject({ ok: true, answer: '## a\nAnswer A.\n\n## b\nAnswer B.\n\n## c\nAnswer C.' })
  expect(await facts('task.submitted')).toHaveLength(4)
  expect(await facts('task.completed')).toHaveLength(4)
  await fleet.settle()
  expect(await settledTwiceOrNever()).toEqual([])
})

test('K6: a step whose task has ended before it began is noticed, and fails the task', async () => {
  await start({ plan: abc })
  await outputOf({}, 't1.b')
  expect(await outputOf({ plan: true })).toMatchObject({
    ok: false,
    reason: "step 'b' failed: its task acme/task/t1.b is gone (not-found)",
  })
})

test('a cancel reaches the steps and their agents', async () => {
  await start({ plan: abc, gate: new Promise<void>(() => {}) })
  fleet.send('acme/task/t1', { ...submit, plan: true })
  await fleet.advance(3_000)
  fleet.send('acme/task/t1', { type: 'cancel', reason: 'enough' })
  await fleet.settle()
  expect(await byTask('task.cancelled', 'reason')).toEqual({ t1: 'enough', 't1.a': 'cancelled: enough', 't1.b': 'cancelled: enough' })
  expect(await settledTwiceOrNever()).toEqual([])
})

test('K5: without any coordinator a task is done by the first agent that does such tasks', async () => {
  await start({ coordinator: false })
  expect(await outputOf()).toMatchObject({ ok: true, answer: 'The moon [a.md:1-9].', agent: 'researcher' })
})

test('a person is asked before the agent starts, and lets it', async () => {
  await start()
  fleet.send('acme/task/t1', { ...submit, escalate: { always: true } })
  await fleet.settle()
  const progress = await fleet.ask('acme/task/t1', { type: 'task.progress' })
  expect((progress.ok ? progress.value : undefined) as TaskProgress).toMatchObject({ phase: 'waiting', waiting: true })
  expect(await fleet.ask('acme/task/t1', { type: 'task.approve' })).toMatchObject({ ok: true, value: { ok: true } })
  expect(await outputOf()).toMatchObject({ ok: true })
  expect((await facts('task.escalated', 'task.approved')).map(({ type }) => type)).toEqual(['task.escalated', 'task.approved'])
})

test('a kind of task that no agent does fails with its code', async () => {
  await start()
  expect(await outputOf({ taskType: 'poem' })).toMatchObject({ ok: false, code: 'TR_TASK_TYPE_UNKNOWN', executions: 0 })
})
