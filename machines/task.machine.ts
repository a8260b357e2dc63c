// Task machine
// One task from its submission to its end. Agents work on it in rounds: one that answers, or a team; a planner first, and one that joins the
// answers of the steps, when it is to be divided. Whoever asks `task.submit` is answered with the output; a repeated submit is the same task.
//
// K1. A task ends once, as completed, failed or cancelled, and says which.
// K2. At most `executionsMax` agents follow one another in one slot of a round, never the same one twice in a round.
// K3. Every decision for it is settled once: by the outcome of its execution, or withdrawn when its answer is not needed.
// K4. All executions and steps share one budget and one deadline; the agents keep both, since they know when they wait for people.
// K5. A coordinator that does not answer blocks nothing: another shard is asked, in the end nobody.
// K6. A step is a task of its own, submitted once. Its end reaches this one as a message, its loss through a monitor; what runs is cancelled when the task ends.
// K7. A person is waited for at most `agentLimits.personMs`.
import { agentMachine } from './agent.machine.ts'
import { agentLimits, reasonOf, type AgentOutput } from './agent-task.ts'
import { agentInputOf, defaultChoices, kindOf, profileOf, undecided, type Equipment } from './task-choosing.ts'
import { timeOf } from './message.ts'
import { outputOf, unsubmitted, type TaskContext } from './task-record.ts'
import { taskSetup } from './task-setup.ts'
import { joinType, planType, teamSizeMax } from './task-submit.ts'

export type { TaskEvent } from './task-setup.ts'

/** What a world has for tasks: its agent kinds, each an actor source of its name, and its tools. */
export function createTaskMachine(equipment: Equipment) {
  const { profiles } = equipment
  const taskTypes = [...new Set(profiles.flatMap((profile) => profile.taskTypes))].filter((type) => type !== planType && type !== joinType)
  const machine = taskSetup.createMachine({
    id: 'task',
    context: ({ input }) => unsubmitted(input),
    output: ({ context }) => outputOf(context),
    on: {
      'task.submit': { description: 'The same task again: its asker waits for the output as well.' },
      'task.progress': { actions: 'tellProgress' },
      'agent.chosen': { actions: { type: 'withdrawLate', params: ({ event }) => event } }, // K3
      'agent.none': { description: 'The answer to an ask that was given up.' },
      'agent.progress': { description: 'Of an agent whose answer is not needed any more.' },
      'step.ended': { description: 'Of a step that was given up.' },
      'actor.down': { description: 'The end of a step, told already.' },
      cancel: { target: '.cancelled', actions: { type: 'cancel', params: ({ event }) => event } },
    },
    initial: 'new',
    states: {
      new: {
        on: { 'task.submit': { target: 'recalling', actions: [{ type: 'begin', params: ({ event }) => event }, 'tellSubmitted'] } },
      },
      recalling,
      opening: {
        always: [
          { guard: 'isPlanned', target: 'working', actions: { type: 'openRound', params: { purpose: 'plan', taskTypes } } },
          { target: 'working', actions: { type: 'openRound', params: { purpose: 'answer' } } },
        ],
      },
      working: working(equipment),
      judging: {
        always: [
          { guard: 'isAnswered', target: 'completed' },
          { guard: 'hasPlan', target: 'stepping', actions: 'takePlan' },
          { guard: 'mayCorrect', target: 'opening' },
          { guard: 'isToBeJoined', target: 'completed', actions: 'concat' },
          { target: 'failed' },
        ],
      },
      stepping,
      completed: { type: 'final', entry: { type: 'finish', params: { end: 'completed' } } }, // K1
      failed: { type: 'final', entry: { type: 'finish', params: { end: 'failed' } } },
      cancelled: { type: 'final', entry: { type: 'finish', params: { end: 'cancelled' } } },
    },
  })
  return machine.provide({ actors: Object.fromEntries(profiles.map(({ name }) => [agentSource(name), agentMachine])) })
}

const recalling = taskSetup.createStateConfig({
  description: 'What is remembered of tasks like this one; it goes on without.',
  invoke: {
    src: 'recall',
    input: ({ context: { task } }) => ({ prompt: task.prompt, taskType: task.taskType }),
    onDone: { target: 'opening', actions: { type: 'keepRecalled', params: ({ event }) => ({ recalled: event.output }) } },
    onError: 'opening',
  },
  after: { recalling: 'opening' },
})

const slotNames = ['first', 'second', 'third', 'fourth', 'fifth'] as const

/** One region chooses agents, and one for each slot has them work: they speak through the round in the context. */
const working = (equipment: Equipment) =>
  taskSetup.createStateConfig({
    type: 'parallel',
    description: 'One round: leaving it stops the agents and settles what is open.',
    exit: 'closeRound', // K3
    always: { guard: 'isOver', target: 'judging' },
    on: {
      'agent.progress': {
        guard: { type: 'isAtWork', params: ({ event }) => event },
        actions: { type: 'keepProgress', params: ({ event }) => event },
      },
    },
    states: {
      choosing: choosing(equipment),
      ...Object.fromEntries(slotNames.slice(0, teamSizeMax).map((name, slot) => [name, slotState(slot, equipment)])),
    },
  })

