// Schedule machine
// One schedule: waits for its next due time, sends its event to its target, and says what it did. When and what is schedule-plan.ts; this keeps it.
// It asks nothing of the world: its timer is the kernel's, so it is durable, and out of memory between two firings.
//
// S1. What is fired leaves in the record that moves the schedule on: never twice, never lost.
// S2. A deleted schedule can be set again under its name; its run numbers go on.
import { assertEvent, assign, cancel, emit, enqueueActions, sendTo, setup } from 'xstate'
import { actorId, type ActorId, type Address } from './address.ts'
import { refTo, reply, type ReplyEmitted } from './authoring.ts'
import { timeOf, type ActorEvent } from './message.ts'
import {
  begin,
  drop,
  finish,
  fullSpec,
  resume,
  specFault,
  takeDue,
  trigger,
  unsetContext,
  wakesAt,
  type ScheduleContext,
  type SkipReason,
  type Step,
} from './schedule-plan.ts'
import { nextDues } from './schedule-times.ts'
import {
  scheduleRefusals,
  type Fired,
  type ScheduleAnswer,
  type ScheduleDescription,
  type ScheduleFault,
  type ScheduleSpec,
} from './schedule.ts'

const describedDues = 5

export type ScheduleEvent =
  | ({ readonly type: 'schedule.set' } & ScheduleSpec)
  | { readonly type: 'schedule.pause' }
  | { readonly type: 'schedule.resume' }
  | { readonly type: 'schedule.delete' }
  | { readonly type: 'schedule.trigger' }
  | { readonly type: 'schedule.describe' }
  /** The target of a run says that it is over. */
  | { readonly type: 'schedule.finished'; readonly run: number }
  | { readonly type: 'cancel'; readonly reason?: string }
  /** Its own timers. */
  | { readonly type: 'schedule.due' }
  | { readonly type: 'schedule.runTimedOut'; readonly run: number }

export type ScheduleFact =
  | ({ readonly type: 'schedule.fired'; readonly target: ActorId } & Fired)
  | { readonly type: 'schedule.skipped'; readonly why: SkipReason; readonly count: number }
  | { readonly type: 'schedule.ended' }

/** The timers by id: a second one of an id replaces the first. */
const timers = { due: 'due', run: 'run' } as const

