// Task setup
// The actions, guards and delays of the task machine, each a line or two around the pure modules beside it.
import { assign, enqueueActions, sendTo, setup, type PromiseActorLogic } from 'xstate'
import type { agentMachine } from './agent.machine.ts'
import { agentLimits, type AgentOutput, type AgentProgress } from './agent-task.ts'
import type { Address } from './address.ts'
import { effect, monitor, refTo, reply, type ActorDown, type ReplyEmitted, type WatchEmitted } from './authoring.ts'
import type { Choice, CoordinatorAnswer } from './coordinator-messages.ts'
import { nothingRecalled, type RecallInput, type Recalled } from './lessons.ts'
import { senderOf, timeOf } from './message.ts'
import { allEnded, answerOfSteps, leftOf, lostStep, startSteps, stepActor, stepEnded, stepWith } from './task-children.ts'
import { chooseEvent, coordinatorOf, goodEnough, hasNextShard, heldBy, isUsable, nextShard, shardMs, withdrawals } from './task-choosing.ts'
import type { TaskFact, TaskType } from './task-events.ts'
import { planRules } from './task-plan.ts'
import {
  endFact,
  isUsedUp,
  person,
  progressOf,
  stepEndedOf,
  submitted,
  submittedFact,
  type TaskContext,
  type TaskEnd,
  type TaskOutput,
} from './task-record.ts'
import {
  give,
  lostOutput,
  noteProgress,
  openSlots,
  refuse,
  release,
  roundOf,
  slotOf,
  start,
  type Given,
  type Purpose,
  type Refused,
  type Round,
} from './task-round.ts'
import { closeRound, isOver, personWhy, settleEnd, takeable } from './task-settling.ts'
import { failedStep, joinPrompt, sourcesOf, type StepEnded } from './task-steps.ts'
import { joinType, oneAgent, planType, taskRefusals, type TaskSubmit } from './task-submit.ts'

const recallMs = 2_000
const correctionsMax = 1
const lessonsHeading = 'What earlier tasks like this one taught:'
const joinRule = 'Others have found the answers to parts of the task: say each thing once, and keep the marks of their sources.'

export type TaskEvent =
  | TaskSubmit
  | CoordinatorAnswer
  | AgentProgress
  | StepEnded
  | ActorDown
  /** A person lets the chosen agents start, or takes the answer with the most support. */
  | { readonly type: 'task.approve' }
  /** A person answers instead of agents. */
  | { readonly type: 'task.answer'; readonly text: string }
  | { readonly type: 'task.deny'; readonly reason?: string }
  | { readonly type: 'task.progress' }
  | { readonly type: 'cancel'; readonly reason?: string }

type Chosen = CoordinatorAnswer & { readonly type: 'agent.chosen' }
type None = CoordinatorAnswer & { readonly type: 'agent.none' }
interface InSlot {
  readonly slot: number
}

/** `createTaskMachine` provides the agents of the roster, by the types of their actors. */
type Sources = Record<`agent-${string}`, typeof agentMachine> & Record<'recall', PromiseActorLogic<Recalled, RecallInput>>
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- XState's word for none of them
type Nothing = Record<never, never>
type Emitted = TaskFact | ReplyEmitted | WatchEmitted

/** The types are named one by one, since XState infers no sources of which only the form of the name is known. */
const bare = setup<TaskContext, TaskEvent, Sources, Nothing, Nothing, Nothing, never, 'needs-human', Address, TaskOutput, Emitted>({
  actors: { recall: effect<RecallInput, Recalled>() },
})

