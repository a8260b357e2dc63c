// Memory machine
// The keeper of one collection: reads a folder into vector memory, and forgets it. One run at a time.
//
// M1. An ingest asked for during another run waits, once: all who ask meanwhile share the next run, with the folder named last.
// M2. Every asker is answered when its run has ended, however it ends.
// M3. Forgetting ends the run in progress and the one that waits; what is asked for afterwards is ingested afterwards.
import { assign, enqueueActions, setup } from 'xstate'
import { reasonOf } from './agent-task.ts'
import type { Address } from './address.ts'
import { effect, replyLater, reply, type ReplyEmitted } from './authoring.ts'
import { metaOf } from './message.ts'

const askersMax = 64
const forgettingReason = 'the collection is being forgotten'

export interface IngestInput {
  readonly root: string
  readonly collection: string
}

export interface Ingested {
  readonly files: number
  readonly chunks: number
  readonly skipped: number
}

interface Run {
  readonly root: string
  /** The ids of the messages that asked for it. */
  readonly askers: readonly string[]
}

export interface MemoryContext {
  readonly collection: string
  readonly run: Run | undefined
  readonly next: Run | undefined
  /** The ids of the messages that asked to forget. */
  readonly forgetters: readonly string[]
  /** What the last run that succeeded found. */
  readonly held: (Ingested & { readonly root: string }) | undefined
}

export type MemoryEvent =
  | { readonly type: 'memory.ingest'; readonly root: string }
  | { readonly type: 'memory.forget' }
  | { readonly type: 'memory.status' }
  | { readonly type: 'cancel'; readonly reason?: string }

export type MemoryReply = ({ readonly ok: true } & Ingested) | { readonly ok: false; readonly reason: string }

export type MemoryFact =
  | ({ readonly type: 'memory.ingested'; readonly collection: string; readonly root: string } & Ingested)
  | { readonly type: 'memory.forgotten'; readonly collection: string }
  | { readonly type: 'memory.failed'; readonly collection: string; readonly doing: 'ingest' | 'forget'; readonly reason: string }

export const memoryMachine = setup({
  types: {
    context: {} as MemoryContext,
    input: {} as Address,
    events: {} as MemoryEvent,
    emitted: {} as MemoryFact | ReplyEmitted,
  },
  actors: {
    ingest: effect<IngestInput, Ingested>(),
    forget: effect<{ readonly collection: string }, null>(),
  },
  guards: {
    hasNext: ({ context }) => context.next !== undefined,
    isFull: ({ context }) => (context.next?.askers.length ?? 0) >= askersMax,
    areForgettersFull: ({ context }) => context.forgetters.length >= askersMax,
  },
  actions: {
    queue: assign(({ context, event }, { root }: { root: string }) => ({
      next: { root, askers: [...(context.next?.askers ?? []), metaOf(event)?.id ?? ''] }, // M1
    })),
    refuse: reply(() => ({ ok: false, reason: `${askersMax} askers wait for this already` })),
    startNext: assign({ run: ({ context }) => context.next, next: undefined }),
    keepRun: enqueueActions(({ context: { collection, run }, enqueue }, { found }: { found: Ingested }) => {
      if (!run) return
      const { files, chunks, skipped } = found
      const held = { root: run.root, files, chunks, skipped }
      enqueue.assign({ run: undefined, held })
      enqueue.emit({ type: 'memory.ingested', collection, ...held })
      for (const asker of run.askers) enqueue(replyLater(asker, { ok: true, files, chunks, skipped })) // M2
    }),
    lose: enqueueActions(({ context, enqueue }, { which, reason }: { which: 'run' | 'next'; reason: string }) => {
      const lost = context[which]
      if (!lost) return
      enqueue.assign({ [which]: undefined })
      enqueue.emit({ type: 'memory.failed', collection: context.collection, doing: 'ingest', reason })
      for (const asker of lost.askers) enqueue(replyLater(asker, { ok: false, reason })) // M2
    }),
    askToForget: assign({ forgetters: ({ context, event }) => [...context.forgetters, metaOf(event)?.id ?? ''] }),
    forgot: enqueueActions(({ context: { collection, forgetters }, enqueue }) => {
      enqueue.assign({ held: undefined, forgetters: [] })
      enqueue.emit({ type: 'memory.forgotten', collection })
      for (const asker of forgetters) enqueue(replyLater(asker, { ok: true }))
    }),
    couldNotForget: enqueueActions(({ context: { collection, forgetters }, enqueue }, { reason }: { reason: string }) => {
      enqueue.assign({ forgetters: [] })
      enqueue.emit({ type: 'memory.failed', collection, doing: 'forget', reason })
      for (const asker of forgetters) enqueue(replyLater(asker, { ok: false, reason }))
    }),
    tellStatus: reply(({ context: { run, next, held } }: { context: MemoryContext }) => ({
      ...(run && { ingesting: run.root }),
      ...(next && { next: next.root }),
      ...(held && { held }),
    })),
  },
}).createMachine({
  id: 'memory',
  context: ({ input }) => ({ collection: input.key, run: undefined, next: undefined, forgetters: [], held: undefined }),
  on: {
    'memory.ingest': [{ guard: 'isFull', actions: 'refuse' }, { actions: { type: 'queue', params: ({ event }) => event } }],
    'memory.status': { actions: 'tellStatus' },
    'memory.forget': [
      { guard: 'areForgettersFull', actions: 'refuse' },
      {
        target: '.forgetting',
        actions: [
          { type: 'lose', params: { which: 'run', reason: forgettingReason } }, // M3
          { type: 'lose', params: { which: 'next', reason: forgettingReason } },
          'askToForget',
        ],
      },
    ],
    cancel: { description: 'Nothing to cancel: the keeper of a collection stays.' },
  },
  initial: 'idle',
  states: {
    idle: { always: { guard: 'hasNext', target: 'ingesting', actions: 'startNext' } },
    ingesting: {
      invoke: {
        src: 'ingest',
        input: ({ context: { run, collection } }) => ({ root: run?.root ?? '', collection }),
        onDone: { target: 'idle', actions: { type: 'keepRun', params: ({ event }) => ({ found: event.output }) } },
        onError: { target: 'idle', actions: { type: 'lose', params: ({ event }) => ({ which: 'run', reason: reasonOf(event.error) }) } },
      },
      on: {
        cancel: {
          target: 'idle',
          actions: { type: 'lose', params: ({ event }) => ({ which: 'run', reason: `cancelled: ${event.reason ?? 'no reason given'}` }) },
        },
      },
    },
    forgetting: {
      invoke: {
        src: 'forget',
        input: ({ context }) => ({ collection: context.collection }),
        onDone: { target: 'idle', actions: 'forgot' },
        onError: { target: 'idle', actions: { type: 'couldNotForget', params: ({ event }) => ({ reason: reasonOf(event.error) }) } },
      },
    },
  },
})