const choosing = ({ profiles }: Equipment) =>
  taskSetup.createStateConfig({
    initial: 'resting',
    states: {
      resting: {
        always: [
          { guard: 'needsPerson', target: 'awaitingPerson' },
          { guard: 'needsAgents', target: 'asking' },
        ],
      },
      asking: {
        entry: 'askForAgents',
        after: {
          shard: [
            { guard: 'hasNextShard', target: 'asking', reenter: true, actions: 'askNextShard' }, // K5
            {
              target: 'resting',
              actions: {
                type: 'takeGiven',
                params: ({ context, event }) => ({
                  choices: context.round ? defaultChoices(context, context.round, profiles) : [],
                  coordinator: undefined,
                  why: undecided,
                  held: '',
                  at: timeOf(event),
                }),
              },
            },
          ],
        },
        on: {
          'agent.chosen': {
            guard: { type: 'isUsable', params: ({ event }) => event },
            target: 'resting',
            actions: { type: 'take', params: ({ event }) => event },
          },
          'agent.none': {
            guard: 'isFromShardAsked', // one that was given up may still refuse what it was asked then
            target: 'resting',
            actions: { type: 'takeRefusal', params: ({ event }) => event },
          },
        },
      },
      awaitingPerson,
    },
  })

const awaitingPerson = taskSetup.createStateConfig({
  description: 'A person is asked: before agents start, or because they cannot settle it.',
  tags: 'needs-human',
  entry: 'askPerson',
  after: {
    person: {
      target: '#task.failed',
      actions: {
        type: 'fail',
        params: ({ context }) => ({ reason: `nobody decided within ${agentLimits.personMs} ms: ${context.asked}` }),
      },
    }, // K7
  },
  on: {
    'task.approve': [
      { guard: 'isHeld', target: 'resting', actions: ['approve', 'accept'] },
      { guard: 'hasAnswers', target: 'resting', actions: ['approve', 'accept'] },
      { actions: 'refuseToApprove' },
    ],
    'task.answer': { target: '#task.completed', actions: { type: 'answerByPerson', params: ({ event }) => event } },
    'task.deny': {
      target: '#task.failed',
      actions: { type: 'fail', params: ({ event }) => ({ reason: `a person denied it: ${event.reason ?? 'no reason given'}` }) },
    },
  },
})

/** K2: one agent after the other, each in the state of its kind; leaving the state stops it. */
const slotState = (slot: number, equipment: Equipment) =>
  taskSetup.createStateConfig({
    initial: 'idle',
    states: {
      idle: { always: { guard: { type: 'isChosen', params: { slot } }, target: 'starting' } },
      starting: {
        entry: { type: 'start', params: { slot } },
        always: [
          ...equipment.profiles.map(({ name }) => ({
            guard: {
              type: 'isOfKind' as const,
              params: ({ context }: { context: TaskContext }) => ({ is: startsAs(context, slot, equipment) === name }),
            },
            target: name,
          })),
          {
            target: 'idle',
            actions: {
              type: 'endExecution' as const,
              params: ({ context }: { context: TaskContext }) => ({ slot, end: cannotStart(context, slot, equipment) }),
            },
          },
        ],
      },
      ...Object.fromEntries(equipment.profiles.map(({ name }) => [name, workedOnBy(name, slot, equipment)])),
    },
  })

/** The source of an agent of this kind, which is the type of its actor. */
export const agentSource = (kind: string): `agent-${string}` => `agent-${kind}`

/** The child's id tells the slots apart: two may run agents of one kind. */
const workedOnBy = (kind: string, slot: number, equipment: Equipment) =>
  taskSetup.createStateConfig({
    invoke: {
      id: slot === 0 ? kind : `${kind}-${slot + 1}`,
      src: agentSource(kind),
      input: ({ context, event }) => agentInputOf(context, slot, equipment, timeOf(event)),
      onDone: {
        target: 'idle',
        actions: {
          type: 'endExecution',
          params: ({ event }: { event: { readonly output: AgentOutput } }) => ({ slot, end: event.output }),
        },
      },
      onError: {
        target: 'idle',
        actions: {
          type: 'endExecution',
          params: ({ event }: { event: { readonly error: unknown } }) => ({ slot, end: reasonOf(event.error) }),
        },
      },
    },
  })

/** The kind in whose state the agent works; undefined when it cannot work here. */
function startsAs({ round }: TaskContext, slot: number, equipment: Equipment): string | undefined {
  const choice = round?.slots[slot]?.execution?.choice
  return choice && typeof profileOf(choice, equipment) !== 'string' ? kindOf(choice) : undefined
}

function cannotStart({ round }: TaskContext, slot: number, equipment: Equipment): string {
  const choice = round?.slots[slot]?.execution?.choice
  const found = choice ? profileOf(choice, equipment) : 'no agent was chosen'
  return typeof found === 'string' ? found : `agent kind '${found.name}' has no state`
}

const stepping = taskSetup.createStateConfig({
  description: 'The steps are done, each a task of its own.',
  entry: 'startSteps',
  exit: 'cancelSteps', // K6
  on: {
    'step.ended': { guard: 'isOfAStep', actions: [{ type: 'endStep', params: ({ event }) => event }, 'startSteps'] },
    'actor.down': {
      guard: { type: 'isLostStep', params: ({ event }) => event },
      actions: [{ type: 'loseStep', params: ({ event }) => event }, 'startSteps'],
    },
  },
  always: [
    { guard: 'hasFailedStep', target: 'failed', actions: 'failByStep' },
    { guard: 'haveNoAnswer', target: 'failed', actions: 'failByStep' },
    { guard: 'joinsByAgent', target: 'working', actions: { type: 'openRound', params: { purpose: 'join' } } },
    { guard: 'haveEnded', target: 'completed', actions: 'concat' },
  ],
})