export const scheduleMachine = setup({
  types: {
    context: {} as ScheduleContext,
    input: {} as Address,
    events: {} as ScheduleEvent,
    emitted: {} as ScheduleFact | ReplyEmitted,
  },
  guards: {
    isFaulty: ({ context, event }) => faultOf(context, event) !== undefined,
    /** Setting what is set already changes nothing: a deployment may set its schedules at every start. */
    isKnown: ({ context, event }, { paused }: { paused: boolean }) =>
      event.type === 'schedule.set' && (event.paused ?? false) === paused && isSame(fullSpec(event), context.spec),
    isToPause: ({ event }) => event.type === 'schedule.set' && event.paused === true,
    isOver: ({ context }) => wakesAt(context) === undefined,
  },
  actions: {
    set: assign(({ context, event }) => {
      assertEvent(event, 'schedule.set')
      return begin(context, fullSpec(event), timeOf(event))
    }),
    clear: assign(({ context }) => unsetContext(context.address, context.run)),
    resume: assign(({ context, event }) => resume(context, timeOf(event))),
    arm: enqueueActions(({ context, event, enqueue }) => {
      const due = wakesAt(context)
      if (due !== undefined) enqueue.raise({ type: 'schedule.due' }, { id: timers.due, delay: Math.max(0, due - timeOf(event)) })
    }),
    disarm: cancel(timers.due),
    forgetRun: cancel(timers.run),
    takeStep: enqueueActions(({ context, event, enqueue }) => {
      const { next, fired, skipped } = stepOf(context, event)
      const { spec } = next
      enqueue.assign(next)
      for (const schedule of fired) {
        if (!spec) continue // nothing is fired without one
        const due: ActorEvent = { ...spec.event, schedule }
        enqueue(sendTo(refTo(spec.target), due)) // S1
        enqueue.emit({ type: 'schedule.fired', target: spec.target, ...schedule })
      }
      for (const { why, count } of skipped) enqueue.emit({ type: 'schedule.skipped', why, count })
      if (next.running?.run === context.running?.run) return
      enqueue.cancel(timers.run)
      if (!next.running) return
      const { run, until } = next.running
      enqueue.raise({ type: 'schedule.runTimedOut', run }, { id: timers.run, delay: until - timeOf(event) })
    }),
    tellEnd: emit({ type: 'schedule.ended' }),
    accept: reply(({ context }: { context: ScheduleContext }): ScheduleAnswer => {
      const next = wakesAt(context)
      return { ok: true, ...(next !== undefined && { next }) }
    }),
    refuse: reply(({ context, event }: { context: ScheduleContext; event: ScheduleEvent }): ScheduleAnswer => ({
      ok: false,
      ...(faultOf(context, event) ?? notSet(context)),
    })),
    refuseEnded: reply(({ context }: { context: ScheduleContext }): ScheduleAnswer => ({ ok: false, ...ended(context) })),
    describe: enqueueActions(({ context, event, enqueue }, { state }: { state: ScheduleDescription['state'] }) =>
      enqueue(reply(() => describe(context, state, timeOf(event)))),
    ),
  },
}).createMachine({
  id: 'schedule',
  context: ({ input: { tenant, type, key } }) => unsetContext(actorId(tenant, type, key)),
  initial: 'unset',
  on: {
    'schedule.set': [
      { guard: 'isFaulty', actions: 'refuse' },
      { guard: 'isToPause', target: '.set.paused', actions: ['forgetRun', 'set', 'accept'] },
      { target: '.set.waiting', actions: ['forgetRun', 'set', 'accept'] },
    ],
  },
  states: {
    unset: {
      on: {
        'schedule.describe': { actions: { type: 'describe', params: { state: 'unset' } } },
        'schedule.pause': { actions: 'refuse' },
        'schedule.resume': { actions: 'refuse' },
        'schedule.trigger': { actions: 'refuse' },
        'schedule.delete': { actions: 'accept' },
        'schedule.finished': { description: 'Of a run before the schedule was deleted.' },
        cancel: { description: 'Deleted already.' },
      },
    },
    set: {
      initial: 'waiting',
      on: {
        'schedule.trigger': { actions: ['takeStep', 'accept'] },
        'schedule.finished': { actions: 'takeStep' },
        'schedule.runTimedOut': { actions: 'takeStep' },
        'schedule.delete': { target: 'unset', actions: ['forgetRun', 'clear', 'accept'] }, // S2
        cancel: { target: 'unset', actions: ['forgetRun', 'clear'] },
      },
      states: {
        waiting: {
          entry: 'arm',
          exit: 'disarm',
          always: { guard: 'isOver', target: 'ended' },
          on: {
            'schedule.due': { actions: ['takeStep', 'arm'] },
            'schedule.set': [
              { guard: 'isFaulty', actions: 'refuse' },
              { guard: { type: 'isKnown', params: { paused: false } }, actions: 'accept' },
              { guard: 'isToPause', target: 'paused', actions: ['forgetRun', 'set', 'accept'] },
              { target: 'waiting', reenter: true, actions: ['forgetRun', 'set', 'accept'] },
            ],
            'schedule.pause': { target: 'paused', actions: ['takeStep', 'accept'] },
            'schedule.resume': { actions: 'accept' },
            'schedule.describe': { actions: { type: 'describe', params: { state: 'waiting' } } },
          },
        },
        paused: {
          on: {
            'schedule.set': [
              { guard: 'isFaulty', actions: 'refuse' },
              { guard: { type: 'isKnown', params: { paused: true } }, actions: 'accept' },
              { guard: 'isToPause', actions: ['forgetRun', 'set', 'accept'] },
              { target: 'waiting', actions: ['forgetRun', 'set', 'accept'] },
            ],
            'schedule.pause': { actions: 'accept' },
            'schedule.resume': { target: 'waiting', actions: ['resume', 'accept'] },
            'schedule.describe': { actions: { type: 'describe', params: { state: 'paused' } } },
          },
        },
        ended: {
          entry: 'tellEnd',
          on: {
            'schedule.pause': { actions: 'refuseEnded' },
            'schedule.resume': { actions: 'refuseEnded' },
            'schedule.describe': { actions: { type: 'describe', params: { state: 'ended' } } },
          },
        },
      },
    },
  },
})

function stepOf(context: ScheduleContext, event: ScheduleEvent): Step {
  const now = timeOf(event)
  switch (event.type) {
    case 'schedule.due':
      return takeDue(context, now)
    case 'schedule.trigger':
      return trigger(context, now)
    case 'schedule.finished':
      return finish(context, event.run, { now, timedOut: false })
    case 'schedule.runTimedOut':
      return finish(context, event.run, { now, timedOut: true })
    case 'schedule.pause':
      return drop(context, 'paused')
    default:
      return { next: context, fired: [], skipped: [] }
  }
}

const faultOf = (context: ScheduleContext, event: ScheduleEvent): ScheduleFault | undefined =>
  event.type === 'schedule.set' ? specFault(fullSpec(event), context.address, timeOf(event)) : undefined

const notSet = ({ address }: ScheduleContext): ScheduleFault => ({
  code: scheduleRefusals.notSet,
  reason: `${address} is not set; send it schedule.set first`,
})

const ended = ({ address }: ScheduleContext): ScheduleFault => ({
  code: scheduleRefusals.ended,
  reason: `${address} has no due time left; set it anew, or fire it with schedule.trigger`,
})

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

function describe(context: ScheduleContext, state: ScheduleDescription['state'], now: number): ScheduleDescription {
  const { spec, anchor, due, pending, last, counts, running, queued } = context
  if (!spec || state === 'unset') return { state: 'unset' }
  const { endAt = Infinity } = spec
  const coming =
    state === 'ended' ? [] : nextDues(spec.when, anchor, state === 'waiting' && due !== undefined ? due - 1 : now, describedDues)
  return {
    state,
    spec,
    next: [...pending, ...coming.filter((one) => one <= endAt)].slice(0, describedDues),
    counts,
    ...(last && { last }),
    ...(running && { running }),
    ...(queued !== undefined && { queued }),
  }
}