export const taskSetup = bare.extend({
  guards: {
    isPlanned: ({ context }) => context.plan,
    isChosen: ({ context: { round } }, { slot }: InSlot) => round?.slots[slot]?.phase === 'chosen',
    isOfKind: (_, { is }: { is: boolean }) => is,
    isAtWork: ({ context: { round } }, { executionId }: { executionId: string }) => slotOf(round, executionId) >= 0,
    needsPerson: ({ context }) => personWhy(context) !== undefined,
    needsAgents: ({ context: { round } }) => round !== undefined && openSlots(round) > 0,
    isUsable: ({ context }, chosen: Chosen) => isUsable(context, chosen),
    hasNextShard: ({ context }) => hasNextShard(context),
    isFromShardAsked: ({ context, event }) => (senderOf(event) ?? coordinatorOf(context)) === coordinatorOf(context),
    hasAnswers: ({ context }) => takeable(context) !== undefined,
    isHeld: ({ context: { round } }) => round?.slots.some(({ phase }) => phase === 'held') ?? false,
    isOver: ({ context }) => isOver(context),
    isAnswered: ({ context }) => context.answer !== undefined,
    hasPlan: ({ context: { round, steps } }) => round?.purpose === 'plan' && steps.length > 0,
    mayCorrect: ({ context }) => context.planFaults.length > 0 && context.corrections <= correctionsMax && !isUsedUp(context),
    isToBeJoined: ({ context: { round } }) => round?.purpose === 'join',
    isOfAStep: ({ context, event }) => stepWith(context, senderOf(event)) !== undefined,
    /** Done is no news: what it ended with has come before. */
    isLostStep: ({ context }, { actor, reason }: ActorDown) => reason !== 'done' && stepWith(context, actor) !== undefined,
    hasFailedStep: ({ context: { steps } }) => failedStep(steps) !== undefined,
    haveEnded: ({ context }) => allEnded(context),
    haveNoAnswer: ({ context }) => allEnded(context) && context.steps.every(({ state }) => state !== 'done'),
    joinsByAgent: ({ context }) => context.aggregate === 'agent' && allEnded(context) && leftOf(context).ms > 0,
  },
  delays: { recalling: recallMs, shard: shardMs, person: agentLimits.personMs },
  actions: {
    begin: assign(({ context, event }, submit: TaskSubmit) => submitted(context, submit, timeOf(event), senderOf(event))),
    tellSubmitted: enqueueActions(({ context, enqueue }) => enqueue.emit(submittedFact(context))),
    keepRecalled: assign((_, { recalled = nothingRecalled }: { recalled?: Recalled }) => ({ recalled })),
    openRound: assign(({ context }, { purpose, taskTypes = [] }: { purpose: Purpose; taskTypes?: readonly TaskType[] }) => ({
      round: questionOf(context, purpose, taskTypes),
      asked: '',
      reason: '',
      code: undefined,
    })),
    askForAgents: enqueueActions(({ context, enqueue }) => {
      if (context.round) enqueue(sendTo(refTo(coordinatorOf(context)), chooseEvent(context, context.round)))
    }),
    askNextShard: assign(({ context }) => nextShard(context)),
    take: enqueueActions(({ context, event, enqueue }, chosen: Chosen) => {
      const { good, low } = goodEnough(context, chosen.choices)
      const sender = senderOf(event)
      for (const withdraw of withdrawals(low)) if (sender) enqueue(sendTo(refTo(sender), withdraw))
      const given = { choices: good, coordinator: sender, why: chosen.why, held: heldBy(context, good) ?? '', at: timeOf(event) }
      enqueue.assign({ ...taken(context, given, low.length > 0 ? lowQuality(context) : undefined), silent: 0 })
    }),
    takeGiven: assign(({ context }, given: Given) => taken(context, given)),
    withdrawLate: enqueueActions(({ event, enqueue }, { choices }: Chosen) => {
      const sender = senderOf(event)
      for (const withdraw of withdrawals(choices)) if (sender) enqueue(sendTo(refTo(sender), withdraw))
    }),
    takeRefusal: assign(({ context: { round } }, { why, code }: None) => (round ? { round: refuse(round, { why, code }), silent: 0 } : {})),
    start: assign(({ context: { round }, event }, { slot }: InSlot) => (round ? { round: start(round, slot, timeOf(event)) } : {})),
    keepProgress: enqueueActions(({ context, event, enqueue }, progress: AgentProgress) => {
      const { address, round } = context
      const at = slotOf(round, progress.executionId)
      const execution = round?.slots[at]?.execution
      if (!round || !execution) return
      const actor = execution.actor ?? senderOf(event)
      enqueue.assign({ round: noteProgress(round, at, progress, actor) })
      if (execution.actor || !actor) return
      const { executionId, choice, why } = execution
      enqueue.emit({ type: 'task.assigned', taskId: address.key, executionId, ...choiceFact(choice), agentActor: actor, why })
    }),
    /** `end`: its output, or why it gave none. */
    endExecution: enqueueActions(({ context, event, enqueue }, { slot, end }: InSlot & { end: AgentOutput | string }) => {
      const execution = context.round?.slots[slot]?.execution
      const output = typeof end === 'string' ? lostOutput(execution, end, timeOf(event)) : end
      const told = settleEnd(context, slot, { output, now: timeOf(event) })
      enqueue.assign(told.next)
      for (const fact of told.facts) enqueue.emit(fact)
      for (const { to, event: message } of told.sends) enqueue(sendTo(refTo(to), message))
    }),
    closeRound: enqueueActions(({ context, event, enqueue }) => {
      const told = closeRound(context, leavingWhy(event), timeOf(event))
      enqueue.assign(told.next)
      for (const fact of told.facts) enqueue.emit(fact)
      for (const { to, event: message } of told.sends) enqueue(sendTo(refTo(to), message))
    }),
    askPerson: enqueueActions(({ context, enqueue }) => {
      const why = personWhy(context) ?? ''
      enqueue.assign({ asked: why })
      enqueue.emit({ type: 'task.escalated', taskId: context.address.key, why })
    }),
    approve: enqueueActions(({ context, enqueue }) => {
      const { round, address, asked } = context
      if (!round) return
      enqueue.assign({ round: { ...release(round), taken: takeable(context) }, approved: true, asked: '' })
      enqueue.emit({ type: 'task.approved', taskId: address.key, why: asked })
    }),
    answerByPerson: assign(({ context }, { text }: { text: string }) => ({
      answer: { text, citations: [], agent: person, executionId: context.address.key, model: '', offline: false },
    })),
    takePlan: enqueueActions(({ context, enqueue }) => {
      const { address, steps, usage, round } = context
      enqueue.assign({ plannedUsd: usage.costUsd, asked: '' })
      enqueue.emit({
        type: 'task.planned',
        taskId: address.key,
        executionId: round?.slots[0]?.execution?.executionId ?? address.key,
        steps: steps.map(({ id, taskType, after }) => ({ id, taskType, after })),
      })
    }),
    startSteps: enqueueActions(({ context, enqueue }) => {
      const { steps, started } = startSteps(context)
      enqueue.assign({ steps })
      for (const { to, event } of started) {
        enqueue(sendTo(refTo(to), event))
        enqueue(monitor(() => to)) // K6
      }
    }),
    endStep: assign(({ context, event }, ended: StepEnded) => {
      const step = stepWith(context, senderOf(event))
      return step ? stepEnded(context, step, ended) : {}
    }),
    loseStep: assign(({ context }, { actor, reason }: ActorDown) => {
      const step = stepWith(context, actor)
      return step ? stepEnded(context, step, lostStep(`its task ${actor} is gone (${reason})`)) : {}
    }),
    cancelSteps: enqueueActions(({ context, event, enqueue }) => {
      const cancel: TaskEvent = { type: 'cancel', reason: leavingWhy(event) }
      for (const step of context.steps) if (step.state === 'running') enqueue(sendTo(refTo(stepActor(context, step)), cancel))
    }),
    failByStep: assign(({ context: { steps } }) => {
      const failed = failedStep(steps) ?? steps.find(({ state }) => state === 'failed')
      return { reason: `step '${failed?.id ?? ''}' failed: ${failed?.reason ?? 'no reason given'}` }
    }),
    concat: assign(({ context }) => ({ answer: answerOfSteps(context), leftMs: Math.min(context.leftMs, leftOf(context).ms) })),
    fail: assign((_, { reason }: { reason: string }) => ({ reason, code: undefined })),
    cancel: assign((_, { reason }: { reason?: string }) => ({ reason: reason ?? 'no reason given' })),
    finish: enqueueActions(({ context, event, enqueue }, { end }: { end: TaskEnd }) => {
      const ended = { end, endedAt: timeOf(event) }
      enqueue.assign(ended)
      enqueue.emit(endFact({ ...context, ...ended }))
      if (context.parent !== undefined) enqueue(sendTo(refTo(context.parent), stepEndedOf({ ...context, ...ended })))
    }),
    tellProgress: reply(({ context }: { context: TaskContext }) => progressOf(context)),
    accept: reply(() => ({ ok: true })),
    refuseToApprove: reply(({ context }: { context: TaskContext }) => ({
      ok: false,
      code: taskRefusals.nothingToApprove,
      reason: `task ${context.address.key}: ${context.asked}; there is no answer to take: send task.answer or task.deny`,
    })),
  },
})

