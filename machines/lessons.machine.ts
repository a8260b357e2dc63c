// Lessons machine
// The keeper of what a tenant's executions taught: takes lessons from tasks, puts them into vector memory in batches. Nothing waits for it.
//
// L1. A lesson waits here, durably, until the memory has it; one batch is on its way at a time, and goes again until it has arrived.
// L2. At most `queueMax` wait. Beyond it the one that has waited longest goes, counted and told: lessons never stop a task.
// L3. An execution that is told again while it is remembered is not kept again.
// L4. A lesson takes the place of the one `placesMax` before it, so a tenant's lessons are bounded, and storing one again changes nothing.
import { assertEvent, assign, enqueueActions, setup } from 'xstate'
import { reasonOf } from './agent-task.ts'
import { effect, reply, replyLater, type ReplyEmitted } from './authoring.ts'
import { lessonKeyOf, lessonOf, type Lesson, type LessonRecord } from './lessons.ts'
import { metaOf, timeOf } from './message.ts'

/** Lessons that wait; with texts of the largest size they fit an actor's state. */
const queueMax = 64
/** Lessons of one write. */
const batchMax = 32
/** Lessons of a tenant: the oldest is replaced. */
export const placesMax = 5_000
/** Executions remembered so as not to be kept twice. */
const recentMax = 128
const backoffMsMin = 1_000
const backoffMsMax = 300_000
const askersMax = 16

/** A lesson, and its place in memory. */
export interface PlacedLesson extends Lesson {
  readonly place: number
}

export interface LessonCounts {
  readonly recorded: number
  readonly repeated: number
  readonly stored: number
  /** Never stored, because too many waited. */
  readonly dropped: number
}

export interface LessonsContext {
  readonly queue: readonly PlacedLesson[]
  /** On its way, or about to go again. */
  readonly batch: readonly PlacedLesson[]
  readonly nextPlace: number
  /** Keys of the latest, oldest first. */
  readonly recent: readonly string[]
  readonly counts: LessonCounts
  /** How often the batch has failed, and why the last time. */
  readonly failures: number
  readonly fault: string | undefined
  /** The ids of the messages that asked to forget. */
  readonly forgetters: readonly string[]
}

export type LessonsEvent =
  | LessonRecord
  | { readonly type: 'lessons.status' }
  | { readonly type: 'lessons.forget' }
  | { readonly type: 'cancel'; readonly reason?: string }

export type LessonsFact =
  | { readonly type: 'lessons.stored'; readonly count: number }
  /** The first failure of a batch; those that follow it are only counted. */
  | { readonly type: 'lessons.waiting'; readonly count: number; readonly reason: string }
  /** L2. */
  | { readonly type: 'lessons.dropped'; readonly taskId: string; readonly arm: string; readonly dropped: number }
  | { readonly type: 'lessons.forgotten' }

export interface KeepInput {
  readonly lessons: readonly PlacedLesson[]
}

