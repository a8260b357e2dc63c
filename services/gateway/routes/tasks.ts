// Task routes
// Tasks: which there are, what became of one and how, a new one, an end to one.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { taskSubmit } from '../../../actors/accepts.ts'
import type { TroupeClient } from '../../../client/index.ts'
import { redact, redactDefaults } from '../../../machines/redact.ts'
import { taskStatuses } from '../../history/entities/task.ts'
import { readTaskRun, type RunTurn } from '../../history/read-task-run.ts'
import { readTasks, tasksNamed, type ListedTask } from '../../history/read-task-pages.ts'
import { executionsOf, stepsOf, type ExecutionRow, type TaskRow } from '../../history/read-tasks.ts'
import { ResourceConflict } from '../errors.ts'
import { idFrom, once } from '../idempotency.ts'
import { route } from '../route.ts'
import { humanStatesOf } from '../run/human-states.ts'
import { viewOf } from '../run/task-run.ts'
import { fieldOf } from '../run/waiting-calls.ts'
import { tenantQuery } from '../server.ts'
import {
  figureOf,
  id,
  idCharactersMax,
  instant,
  msOf,
  name,
  pageOf,
  pageQuery,
  present,
  tenantFor,
  textCharactersMax,
  theOnly,
} from './shapes.ts'

const reasonCharactersMax = 500
const listedMax = 200
/** A whole answer, where a list shows its beginning. */
const wholeText = { ...redactDefaults, textMax: 65_536, bytesMax: 262_144 }

const listed = z
  .object({
    id: z.string(),
    actor: z.string().describe('The task is an actor: its live state is at /actors/:actor'),
    tenant: z.string(),
    status: z.enum(taskStatuses),
    taskType: z.string().optional(),
    prompt: z.string().optional(),
    file: z.string().optional(),
    parent: z.string().optional().describe('The task that it is a step of'),
    priority: z.number().optional(),
    team: z.string().optional(),
    agent: z.string().optional(),
    agentActor: z.string().optional(),
    model: z.string().optional(),
    submittedAt: instant.optional(),
    assignedAt: instant.optional(),
    finishedAt: instant.optional(),
    durationMs: z.number().optional(),
    costUsd: z.number().optional(),
    waitingFor: z.string().optional().describe('Why a person is asked'),
    waitingSince: instant.optional(),
    reason: z.string().optional(),
    code: z.string().optional(),
  })
  .meta({
    examples: [
      {
        id: '42',
        actor: 'main/task/42',
        tenant: 'main',
        status: 'completed',
        taskType: 'question',
        prompt: 'What is a turn?',
        agent: 'researcher',
        agentActor: 'main/agent-researcher/42.1',
        submittedAt: 1_795_176_000_000,
        finishedAt: 1_795_176_002_140,
        durationMs: 2_140,
        costUsd: 0.0031,
      },
    ],
  })

const usage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
  llmCalls: z.number(),
  toolCalls: z.number(),
})
const execution = z.object({
  id: z.string(),
  agent: z.string(),
  agentActor: z.string().optional(),
  model: z.string().optional(),
  status: z.enum(['running', 'succeeded', 'failed']),
  decisionId: z.string().optional(),
  why: z.string().optional(),
  predicted: z.unknown().optional(),
  reason: z.string().optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  durationMs: z.number().optional(),
  usage: usage.optional(),
})

const whole = listed.extend({
  why: z.string().optional(),
  decisionId: z.string().optional(),
  answer: z.string().optional(),
  citations: z.unknown().optional(),
  offline: z.boolean().optional(),
  budgetUsd: z.number().optional().describe('What it may cost; told while it has not ended'),
  usage: usage.optional(),
  planned: z.unknown().optional().describe('What a planner made of it'),
  executions: z.array(execution),
  steps: z.array(listed).describe('The tasks that are its steps'),
})

