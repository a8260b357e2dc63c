// Task children
// The steps of a task as tasks of their own: what is sent to them, and what their ends make of the task. Pure.
import { addUsage, agentLimits, noUsage } from './agent-task.ts'
import { actorId, type ActorId } from './address.ts'
import { tokensOf, type TaskAnswer, type TaskContext } from './task-record.ts'
import type { Left } from './task-round.ts'
import {
  concatAnswers,
  endStep,
  isEnded,
  pathBefore,
  pathOf,
  readySteps,
  sourcesOf,
  stepKey,
  stepPrompt,
  type Step,
  type StepEnded,
} from './task-steps.ts'
import type { TaskSubmit } from './task-submit.ts'

/** The agent that answers when answers of several are put one after another. */
const together = 'steps'

export const stepActor = ({ address }: TaskContext, { id }: Step): ActorId =>
  actorId(address.tenant, address.type, stepKey(address.key, id))

/** The running step whose task that is. */
export const stepWith = (context: TaskContext, actor: ActorId | undefined): Step | undefined =>
  context.steps.find((step) => step.state === 'running' && stepActor(context, step) === actor)

/** The steps that start now, as running, and what their tasks are sent. */
export function startSteps(context: TaskContext) {
  const ready = readySteps(context.steps)
  const ids = new Set(ready.map(({ id }) => id))
  const steps = context.steps.map((step): Step => (ids.has(step.id) ? { ...step, state: 'running' } : step))
  return { steps, started: ready.map((step) => ({ to: stepActor(context, step), event: submitOf(context, step) })) }
}

function submitOf(context: TaskContext, step: Step): TaskSubmit {
  const { task, wishes, priority, escalate, qualityMin, turnsMax, depth, run, steps } = context
  const { always: _always, ...asking } = escalate ?? {}
  return {
    type: 'task.submit',
    taskType: step.taskType,
    prompt: stepPrompt(steps, step),
    ...(step.file !== undefined && { file: step.file }),
    root: task.root,
    collection: task.collection,
    budgetUsd: shareOf(context),
    deadlineMs: Math.max(1, Math.floor(context.leftMs - pathBefore(steps, step))),
    turnsMax,
    priority,
    ...(wishes.weights && { weights: wishes.weights }),
    ...(Object.keys(asking).length > 0 && { escalate: asking }),
    ...(qualityMin > 0 && { qualityMin }),
    ...(step.plan && { plan: true }),
    step: { run, depth: depth + 1, sources: sourcesOf(steps.filter(({ id }) => step.after.includes(id))) },
  }
}

/** An equal share of what the plan left, for each step and for the agent that joins their answers. */
const shareOf = ({ budgetUsd, plannedUsd, steps, aggregate }: TaskContext): number =>
  Math.max(0, budgetUsd - plannedUsd) / (steps.length + (aggregate === 'agent' ? 1 : 0))

/** A step's task has ended, or was lost. */
export function stepEnded(context: TaskContext, step: Step, ended: Omit<StepEnded, 'type' | 'taskId'>): Partial<TaskContext> {
  return { steps: endStep(context.steps, step.id, ended), usage: addUsage(context.usage, ended.usage) }
}

export const lostStep = (reason: string): Omit<StepEnded, 'type' | 'taskId'> => ({
  ok: false,
  answer: '',
  citations: [],
  reason,
  usage: noUsage,
  workedMs: 0,
  model: '',
  offline: false,
})

export const allEnded = ({ steps }: TaskContext): boolean => steps.every(isEnded)

/** What the steps leave of time, budget and tokens. */
export function leftOf(context: TaskContext): Left {
  const { leftMs, budgetUsd, usage, steps } = context
  return {
    ms: leftMs - pathOf(steps),
    usd: Math.max(0, budgetUsd - usage.costUsd),
    tokens: Math.max(0, agentLimits.tokensMax - tokensOf(usage)),
  }
}

/** All answers one after another. */
export function answerOfSteps({ steps, address }: TaskContext): TaskAnswer {
  const done = steps.filter(({ state }) => state === 'done')
  return {
    text: concatAnswers(done),
    citations: sourcesOf(done),
    agent: together,
    executionId: address.key,
    model: [...new Set(done.map(({ model }) => model))].join(', '),
    offline: done.some(({ offline }) => offline),
  }
}