export const lessonsMachine = setup({
  types: {
    context: {} as LessonsContext,
    events: {} as LessonsEvent,
    emitted: {} as LessonsFact | ReplyEmitted,
  },
  actors: {
    keep: effect<KeepInput, null>(),
    forget: effect<null, null>(),
  },
  guards: {
    isKnown: ({ context, event }) => event.type === 'lesson.record' && context.recent.includes(lessonKeyOf(event)), // L3
    hasMore: ({ context }) => context.batch.length > 0 || context.queue.length > 0,
    areForgettersFull: ({ context }) => context.forgetters.length >= askersMax,
  },
  delays: { backoff: ({ context }) => Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(context.failures - 1, 20)) },
  actions: {
    countRepeated: assign({ counts: ({ context }) => ({ ...context.counts, repeated: context.counts.repeated + 1 }) }),
    record: enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, 'lesson.record')
      const { next, dropped } = recorded(context, lessonOf(event, timeOf(event)))
      enqueue.assign(next)
      if (!dropped) return
      enqueue.emit({ type: 'lessons.dropped', taskId: dropped.taskId, arm: dropped.arm, dropped: next.counts.dropped })
    }),
    takeBatch: assign(({ context }) =>
      context.batch.length > 0 ? {} : { batch: context.queue.slice(0, batchMax), queue: context.queue.slice(batchMax) },
    ),
    stored: enqueueActions(({ context, enqueue }) => {
      const count = context.batch.length
      enqueue.assign({ batch: [], failures: 0, fault: undefined, counts: { ...context.counts, stored: context.counts.stored + count } })
      enqueue.emit({ type: 'lessons.stored', count })
    }),
    failed: enqueueActions(({ context, enqueue }, { reason }: { reason: string }) => {
      enqueue.assign({ failures: context.failures + 1, fault: reason })
      if (context.failures === 0) enqueue.emit({ type: 'lessons.waiting', count: context.batch.length + context.queue.length, reason })
    }),
    tellStatus: reply(({ context: { queue, batch, counts, failures, fault } }: { context: LessonsContext }) => ({
      ...counts,
      waiting: queue.length + batch.length,
      ...(fault !== undefined && { failures, fault }),
    })),
    refuse: reply(() => ({ ok: false, reason: `${askersMax} askers wait for this already` })),
    askToForget: assign({
      forgetters: ({ context, event }) => [...context.forgetters, metaOf(event)?.id ?? ''],
      queue: [],
      batch: [],
      failures: 0,
      fault: undefined,
    }),
    answerForgetters: enqueueActions(({ context, enqueue }, { answer }: { answer: { readonly ok: boolean; readonly reason?: string } }) => {
      for (const asker of context.forgetters) enqueue(replyLater(asker, answer))
      enqueue.assign({ forgetters: [] })
      if (answer.ok) enqueue.emit({ type: 'lessons.forgotten' })
    }),
  },
}).createMachine({
  id: 'lessons',
  context: {
    queue: [],
    batch: [],
    nextPlace: 0,
    recent: [],
    counts: { recorded: 0, repeated: 0, stored: 0, dropped: 0 },
    failures: 0,
    fault: undefined,
    forgetters: [],
  },
  on: {
    'lesson.record': [{ guard: 'isKnown', actions: 'countRepeated' }, { actions: 'record' }],
    'lessons.status': { actions: 'tellStatus' },
    'lessons.forget': [
      { guard: 'areForgettersFull', actions: 'refuse' },
      { target: '.forgetting', actions: 'askToForget' },
    ],
    cancel: { description: 'Nothing to cancel: a tenant always has its lessons.' },
  },
  initial: 'idle',
  states: {
    idle: { always: { guard: 'hasMore', target: 'storing', actions: 'takeBatch' } },
    storing: {
      invoke: {
        src: 'keep',
        input: ({ context }) => ({ lessons: context.batch }),
        onDone: { target: 'idle', actions: 'stored' },
        onError: { target: 'waiting', actions: { type: 'failed', params: ({ event }) => ({ reason: reasonOf(event.error) }) } },
      },
    },
    waiting: { after: { backoff: 'idle' } }, // L1
    forgetting: {
      invoke: {
        src: 'forget',
        input: null,
        onDone: { target: 'idle', actions: { type: 'answerForgetters', params: { answer: { ok: true } } } },
        onError: {
          target: 'idle',
          actions: { type: 'answerForgetters', params: ({ event }) => ({ answer: { ok: false, reason: reasonOf(event.error) } }) },
        },
      },
    },
  },
})

function recorded(context: LessonsContext, lesson: Lesson) {
  const placed: PlacedLesson = { ...lesson, place: context.nextPlace % placesMax } // L4
  const isFull = context.queue.length >= queueMax
  const [oldest] = context.queue
  const dropped = isFull ? oldest : undefined // L2
  const { counts } = context
  const next = {
    queue: [...(isFull ? context.queue.slice(1) : context.queue), placed],
    nextPlace: context.nextPlace + 1,
    recent: [...context.recent, lesson.key].slice(-recentMax),
    counts: { ...counts, recorded: counts.recorded + 1, dropped: counts.dropped + (dropped ? 1 : 0) },
  }
  return { next, dropped }
}
