// Conversation machine
// A durable chat: each message is answered by an agent that is told what was said before. It never ends by itself.
//
// V1. Messages are answered one at a time, in the order they came; each asker gets the answer to its own message.
// V2. At most `queueMax` messages wait; one more is refused at once.
// V3. `cancel` while an answer is in progress ends that answer and the waiting ones, not the conversation.
// V4. What is kept is bounded: the latest `keptMax` messages, each cut at `saidCharsMax`; the agent is told the latest `toldCharsMax` characters.
import { assign, enqueueActions, setup } from 'xstate'
import { agentMachine } from './agent.machine.ts'
import { agentLimits, reasonOf, type AgentInput, type AgentOutput, type AgentProfile, type AgentProgress, type Said } from './agent-task.ts'
import { clip } from './agent-words.ts'
import { actorId, type Address } from './address.ts'
import { replyLater, reply, type ReplyEmitted } from './authoring.ts'
import { metaOf, timeOf } from './message.ts'
import type { CitationFact } from './task-events.ts'

const queueMax = 16
const keptMax = 40
const saidCharsMax = 4_000
const toldCharsMax = 8_000

export interface MessageAdd {
  readonly type: 'message.add'
  readonly text: string
  /** The folder and the collection it was ingested into: what the answer may draw on. */
  readonly root: string
  readonly collection: string
}

interface Asked {
  /** The id of the message that asked. */
  readonly id: string
  readonly text: string
  readonly root: string
  readonly collection: string
}

export interface ConversationContext {
  readonly address: Address
  readonly said: readonly Said[]
  /** The message being answered first, then the waiting ones. */
  readonly asked: readonly Asked[]
  /** Answers begun, to tell one from the next. */
  readonly turns: number
  /** What the agent is doing. */
  readonly step: string
}

export type ConversationEvent =
  | MessageAdd
  | AgentProgress
  | { readonly type: 'conversation.read' }
  | { readonly type: 'cancel'; readonly reason?: string }

/** The answer to an ask of `message.add`. */
export type ConversationReply =
  | {
      readonly ok: true
      readonly text: string
      readonly citations: readonly CitationFact[]
      readonly model: string
      readonly offline: boolean
    }
  | { readonly ok: false; readonly reason: string }

export type ConversationFact = { readonly type: 'message.answered'; readonly message: string } & ConversationReply

const conversationSetup = setup({
  types: {
    context: {} as ConversationContext,
    input: {} as Address,
    events: {} as ConversationEvent,
    emitted: {} as ConversationFact | ReplyEmitted,
  },
  actors: { answerer: agentMachine },
  guards: {
    isFull: ({ context }) => context.asked.length > queueMax,
    isAsked: ({ context }) => context.asked.length > 0,
    isOfThisTurn: ({ context }, { executionId }: { executionId: string }) => executionId === turnOf(context),
  },
  actions: {
    queue: assign(({ context, event }, { text, root, collection }: MessageAdd) => ({
      asked: [...context.asked, { id: metaOf(event)?.id ?? '', text, root, collection }],
    })),
    refuse: reply(() => ({ ok: false, reason: `${queueMax} messages wait for an answer already` })),
    countTurn: assign({ turns: ({ context }) => context.turns + 1, step: 'start' }),
    keepStep: assign((_, { step }: AgentProgress) => ({ step })),
    answer: enqueueActions(({ context, enqueue }, { given }: { given: ConversationReply }) => {
      const [asked, ...waiting] = context.asked
      if (!asked) return
      const exchange: Said[] = [
        { role: 'user', content: clip(asked.text, saidCharsMax) },
        ...(given.ok ? [{ role: 'assistant' as const, content: clip(given.text, saidCharsMax) }] : []),
      ]
      enqueue.assign({ said: [...context.said, ...exchange].slice(-keptMax), asked: waiting, step: '' }) // V4
      enqueue.emit({ type: 'message.answered', message: asked.id, ...given })
      enqueue(replyLater(asked.id, given)) // V1
    }),
    giveUp: enqueueActions(({ context, enqueue }, { reason }: { reason: string }) => {
      enqueue.assign({ asked: [], step: '' })
      for (const { id } of context.asked) {
        enqueue.emit({ type: 'message.answered', message: id, ok: false, reason })
        enqueue(replyLater(id, { ok: false, reason }))
      }
    }),
    read: reply(({ context: { said, asked, step } }: { context: ConversationContext }) => ({ said, waiting: asked.length, step })),
  },
})

/** `profile`: the agent kind that answers. */
export const createConversationMachine = (profile: AgentProfile) =>
  conversationSetup.createMachine({
    id: 'conversation',
    context: ({ input: { tenant, type, key } }) => ({ address: { tenant, type, key }, said: [], asked: [], turns: 0, step: '' }),
    on: {
      'conversation.read': { actions: 'read' },
      cancel: { description: 'Nothing to cancel: the conversation stays.' },
    },
    initial: 'idle',
    states: {
      idle: {
        always: { guard: 'isAsked', target: 'answering' },
        on: { 'message.add': { actions: { type: 'queue', params: ({ event }) => event } } },
      },
      answering: {
        entry: 'countTurn',
        invoke: {
          src: 'answerer',
          id: 'answerer',
          input: ({ context, event }) => agentInputOf(context, profile, timeOf(event)),
          onDone: { target: 'idle', actions: { type: 'answer', params: ({ event }) => ({ given: replyOf(event.output) }) } },
          onError: {
            target: 'idle',
            actions: { type: 'answer', params: ({ event }) => ({ given: { ok: false, reason: reasonOf(event.error) } }) },
          },
        },
        on: {
          'message.add': [
            { guard: 'isFull', actions: 'refuse' }, // V2
            { actions: { type: 'queue', params: ({ event }) => event } },
          ],
          'agent.progress': {
            guard: { type: 'isOfThisTurn', params: ({ event }) => event },
            actions: { type: 'keepStep', params: ({ event }) => event },
          },
          cancel: {
            target: 'idle', // V3
            actions: { type: 'giveUp', params: ({ event }) => ({ reason: `cancelled: ${event.reason ?? 'no reason given'}` }) },
          },
        },
      },
    },
  })

const turnOf = ({ address, turns }: ConversationContext): string => `${address.key}#${turns}`

function agentInputOf(context: ConversationContext, profile: AgentProfile, at: number): AgentInput {
  const { address, asked, said } = context
  const { text = '', root = '', collection = '' } = asked[0] ?? {}
  return {
    taskId: turnOf(context),
    executionId: turnOf(context),
    supervisor: actorId(address.tenant, address.type, address.key),
    profile,
    task: { taskType: 'question', prompt: text, file: undefined, root, collection, history: toldOf(said) },
    limits: agentLimits,
    at,
  }
}

/** V4 */
function toldOf(said: readonly Said[]): readonly Said[] {
  let chars = 0
  const first = said.findLastIndex((one) => (chars += one.content.length) > toldCharsMax)
  return said.slice(first + 1)
}

const replyOf = ({ ok, answer, citations, model, offline, reason }: AgentOutput): ConversationReply =>
  ok ? { ok, text: answer, citations, model, offline } : { ok, reason: reason ?? 'the agent gave no reason' }
