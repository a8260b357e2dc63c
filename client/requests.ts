// Requests
// The questions a client asks outside the mailbox: how many partitions a namespace has, the present state of an actor, and what an event would do to it.
import { RequestError, TimeoutError, type NatsConnection } from 'nats'
import type { ActorId } from '../machines/address.ts'
import type { StoredHold } from '../machines/debug.ts'
import type { ActorEvent, ReplyError } from '../machines/message.ts'
import { streams, subjects } from '../machines/subject.ts'
import { AskRefused, ClientClosed, NamespaceNotFound, ServerUnavailable } from './errors.ts'

/** The present state of one actor, as its owner has it in memory. */
export interface ActorState {
  readonly actor: ActorId
  readonly turn: number
  /** Of its definition. */
  readonly version: string
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** The state value, as XState writes it. */
  readonly value: unknown
  readonly context: unknown
  readonly tags: readonly string[]
  readonly output?: unknown
  readonly error?: unknown
  /** Child actors (their address) and running effects (their idempotency key), by their id in the machine. */
  readonly children: Readonly<Record<string, { readonly kind: 'actor' | 'effect'; readonly src: string; readonly address: string }>>
  /** Armed timers, by their id in the machine; `due` in epoch milliseconds. */
  readonly timers: Readonly<Record<string, { readonly due: number }>>
  /** Steps that would be undone, and those that are being undone, the next one first: the names of their effects. */
  readonly saga?: {
    readonly steps: readonly string[]
    readonly compensating: readonly string[]
    readonly stuck?: { readonly cause: string; readonly at: number }
  }
  /** Somebody debugs it. */
  readonly hold?: StoredHold
  /** Messages that wait in its state: for its restart, for the end of a hold, or for a version that fits. */
  readonly waiting: readonly { readonly id: string; readonly type: string; readonly from?: ActorId }[]
}

/** What one event would do to an actor as it is now. */
export interface Rehearsal {
  /** False: no transition takes the event. */
  readonly handled: boolean
  /** The actor waits, and the event would wait with it. */
  readonly parked?: true
  /** State values; `from` is null when the event would bring the actor to life. */
  readonly from: unknown
  readonly to: unknown
  readonly status: string
  readonly sends: readonly { readonly to: ActorId; readonly type: string }[]
  readonly effects: readonly { readonly src: string }[]
  readonly emits: readonly string[]
}

const streamNotFound = 10059

/** How many partitions a namespace was created with. */
export async function readPartitions(connection: NatsConnection, namespace: string, timeoutMs: number): Promise<number> {
  const stream = streams(namespace).mailbox
  const doing = `reading the partitions of namespace '${namespace}' from stream ${stream}`
  const unheard = 'JetStream is not enabled for this account'
  const { error, config } = await request<StreamInfo>(connection, {
    subject: `$JS.API.STREAM.INFO.${stream}`,
    body: '',
    timeoutMs,
    doing,
    unheard,
  })
  if (error?.err_code === streamNotFound)
    throw new NamespaceNotFound(`${doing}: there is no such stream; start a worker of this namespace first, or check the name`)
  if (error) throw new ServerUnavailable(`${doing}: ${error.description} (${error.err_code})`)
  const partitions = Number(config?.metadata?.['troupe.partitions'])
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new NamespaceNotFound(`${doing}: its metadata has no 'troupe.partitions'; another program made this stream`)
  return partitions
}

interface StreamInfo {
  readonly error?: { readonly err_code: number; readonly description: string }
  readonly config?: { readonly metadata?: Readonly<Record<string, string>> }
}

/** An actor, and where its owner is asked. */
export interface Asked {
  readonly actor: ActorId
  readonly tenant: string
  readonly partition: number
  readonly timeoutMs: number
}

/** Asks the owner of the actor's partition for its present state. */
export async function queryActor(connection: NatsConnection, namespace: string, asked: Asked): Promise<ActorState> {
  const { actor, tenant, partition } = asked
  const doing = `querying ${actor}`
  const found = await request<QueryAnswer>(connection, {
    ...questionOf(asked, doing),
    subject: subjects(namespace).query(partition, tenant),
    body: JSON.stringify({ actor }),
  })
  if (!found.ok) throw new AskRefused(`${doing}: ${found.error.message}`, found.error.code)
  return found.state
}

type QueryAnswer = { readonly ok: true; readonly state: ActorState } | { readonly ok: false; readonly error: ReplyError }

/** Asks the owner of the actor's partition what an event would do; nothing changes by asking. */
export async function rehearseEvent(
  connection: NatsConnection,
  namespace: string,
  asked: Asked & { readonly event: ActorEvent },
): Promise<Rehearsal> {
  const { actor, tenant, partition, event } = asked
  const doing = `trying ${event.type} on ${actor}`
  const tried = await request<DryRunAnswer>(connection, {
    ...questionOf(asked, doing),
    subject: subjects(namespace).dryRun(partition, tenant),
    body: JSON.stringify({ actor, event }),
  })
  if (!tried.ok) throw new AskRefused(`${doing}: ${tried.error.message}`, tried.error.code)
  return tried.would
}

type DryRunAnswer = { readonly ok: true; readonly would: Rehearsal } | { readonly ok: false; readonly error: ReplyError }

const questionOf = ({ partition, timeoutMs }: Asked, doing: string) => ({
  timeoutMs,
  doing,
  unheard: `no worker owns partition ${partition} at this moment`,
})

interface Question {
  /** What is being done, for messages. */
  readonly doing: string
  /** What it means when nobody listens on the subject. */
  readonly unheard: string
  readonly subject: string
  readonly body: string
  readonly timeoutMs: number
}

/** The decoded answer: what it is, the caller knows from what it asked. */
async function request<Answer>(connection: NatsConnection, question: Question): Promise<Answer> {
  const { doing, unheard, timeoutMs } = question
  try {
    const answer = await connection.request(question.subject, question.body, { timeout: timeoutMs })
    return answer.json<Answer>()
  } catch (cause) {
    if (connection.isClosed()) throw new ClientClosed(`${doing}: the connection was closed`, { cause })
    if (cause instanceof RequestError && cause.isNoResponders()) throw new ServerUnavailable(`${doing}: ${unheard}`, { cause })
    if (cause instanceof TimeoutError) throw new ServerUnavailable(`${doing}: no answer in ${timeoutMs} ms`, { cause })
    throw new ServerUnavailable(`${doing}: the request failed`, { cause })
  }
}
