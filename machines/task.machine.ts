// Task machine
// One task from its submission to its end: the coordinator chooses an agent, the agent works as a child, a failed agent is replaced by another.
// Whoever asks `task.submit` is answered with the output, so nothing replies to it here; a repeated submit is the same task.
//
// K1. A task ends once, as completed, failed or cancelled, and says which.
// K2. At most `executionsMax` agents work on it, one after the other, never the same one twice.
// K3. Every execution is reported to the coordinator once: settled by the agent's output, or withdrawn when a cancel ends it.
// K4. All executions share one budget and one deadline; the agents keep both, since they know when they wait for people.
import { assign, enqueueActions, sendTo, setup } from 'xstate'
import { agentMachine } from './agent.machine.ts'
import { noUsage, reasonOf, type AgentOutput, type AgentProfile, type AgentProgress } from './agent-task.ts'
import { actorId, type Address } from './address.ts'
import { refTo, reply, type ReplyEmitted } from './authoring.ts'
import { coordinatorKey, type CoordinatorAnswer, type CoordinatorEvent } from './coordinator.machine.ts'
import { senderOf, timeOf } from './message.ts'
import {
  agentInputOf,
  canGoOn,
  endFact,
  finishedFact,
  lostOutput,
  outputOf,
  progressOf,
  rewardOf,
  submitted,
  unsubmitted,
  withUsage,
  type TaskContext,
  type TaskEnd,
  type TaskOutput,
} from './task-record.ts'
import type { TaskFact, TaskSubmit } from './task-events.ts'

const choosingMs = 60_000

export type TaskEvent =
  | TaskSubmit
  | CoordinatorAnswer
  | AgentProgress
  | { readonly type: 'task.progress' }
  | { readonly type: 'cancel'; readonly reason?: string }

/** `profiles`: the agent kinds that can be a task's child, each an actor source of its name. */
export function createTaskMachine(profiles: readonly AgentProfile[]) {
  const machine = taskSetup.createMachine({
    id: 'task',
    context: ({ input }) => unsubmitted(input),
    output: ({ context }) => outputOf(context),
    on: {
      'task.submit': { description: 'The same task again: its asker waits for the output as well.' },
      'task.progress': { actions: 'tellProgress' },
      cancel: { target: '.cancelled', actions: { type: 'cancel', params: ({ event }) => event } },
    },
    initial: 'new',
    states: {
      new: {
        on: { 'task.submit': { target: 'choosing', actions: [{ type: 'begin', params: ({ event }) => event }, 'tellSubmitted'] } },
      },
      choosing: {
        entry: 'askForAgent',
        after: { choosing: { target: 'failed', actions: { type: 'fail', params: { reason: 'the coordinator did not answer' } } } },
        on: {
          'agent.chosen': { target: 'running', actions: { type: 'startExecution', params: ({ event }) => event } },
          'agent.none': { target: 'failed', actions: { type: 'failWithoutAgent', params: ({ event }) => event } },
        },
      },
      running: {
        description: 'One state per agent kind: leaving it stops the agent.',
        on: {
          'agent.progress': {
            guard: { type: 'isOfThisExecution', params: ({ event }) => event },
            actions: { type: 'keepProgress', params: ({ event }) => event },
          },
          cancel: { target: 'cancelled', actions: [{ type: 'cancel', params: ({ event }) => event }, 'withdrawExecution'] },
        },
        initial: 'starting',
        states: {
          starting: {
            always: [
              ...profiles.map(({ name }) => ({ guard: { type: 'isGivenTo' as const, params: { agent: name } }, target: name })),
              { target: '#task.judging', actions: { type: 'lose' as const, params: { reason: 'this agent kind is not known to tasks' } } },
            ],
          },
          ...Object.fromEntries(profiles.map((profile) => [profile.name, workedOnBy(profile)])),
        },
      },
      judging: {
        entry: 'settleExecution', // K3
        always: [
          { guard: 'isAnswered', target: 'completed' },
          { guard: 'mayGoOn', target: 'choosing' }, // K2
          { target: 'failed', actions: 'failWithResult' },
        ],
      },
      completed: { type: 'final', entry: { type: 'finish', params: { end: 'completed' } } }, // K1
      failed: { type: 'final', entry: { type: 'finish', params: { end: 'failed' } } },
      cancelled: { type: 'final', entry: { type: 'finish', params: { end: 'cancelled' } } },
    },
  })
  return machine.provide({ actors: Object.fromEntries(profiles.map(({ name }) => [name, agentMachine])) })
}

const workedOnBy = (profile: AgentProfile) =>
  taskSetup.createStateConfig({
    invoke: {
      id: profile.name,
      src: profile.name,
      input: ({ context, event }) => agentInputOf(context, profile, timeOf(event)),
      onDone: { target: '#task.judging', actions: { type: 'keepResult', params: ({ event }) => ({ output: event.output }) } },
      onError: { target: '#task.judging', actions: { type: 'lose', params: ({ event }) => ({ reason: reasonOf(event.error) }) } },
    },
  })