const span = z.object({
  actor: z.string(),
  parent: z.string().optional(),
  label: z.string(),
  kind: z.enum(['task', 'agent', 'llm', 'tool', 'human', 'retry', 'queue']),
  from: instant,
  to: instant.optional().describe('Absent: it lasts'),
  ok: z.boolean().optional().describe('Absent: not known yet'),
})
const decision = z.object({
  at: instant,
  actor: z.string(),
  decision: z.enum(['approved', 'denied', 'expired']),
  by: z.string().optional(),
  reason: z.string().optional(),
  calls: z.array(z.object({ id: z.string(), tool: z.string(), asked: z.unknown(), ran: z.unknown().optional() })),
})
const milliseconds = z.number()
const runView = z
  .object({
    spans: z.array(span),
    messages: z.array(z.object({ at: instant, from: z.string(), to: z.string(), type: z.string() })),
    critical: z.array(z.string()).describe('The actors that its end waited for, in that order'),
    cost: z.array(z.object({ actor: z.string(), costUsd: z.number(), tokens: z.number(), calls: z.int() })),
    time: z
      .object({ llm: milliseconds, tool: milliseconds, human: milliseconds, retry: milliseconds, queue: milliseconds, other: milliseconds })
      .describe('Every moment counted once; together, how long it took'),
    decided: z
      .array(decision)
      .describe('What people decided about calls of tools; `ran`: the arguments a person gave in place of those asked for'),
    cut: z.boolean().describe('There is more than is told here'),
  })
  .meta({
    examples: [
      {
        spans: [
          { actor: 'main/task/42', label: 'task 42', kind: 'task', from: 0, to: 2_140, ok: true },
          {
            actor: 'main/agent-researcher/42.1',
            parent: 'main/task/42',
            label: 'researcher',
            kind: 'agent',
            from: 40,
            to: 2_138,
            ok: true,
          },
        ],
        messages: [{ at: 0, from: 'client', to: 'main/task/42', type: 'task.submit' }],
        critical: ['main/task/42', 'main/agent-researcher/42.1'],
        cost: [{ actor: 'main/agent-researcher/42.1', costUsd: 0.0031, tokens: 2_311, calls: 2 }],
        time: { llm: 1_700, tool: 310, human: 0, retry: 0, queue: 52, other: 78 },
        decided: [],
        cut: false,
      },
    ],
  })

const taskParams = z.object({ id })

export const taskRoutes = [
  route({
    method: 'GET',
    path: '/tasks',
    summary: 'Tasks, those submitted last first',
    resource: 'tasks',
    action: 'read',
    query: pageQuery.extend({
      status: z.enum(taskStatuses).optional(),
      type: name.optional(),
      parent: id.optional().describe('Only the steps of this task'),
      q: z.string().max(textCharactersMax).optional().describe('Words, or their beginnings, in the id or the prompt'),
    }),
    answer: pageOf(listed),
    run: async ({ parts: { orm }, tenant, query: { status, type, parent, q, after, limit } }) => {
      const page = await readTasks(orm, { tenant, status, type, parent, text: q === '' ? undefined : q, after, limit })
      return { rows: page.rows.map((row) => listedOf(row)), next: page.next }
    },
  }),
  route({
    method: 'GET',
    path: '/tasks/:id',
    summary: 'One task: what was asked, who worked on it, what came of it',
    resource: 'tasks',
    action: 'read',
    params: taskParams,
    query: tenantQuery,
    answer: whole,
    run: async ({ parts: { orm, client }, tenant, params }) => {
      const task = theOnly(await tasksNamed(orm, params.id, tenant), `task ${params.id}`)
      const [executions, steps, budgetUsd] = await Promise.all([
        executionsOf(orm, task.actor, listedMax),
        stepsOf(orm, task, listedMax),
        task.finishedAt ? undefined : budgetOf(client, task.actor),
      ])
      return { ...wholeOf(task, executions, steps), budgetUsd }
    },
  }),
  route({
    method: 'GET',
    path: '/tasks/:id/run',
    summary: 'How a task went: spans of all who worked for it, messages, what was waited for, what it cost and where its time went',
    resource: 'tasks',
    action: 'read',
    params: taskParams,
    query: tenantQuery,
    answer: runView,
    run: async ({ parts: { orm, definitions }, tenant, params }) => {
      const task = theOnly(await tasksNamed(orm, params.id, tenant), `task ${params.id}`)
      const run = await readTaskRun(orm, task)
      const { spans, critical, cost, time } = viewOf(run, humanStatesOf(definitions), Date.now())
      const messages = run.messages.map(({ at, from, to, type }) => ({ at: at.getTime(), from: from || 'client', to, type }))
      return { spans: [...spans], critical: [...critical], cost: [...cost], time, messages, decided: decidedIn(run.turns), cut: run.cut }
    },
  }),
  route({
    method: 'POST',
    path: '/tasks',
    summary: 'Give a task to the agents',
    resource: 'tasks',
    action: 'operate',
    query: tenantQuery,
    body: taskSubmit
      .safeExtend({
        id: z.string().min(1).max(idCharactersMax).optional().describe('Default: a new one; the same id again is the same task'),
      })
      .strict()
      .meta({ examples: [{ taskType: 'question', prompt: 'What is a turn?', root: '/srv/docs', collection: 'docs', budgetUsd: 0.05 }] }),
    answer: z.object({ id: z.string(), actor: z.string() }).meta({ examples: [{ id: '42', actor: 'main/task/42' }] }),
    run: (call) =>
      once(call, { operation: 'POST /tasks', what: call.body }, async () => {
        const { id: given, ...fields } = call.body
        const key = given ?? idFrom(call, 'POST /tasks', randomUUID)
        const target = { tenant: tenantFor(call.tenant, call.parts), type: 'task', key }
        // A message id of its own only where the request may come again: a task that has ended answers a later submit, too.
        const options = {
          correlation: key,
          ...(call.idempotencyKey !== undefined && { id: `submit.${idFrom(call, 'POST /tasks', randomUUID)}` }),
        }
        await call.parts.client.send(target, { type: 'task.submit', ...fields }, options)
        return { id: key, actor: `${target.tenant}/task/${key}` }
      }),
  }),
  route({
    method: 'POST',
    path: '/tasks/:id/cancel',
    summary: 'End a task that runs',
    resource: 'tasks',
    action: 'operate',
    params: taskParams,
    query: tenantQuery,
    body: z.strictObject({ reason: z.string().min(1).max(reasonCharactersMax) }).meta({ examples: [{ reason: 'asked by mistake' }] }),
    answer: z.object({ ok: z.literal(true), actor: z.string() }).meta({ examples: [{ ok: true, actor: 'main/task/42' }] }),
    run: (call) =>
      once(call, { operation: 'POST /tasks/:id/cancel', what: { ...call.params, ...call.body } }, async () => {
        const { client } = call.parts
        const target = { tenant: tenantFor(call.tenant, call.parts), type: 'task', key: call.params.id }
        const { actor, status, value } = await client.query(target)
        if (status !== 'active') throw new ResourceConflict(`task ${call.params.id}: it has ended as ${String(value)}`)
        await client.cancel(target, call.body.reason, { correlation: call.params.id })
        return { ok: true as const, actor }
      }),
  }),
]

