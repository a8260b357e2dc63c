import { InvalidArgumentError } from 'commander'
import type { ExecutionRow, TaskRow, TaskStatus, TaskTurn } from '../../history/read-tasks.ts'
import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withDatabase, type Database } from '../connect.ts'
import { NotFound } from '../errors.ts'
import { cut, durationText, fields, stateText, table, timeText } from '../output.ts'

interface TasksOptions extends SharedOptions {
  readonly status?: TaskStatus
  readonly limit: number
}

const taskStatuses = ['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const satisfies readonly TaskStatus[]
const limitDefault = 20
/** Turns of one task that are shown: it has about ten. */
const turnsMax = 200
/** Executions and steps of one task that are shown: there are never more. */
const partsMax = 100
const promptCharactersMax = 60

export const tasksCommand: Register = (program, shell) => {
  const command = shared(program.command('tasks'), [
    'tasks',
    'tasks --status waiting',
    'tasks --status failed --limit 5',
    'tasks 42',
    "tasks --tenant '*' --json",
  ])
    .description('list tasks from the history, the newest first; with an id: one task, its answer, executions, steps and turns')
    .argument('[id]', 'the id of one task')
    .option('--status <status>', `only ${taskStatuses.join(', ')}`, statusOf)
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
  command.action(async (id: string | undefined) => {
    const options = command.optsWithGlobals<TasksOptions>()
    const place = placeOf(options, shell.environment)
    const tenant = place.tenant === '*' ? undefined : place.tenant
    await withDatabase(place, async (database) => {
      if (id !== undefined) return shell.print(await describeTask(database, { id, tenant, json: options.json ?? false }))
      const { recentTasks } = await import('../../history/read-tasks.ts')
      const tasks = await recentTasks(database, { tenant, status: options.status, limit: options.limit })
      if (options.json) shell.print(JSON.stringify({ tasks }))
      else shell.print(tasks.length === 0 ? `The history has no such task of ${tenant ?? 'any tenant'}.` : tasksTable(tasks))
    })
  })
}

function statusOf(text: string): TaskStatus {
  const status = taskStatuses.find((one) => one === text)
  if (status !== undefined) return status
  throw new InvalidArgumentError(`It must be one of ${taskStatuses.join(', ')}.`)
}

async function describeTask(
  database: Database,
  { id, tenant, json }: { readonly id: string; readonly tenant: string | undefined; readonly json: boolean },
): Promise<string> {
  const { executionsOf, oneTask, stepsOf, turnsOf } = await import('../../history/read-tasks.ts')
  const task = await oneTask(database, id, tenant)
  if (task === undefined) {
    const whose = tenant === undefined ? 'any tenant' : `tenant ${tenant}`
    throw new NotFound(
      `The history has no task '${id}' of ${whose}: list them with \`troupe tasks\`; one just sent is there within a second.`,
    )
  }
  const turns = await turnsOf(database, task.actor, turnsMax)
  const executions = await executionsOf(database, task.actor, partsMax)
  const steps = await stepsOf(database, task, partsMax)
  return json ? JSON.stringify({ task, executions, steps, turns }) : taskText(task, { executions, steps, turns })
}

export const tasksTable = (tasks: readonly TaskRow[]): string =>
  table(
    ['id', 'tenant', 'status', 'type', 'agent', 'submitted', 'took', 'prompt'],
    tasks.map(({ id, tenant, status, taskType, agent, submittedAt, durationMs, prompt }) => [
      id,
      tenant,
      status,
      taskType ?? '',
      agent ?? '',
      submittedAt ? timeText(submittedAt) : '',
      typeof durationMs === 'number' ? durationText(durationMs) : '',
      cut(prompt ?? '', promptCharactersMax),
    ]),
  )

export interface TaskParts {
  readonly executions?: readonly ExecutionRow[]
  readonly steps?: readonly TaskRow[]
  readonly turns: readonly TaskTurn[]
}

export function taskText(task: TaskRow, { executions = [], steps = [], turns }: TaskParts): string {
  const { actor, status, taskType, prompt, file, agent, agentActor, why, submittedAt, finishedAt, durationMs, reason, answer } = task
  const { parent, priority, team, escalated, code } = task
  /** Who gave the answer, of several; the task itself knows who was assigned last. */
  const given = executions.length > 0 && finishedAt ? (executions.find(({ id }) => id === task.executionId) ?? nobody) : undefined
  const facts = fields({
    task: actor,
    status,
    type: taskType ?? undefined,
    prompt: prompt ?? undefined,
    file: file ?? undefined,
    'step of': parent ?? undefined,
    team: team ?? undefined,
    priority: typeof priority === 'number' ? String(priority) : undefined,
    submitted: submittedAt ? timeText(submittedAt) : undefined,
    finished: finishedAt ? timeText(finishedAt) : undefined,
    took: typeof durationMs === 'number' ? durationText(durationMs) : undefined,
    agent: agent ? [agent, given ? given.agentActor : agentActor].filter(Boolean).join(' as ') : undefined,
    why: (given ? given.why : why) ?? undefined,
    [status === 'waiting' ? 'asks a person' : 'asked a person']: escalated ?? undefined,
    reason: reason ? [reason, code && `(${code})`].filter(Boolean).join(' ') : undefined,
    usage: usageText(task),
    answer: answer ? `${answer}${task.offline ? '\n(by the built-in offline model)' : ''}` : undefined,
    citations: citationsText(task.citations),
  })
  const rows = turns.map(({ turn, at, event, state, failure }) => [
    String(turn),
    timeText(at),
    event,
    [stateText(busyOf(state)), failure].filter(Boolean).join('  '),
  ])
  const cutShort = turns.length === turnsMax ? `\n(the first ${turnsMax} turns)` : ''
  const parts = [facts, executionsText(executions), stepsText(steps), `${table(['turn', 'at', 'event', 'state'], rows)}${cutShort}`]
  return parts.filter((part) => part !== '').join('\n\n')
}

const nobody = { agentActor: undefined, why: undefined }

/** The regions in which something goes on: most of the slots of a task are idle. */
function busyOf(state: unknown): unknown {
  if (typeof state !== 'object' || state === null) return state
  const regions = Object.entries(state).filter(([, inner]) => inner !== 'idle' && inner !== 'resting')
  if (regions.length === 0) return ''
  return Object.fromEntries(regions.map(([name, inner]) => [name, busyOf(inner)]))
}

function executionsText(executions: readonly ExecutionRow[]): string {
  if (executions.length === 0) return ''
  const rows = executions.map(({ id, status, agent, model, decisionId, durationMs, costUsd, predicted, reason }) => [
    id,
    status,
    model ? `${agent}@${model}` : agent,
    decisionId ?? 'none',
    predictedText(predicted),
    typeof durationMs === 'number' ? durationText(durationMs) : '',
    typeof costUsd === 'number' ? `$${costUsd.toFixed(4)}` : '',
    cut(reason ?? '', promptCharactersMax),
  ])
  return table(['execution', 'status', 'agent', 'decision', 'predicted', 'took', 'cost', 'reason'], rows)
}

function predictedText(predicted: unknown): string {
  if (typeof predicted !== 'object' || predicted === null || !('success' in predicted)) return ''
  return typeof predicted.success === 'number' ? `${(predicted.success * 100).toFixed(0)} %` : ''
}

const stepsText = (steps: readonly TaskRow[]): string =>
  steps.length === 0 ? '' : table(['step', 'status', 'type', 'agent', 'prompt'], steps.map(stepRow))

const stepRow = ({ id, status, taskType, agent, prompt }: TaskRow): string[] => [
  id,
  status,
  taskType ?? '',
  agent ?? '',
  cut(prompt ?? '', promptCharactersMax),
]

function usageText({ model, llmCalls, toolCalls, inputTokens, outputTokens, costUsd }: TaskRow): string | undefined {
  if (typeof llmCalls !== 'number') return undefined
  const calls = `${llmCalls} model calls${model ? ` of ${model}` : ''}, ${toolCalls ?? 0} tool calls`
  const tokens = `${inputTokens ?? 0} tokens in, ${outputTokens ?? 0} out`
  return `${calls}; ${tokens}; $${Number(costUsd ?? 0).toFixed(4)}`
}

/** As the task told them: `file:from-to`, one a line. */
function citationsText(citations: unknown): string | undefined {
  if (!Array.isArray(citations) || citations.length === 0) return undefined
  return `\n${citations.map(citationText).join('\n')}`.slice(citations.length === 1 ? 1 : 0)
}

function citationText(citation: unknown): string {
  if (typeof citation !== 'object' || citation === null) return String(citation)
  const { file, fromLine, toLine } = citation as { file?: unknown; fromLine?: unknown; toLine?: unknown } // a row of our own projector
  return `${String(file)}:${String(fromLine)}-${String(toLine)}`
}
