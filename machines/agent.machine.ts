// Agent machine
// One agent at work on one task: retrieve, plan, think and act with tools until there is an answer, validate it, complete.
// All agent kinds are this machine with another profile.
//
// A1. No model call starts once the turns are used up, or a budget is, unless a person adds to it.
// A2. A tool that needs approval runs only after a person approved, with the arguments they gave it; an approval that names its call approves no other.
// A3. The deadline counts the time spent working; waiting for a person has its own limit.
// A4. Whatever happens, it ends with an output: an answer with its sources, or a reason.
// A5. Every model call and tool call is counted in `usage` and told as a fact, once.
// A6. Every model call is reserved with the tenant's budgets before it starts, and settled once, whatever way it ends.
import { assign, enqueueActions, sendTo, setup } from 'xstate'
import { decidedBy, isForCalls, type PersonWord } from './agent-approval.ts'
import { budgetRef, endingOf, isUsedUp, pausedReason, pausedStep, reservationFor, untilNewPeriod } from './agent-call.ts'
import {
  acted,
  answered,
  backoffOf,
  calledFact,
  failedOnce,
  isBudgetUsedUp,
  isRetryable,
  namesOf,
  outputOf,
  refusalsOf,
  triesMax,
  unbegun,
  unheard,
  type AgentContext,
} from './agent-record.ts'
import {
  reasonOf,
  type ActInput,
  type AgentInput,
  type AgentOutput,
  type AgentProgress,
  type ModelAnswer,
  type RetrieveInput,
  type Retrieved,
  type ThinkInput,
  type ToolAnswer,
} from './agent-task.ts'
import { addSources, answerFault, openingOf, toolMessages, trimSteps } from './agent-words.ts'
import { effect, refTo, replyType, type ReplyEmitted } from './authoring.ts'
import type { BudgetRefused, BudgetReserved } from './budget.ts'
import { metaOf, timeOf } from './message.ts'
import type { AgentFact } from './task-events.ts'

const correctionsMax = 1
/** How long the tenant's budgets may take to answer: without an answer nothing is spent. */
const budgetAnswerMs = 10_000
/** When they hold as many reservations as they can. */
const budgetBusyMs = 1_000

export type AgentEvent =
  | PersonWord
  | { readonly type: 'budget.add'; readonly usd: number; readonly tokens: number }
  | BudgetReserved
  | BudgetRefused
  | { readonly type: 'cancel'; readonly reason?: string }