const taken = (context: TaskContext, given: Given, refused?: Refused): Partial<TaskContext> => {
  const { round, executions, address } = context
  if (!round) return {}
  const next = give(round, given, (n) => `${address.key}:${executions + 1 + n}`, refused)
  return { round: next, executions: executions + next.tried.length - round.tried.length }
}

const lowQuality = ({ qualityMin }: TaskContext): Refused => ({
  why: `every agent that is left is predicted a quality below ${qualityMin}`,
  code: taskRefusals.qualityLow,
})

/** What agents are asked, and what they may use up. */
function questionOf(context: TaskContext, purpose: Purpose, taskTypes: readonly TaskType[]): Round {
  const { task, team, recalled, planFaults, steps } = context
  const left = leftOf(context)
  switch (purpose) {
    case 'answer': {
      const rules = recalled.lessons.length === 0 ? [] : [lessonsHeading, ...recalled.lessons.map((lesson) => `- ${lesson}`)]
      return roundOf({ purpose, task, rules, team }, left)
    }
    case 'plan': {
      const rules = planRules(taskTypes, planFaults)
      return roundOf({ purpose, task: { ...task, taskType: planType }, rules, team: oneAgent }, left)
    }
    case 'join': {
      const findings = { ...task, taskType: joinType, prompt: joinPrompt(task.prompt, steps), sources: sourcesOf(steps) }
      return roundOf({ purpose, task: findings, rules: [joinRule], team: oneAgent }, left)
    }
  }
}

function choiceFact({ agent, decisionId, model, predicted: { success, costUsd, latencyMs } }: Choice) {
  if (decisionId === '') return { agent }
  const predicted = {
    success: success.mean,
    ...(costUsd && { costUsd: costUsd.mean }),
    ...(latencyMs && { latencyMs: latencyMs.mean }),
  }
  return { agent, decisionId, ...(model !== undefined && { model }), predicted }
}

const leavingWhy = (event: TaskEvent): string =>
  event.type === 'cancel' ? `cancelled: ${event.reason ?? 'no reason given'}` : 'it is not needed any more'