/** None yet: `createTaskMachine` provides them. */
const agentsByKind: Readonly<Record<string, typeof agentMachine>> = {}

const taskSetup = setup({
  types: {
    context: {} as TaskContext,
    input: {} as Address,
    output: {} as TaskOutput,
    events: {} as TaskEvent,
    emitted: {} as TaskFact | ReplyEmitted,
  },
  actors: agentsByKind,
  guards: {
    isGivenTo: ({ context }, { agent }: { agent: string }) => context.execution?.agent === agent,
    isOfThisExecution: ({ context }, { executionId }: { executionId: string }) => context.execution?.executionId === executionId,
    isAnswered: ({ context }) => context.result?.ok ?? false,
    mayGoOn: ({ context }) => canGoOn(context), // K4
  },
  delays: { choosing: choosingMs },
  actions: {
    begin: assign(({ event }, submit: TaskSubmit) => submitted(submit, timeOf(event))),
    tellSubmitted: enqueueActions(({ context: { address, task }, enqueue }) => {
      const { taskType, prompt, file } = task
      enqueue.emit({ type: 'task.submitted', taskId: address.key, taskType, prompt, ...(file !== undefined && { file }) })
    }),
    askForAgent: sendTo(
      ({ context }) => coordinatorOf(context),
      ({ context: { address, task, tried } }): CoordinatorEvent => ({
        type: 'agent.choose',
        taskId: address.key,
        taskType: task.taskType,
        needs: [],
        exclude: tried,
      }),
    ),
    startExecution: assign(({ context, event }, { agent, decisionId, why }: Chosen) => ({
      tried: [...context.tried, agent],
      execution: {
        executionId: `${context.address.key}:${context.tried.length + 1}`,
        agent,
        decisionId,
        why,
        startedAt: timeOf(event),
        actor: undefined,
        step: 'start',
        waiting: false,
        usage: noUsage,
      },
      result: undefined,
    })),
    keepProgress: enqueueActions(({ context: { address, execution }, event, enqueue }, { step, waiting, usage }: AgentProgress) => {
      if (!execution) return
      const actor = execution.actor ?? senderOf(event)
      enqueue.assign({ execution: { ...execution, actor, step, waiting, usage } })
      if (execution.actor || !actor) return
      const { executionId, agent, decisionId, why } = execution
      enqueue.emit({ type: 'task.assigned', taskId: address.key, executionId, agent, agentActor: actor, decisionId, why })
    }),
    keepResult: assign((_, { output }: { output: AgentOutput }) => ({ result: output })),
    lose: assign(({ context, event }, { reason }: { reason: string }) => ({ result: lostOutput(context, reason, timeOf(event)) })),
    settleExecution: enqueueActions(({ context, event, enqueue }) => {
      const { execution, result, leftMs, deadlineMs } = context
      if (!execution || !result) return
      const finished = finishedFact(context, result, timeOf(event))
      if (finished) enqueue.emit(finished)
      const { decisionId } = execution
      const report: CoordinatorEvent = { type: 'outcome.report', decisionId, ok: result.ok, reward: rewardOf(result, deadlineMs) }
      enqueue(sendTo(coordinatorOf(context), report))
      enqueue.assign({ usage: withUsage(context, result.usage), leftMs: leftMs - result.workedMs })
    }),
    withdrawExecution: enqueueActions(({ context, event, enqueue }) => {
      const { execution } = context
      if (!execution) return
      const lost = lostOutput(context, context.reason, timeOf(event))
      const finished = finishedFact(context, lost, timeOf(event))
      if (finished) enqueue.emit(finished)
      const withdraw: CoordinatorEvent = { type: 'outcome.withdraw', decisionId: execution.decisionId }
      enqueue(sendTo(coordinatorOf(context), withdraw))
      enqueue.assign({ usage: withUsage(context, lost.usage), result: lost })
    }),
    fail: assign((_, { reason }: { reason: string }) => ({ reason })),
    failWithoutAgent: assign(({ context }, { why }: { why: string }) => ({
      reason: context.result?.reason === undefined ? why : `${context.result.reason}; ${why}`,
    })),
    failWithResult: assign(({ context }) => ({ reason: context.result?.reason ?? 'the agent gave no reason' })),
    cancel: assign((_, { reason }: { reason?: string }) => ({ reason: reason ?? 'no reason given' })),
    finish: enqueueActions(({ context, event, enqueue }, { end }: { end: TaskEnd }) => {
      const ended = { end, endedAt: timeOf(event) }
      enqueue.assign(ended)
      enqueue.emit(endFact({ ...context, ...ended }))
    }),
    tellProgress: reply(({ context }: { context: TaskContext }) => progressOf(context)),
  },
})

type Chosen = CoordinatorAnswer & { readonly type: 'agent.chosen' }

const coordinatorOf = ({ address }: TaskContext) => refTo(actorId(address.tenant, 'coordinator', coordinatorKey))