/** Of a task that lives, as its owner says; one that cannot be asked now has none to tell. */
async function budgetOf(client: TroupeClient, actor: string): Promise<number | undefined> {
  const { context } = await client.query(actor).catch(() => ({ context: undefined }))
  return figureOf(fieldOf(context, 'budgetUsd'))
}

/** Any actor may emit anything: what has not the shape of a decision is none. */
const decidedIn = (turns: readonly RunTurn[]): z.input<typeof decision>[] =>
  turns.flatMap(({ actor, at, decided }) => {
    const { data } = decision.omit({ at: true, actor: true }).safeParse(redact(decided))
    return data ? [{ ...data, at: at.getTime(), actor }] : []
  })

function listedOf(row: ListedTask | TaskRow): z.input<typeof listed> {
  const { id: key, actor, tenant, status } = row
  const isWaiting = status === 'waiting'
  return {
    id: key,
    actor,
    tenant,
    status,
    taskType: present(row.taskType),
    prompt: shownText(row.prompt),
    file: present(row.file),
    parent: present(row.parent),
    priority: present(row.priority),
    team: present(row.team),
    agent: present(row.agent),
    agentActor: present(row.agentActor),
    model: present(row.model),
    submittedAt: msOf(row.submittedAt),
    assignedAt: msOf(row.assignedAt),
    finishedAt: msOf(row.finishedAt),
    durationMs: figureOf(row.durationMs),
    costUsd: figureOf(row.costUsd),
    waitingFor: isWaiting ? present(row.escalated) : undefined,
    waitingSince: isWaiting ? msOf(row.escalatedAt) : undefined,
    reason: shownText(row.reason),
    code: present(row.code),
  }
}

const shownText = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined ? undefined : String(redact(text, wholeText))

const wholeOf = (task: TaskRow, executions: readonly ExecutionRow[], steps: readonly TaskRow[]): z.input<typeof whole> => ({
  ...listedOf(task),
  prompt: shownText(task.prompt),
  why: present(task.why),
  decisionId: present(task.decisionId),
  answer: shownText(task.answer),
  citations: present(task.citations),
  offline: present(task.offline),
  usage: usageOf(task),
  planned: present(task.steps),
  executions: executions.map(executionOf),
  steps: steps.map(listedOf),
})

const executionOf = (row: ExecutionRow): z.input<typeof execution> => ({
  id: row.id,
  agent: row.agent,
  agentActor: present(row.agentActor),
  model: present(row.model),
  status: row.status,
  decisionId: present(row.decisionId),
  why: present(row.why),
  predicted: present(row.predicted),
  reason: shownText(row.reason),
  startedAt: msOf(row.startedAt),
  finishedAt: msOf(row.finishedAt),
  durationMs: figureOf(row.durationMs),
  usage: usageOf(row),
})

function usageOf(row: TaskRow | ExecutionRow): z.input<typeof usage> | undefined {
  const { inputTokens, outputTokens, costUsd, llmCalls, toolCalls } = row
  if (typeof llmCalls !== 'number') return undefined
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    costUsd: figureOf(costUsd) ?? 0,
    llmCalls,
    toolCalls: toolCalls ?? 0,
  }
}