export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    input: {} as AgentInput,
    output: {} as AgentOutput,
    events: {} as AgentEvent,
    emitted: {} as AgentFact | ReplyEmitted,
    tags: {} as 'needs-human',
  },
  actors: {
    retrieve: effect<RetrieveInput, Retrieved>(),
    think: effect<ThinkInput, ModelAnswer>(),
    act: effect<ActInput, readonly ToolAnswer[]>(),
  },
  guards: {
    isAboutOneFile: ({ context }) => context.task.file !== undefined,
    turnsUsedUp: ({ context }) => context.turns >= context.limits.turnsMax,
    budgetUsedUp: ({ context }) => isBudgetUsedUp(context),
    mayRetry: ({ context }, { error }: { error: unknown }) => context.failures + 1 < triesMax(error, context.limits.attemptsMax),
    isFiltered: ({ context }) => context.finish === 'filtered',
    needsApproval: ({ context }) => context.calls.some((call) => context.profile.approvals.includes(call.name)),
    hasCalls: ({ context }) => context.calls.length > 0,
    isForTheseCalls: ({ context }, word: PersonWord) => isForCalls(context, word),
    isSound: ({ context }) => answerFault(context.answer, context.sources) === undefined,
    mayCorrect: ({ context }) => context.corrections < correctionsMax,
    isAnswered: ({ context }) => context.answer.trim() !== '',
    isItsReservation: ({ context }, { id }: { id: string }) => context.reservation === id,
    isUsedUp: ({ context }, refused: BudgetRefused) => context.reservation === refused.id && isUsedUp(refused),
    isBusy: ({ context }, { id, code }: BudgetRefused) => context.reservation === id && code === 'TR_BUDGET_FULL',
  },
  delays: {
    deadline: ({ context }) => context.leftMs,
    person: ({ context }) => context.limits.personMs,
    budgetAnswer: budgetAnswerMs,
    budgetBusy: ({ event }) => Math.round(budgetBusyMs * (1 + (metaOf(event)?.random ?? 0))),
    newPeriod: ({ context, event }) => untilNewPeriod(context, event),
    backoff: ({ context, event }) => backoffOf(context, metaOf(event)?.random ?? 0),
  },
  actions: {
    startClock: assign({ workingSince: ({ context, event }) => timeOf(event) || context.workingSince }),
    stopClock: assign({ leftMs: ({ context, event }) => context.leftMs - Math.max(0, timeOf(event) - context.workingSince) }),
    /** Says where it is: to the supervisor, and to everyone who watches. */
    tell: enqueueActions(({ context, enqueue }, { step, waiting }: { step: string; waiting: boolean }) => {
      enqueue.emit({ type: 'agent.step', taskId: context.taskId, agent: context.profile.name, step })
      const { executionId, usage } = context
      const progress: AgentProgress = { type: 'agent.progress', executionId, step, waiting, usage }
      enqueue(sendTo(refTo(context.supervisor), progress))
    }),
    keepPassages: assign(({ context }, { found }: { found: Retrieved }) => ({
      passages: found.text,
      sources: addSources(context.sources, found.citations),
    })),
    plan: assign(({ context }) => ({ opening: openingOf(context.profile, context.task, context.passages), passages: '' })),
    keepAnswer: enqueueActions(({ context, enqueue }, { answer }: { answer: ModelAnswer }) => {
      enqueue.assign(answered(context, answer))
      enqueue.emit(calledFact(context, answer))
    }),
    countFailure: assign(({ context }, { error }: { error: unknown }) => failedOnce(context, error)),
    keepToolAnswers: enqueueActions(({ context, enqueue }, { answers }: { answers: readonly ToolAnswer[] }) => {
      enqueue.assign(acted(context, answers))
      const { taskId, profile } = context
      for (const { name, ok } of answers) enqueue.emit({ type: 'tool.called', taskId, agent: profile.name, tool: name, ok })
    }),
    /** A person's word, or the end of the time for it: kept, told, and answered to whoever said it. */
    decide: enqueueActions(({ context, event, enqueue }) => {
      const { calls, edited, decided, fact, heard } = decidedBy(context, event)
      enqueue.assign({ calls, edited, decided })
      enqueue.emit(fact)
      enqueue.emit({ type: replyType, value: heard })
    }),
    refuseCalls: assign(({ context }, { reason }: { reason: string }) => ({
      steps: trimSteps(context.opening, [...context.steps, ...toolMessages(refusalsOf(context.calls, reason))]),
      calls: [],
    })),
    reserve: enqueueActions(({ context, event, enqueue }) => {
      const reservation = reservationFor(context, event)
      enqueue.assign({ reservation: reservation.id })
      enqueue(sendTo(budgetRef(context), reservation))
    }),
    endReservation: enqueueActions(({ context, event, enqueue }, { held }: { held: boolean }) => {
      if (!held && event.type === 'budget.reserved') return // it is held from here on
      const ending = endingOf(context, event, held)
      if (ending) enqueue(sendTo(budgetRef(context), ending))
      enqueue.assign({ reservation: undefined })
    }),
    keepRefusal: assign((_, refusal: BudgetRefused) => ({ refusal })),
    forgetRefusal: assign({ refusal: undefined }),
    addBudget: assign(({ context }, { usd, tokens }: { usd: number; tokens: number }) => ({
      limits: { ...context.limits, budgetUsd: context.limits.budgetUsd + usd, tokensMax: context.limits.tokensMax + tokens },
    })),
    askForCorrection: assign(({ context }) => ({
      corrections: context.corrections + 1,
      steps: [
        ...context.steps,
        {
          role: 'user' as const,
          content: `${answerFault(context.answer, context.sources) ?? ''} Answer again, with the sources you were given.`,
        },
      ],
    })),
    fail: assign((_, { reason, retryable, failed = 'agent' }: { reason: string; retryable: boolean; failed?: 'agent' | 'model' }) => ({
      reason,
      retryable,
      failed,
    })),
  },
}).createMachine({
  id: 'agent',
  context: ({ input }) => unbegun(input),
  output: ({ context }) => outputOf(context),
  on: {
    cancel: {
      target: '.cancelled',
      actions: { type: 'fail', params: ({ event }) => ({ reason: `cancelled: ${event.reason ?? 'no reason given'}`, retryable: false }) },
    },
    'budget.add': { actions: { type: 'addBudget', params: ({ event }) => event } },
  },
  initial: 'working',
  states: {
    working: {
      description: 'The time in here counts against the deadline.',
      entry: 'startClock',
      exit: 'stopClock', // A3
      after: {
        deadline: {
          target: 'failed',
          actions: {
            type: 'fail',
            params: ({ context }) => ({ reason: `the deadline of ${context.limits.deadlineMs} ms has passed`, retryable: false }),
          },
        },
      },
      initial: 'preparing',
      states: {
        preparing: { always: [{ guard: 'isAboutOneFile', target: 'planning' }, { target: 'retrieving' }] },
        retrieving: {
          entry: { type: 'tell', params: { step: 'retrieve', waiting: false } },
          invoke: {
            src: 'retrieve',
            input: ({ context: { task, priority = 0 } }) => ({
              query: task.prompt,
              root: task.root,
              collection: task.collection,
              priority,
            }),
            onDone: { target: 'planning', actions: { type: 'keepPassages', params: ({ event }) => ({ found: event.output }) } },
            onError: {
              target: 'planning',
              // Not fatal: the agent still has its tools.
              actions: { type: 'tell', params: ({ event }) => ({ step: `retrieve failed: ${reasonOf(event.error)}`, waiting: false }) },
            },
          },
        },
        planning: {
          entry: ['plan', { type: 'tell', params: { step: 'plan', waiting: false } }],
          always: 'checking',
        },
        checking: {
          description: 'Whether one more model call is allowed.', // A1
          always: [
            {
              guard: 'turnsUsedUp',
              target: '#agent.failed',
              actions: {
                type: 'fail',
                params: ({ context }) => ({ reason: `no answer within ${context.limits.turnsMax} turns`, retryable: true }),
              },
            },
            { guard: 'budgetUsedUp', target: '#agent.paused' },
            { target: 'reserving' },
          ],
        },
        reserving: {
          description: 'Asks the budgets of its tenant for what the call may cost at most.', // A6
          entry: 'reserve',
          exit: { type: 'endReservation', params: { held: false } },
          after: {
            budgetAnswer: {
              target: '#agent.failed',
              actions: {
                type: 'fail',
                params: {
                  reason: `the budgets of the tenant did not answer within ${budgetAnswerMs} ms; nothing was spent`,
                  retryable: true,
                },
              },
            },
          },
          on: {
            'budget.reserved': { guard: { type: 'isItsReservation', params: ({ event }) => event }, target: 'thinking' },
            'budget.refused': [
              {
                guard: { type: 'isUsedUp', params: ({ event }) => event },
                target: '#agent.paused',
                actions: { type: 'keepRefusal', params: ({ event }) => event },
              },
              { guard: { type: 'isBusy', params: ({ event }) => event }, target: 'queueing' },
              {
                guard: { type: 'isItsReservation', params: ({ event }) => event },
                target: '#agent.failed',
                actions: {
                  type: 'fail',
                  params: ({ event }) => ({ reason: `the budgets of the tenant refused: ${event.reason}`, retryable: true }),
                },
              },
            ],
          },
        },
        queueing: { after: { budgetBusy: 'reserving' } },
        thinking: {
          entry: { type: 'tell', params: ({ context }) => ({ step: `think ${context.turns + 1}`, waiting: false }) },
          exit: { type: 'endReservation', params: { held: true } }, // A6
          invoke: {
            src: 'think',
            input: ({ context: { opening, steps, profile, priority = 0 } }) => ({
              messages: [...opening, ...steps],
              tools: profile.tools,
              model: profile.model,
              ...(profile.answerSchema && { answerSchema: profile.answerSchema }),
              priority,
            }),
            onDone: { target: 'reading', actions: { type: 'keepAnswer', params: ({ event }) => ({ answer: event.output }) } },
            onError: [
              {
                guard: { type: 'mayRetry', params: ({ event }) => ({ error: event.error }) },
                target: 'backingOff',
                actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) },
              },
              {
                target: '#agent.failed',
                actions: {
                  type: 'fail',
                  params: ({ context, event }) => ({
                    reason: `the model failed (try ${context.failures + 1}): ${reasonOf(event.error)}`,
                    retryable: isRetryable(event.error),
                    failed: 'model' as const,
                  }),
                },
              },
            ],
          },
        },
        backingOff: { after: { backoff: 'reserving' } },
        reading: {
          always: [
            {
              guard: 'isFiltered',
              target: '#agent.failed',
              actions: {
                type: 'fail',
                params: { reason: "the model's provider filtered the answer", retryable: true, failed: 'model' as const },
              },
            },
            { guard: 'needsApproval', target: '#agent.awaitingApproval' },
            { guard: 'hasCalls', target: 'acting' },
            { target: 'validating' },
          ],
        },
        acting: {
          entry: { type: 'tell', params: ({ context }) => ({ step: `act ${namesOf(context.calls)}`, waiting: false }) },
          invoke: {
            src: 'act',
            input: ({ context: { calls, profile, task, priority = 0 } }) => ({
              calls,
              priority,
              tools: profile.tools,
              root: task.root,
              collection: task.collection,
            }),
            onDone: { target: 'checking', actions: { type: 'keepToolAnswers', params: ({ event }) => ({ answers: event.output }) } },
            onError: {
              target: 'checking',
              actions: {
                type: 'keepToolAnswers',
                params: ({ context, event }) => ({ answers: refusalsOf(context.calls, reasonOf(event.error)) }),
              },
            },
          },
        },
        validating: {
          entry: { type: 'tell', params: { step: 'validate', waiting: false } },
          always: [
            { guard: 'isSound', target: '#agent.completed' },
            { guard: 'mayCorrect', target: 'checking', actions: 'askForCorrection' },
            // Marks that were never given are left out of the citations (W3); the answer itself stands.
            { guard: 'isAnswered', target: '#agent.completed' },
            {
              target: '#agent.failed',
              actions: { type: 'fail', params: { reason: 'the model gave an empty answer', retryable: true } },
            },
          ],
        },
      },
    },
    awaitingApproval: {
      description: 'A person must approve the calls of the latest answer.', // A2
      tags: 'needs-human',
      entry: { type: 'tell', params: ({ context }) => ({ step: `approval of ${namesOf(context.calls)}`, waiting: true }) },
      after: { person: { target: 'failed', actions: ['decide', { type: 'fail', params: ({ context }) => unheard(context) }] } },
      on: {
        approve: { guard: { type: 'isForTheseCalls', params: ({ event }) => event }, target: 'working.acting', actions: 'decide' },
        deny: {
          guard: { type: 'isForTheseCalls', params: ({ event }) => event },
          target: 'working.checking',
          actions: [
            'decide',
            { type: 'refuseCalls', params: ({ event }) => ({ reason: `a person denied this call: ${event.reason ?? 'no reason given'}` }) },
          ],
        },
      },
    },
    paused: {
      description: 'Its budget is used up, or one of its tenant: a person may add to it. A new period begins by itself.',
      tags: 'needs-human',
      entry: { type: 'tell', params: ({ context }) => ({ step: pausedStep(context), waiting: true }) },
      after: {
        person: {
          target: 'failed',
          actions: {
            type: 'fail',
            params: ({ context }) => ({ reason: pausedReason(context), retryable: false }),
          },
        },
        newPeriod: { target: 'working.checking', actions: 'forgetRefusal' },
      },
      on: {
        'budget.add': { target: 'working.checking', actions: [{ type: 'addBudget', params: ({ event }) => event }, 'forgetRefusal'] },
      },
    },
    completed: { type: 'final', entry: { type: 'tell', params: { step: 'complete', waiting: false } } },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
})
