// Stand-in
// A stand-in for a namespace's workers, made of core NATS only: it takes what clients publish, in order, and answers as the protocol says.
// It keeps no state, runs no machine and owns nothing: it proves the client's side of the wire, never the kernel's.
import { connect, type Msg, type NatsConnection } from 'nats'
import type { ActorEvent, Frame, Message, Reply } from '../../machines/message.ts'
import { streams, subjects } from '../../machines/subject.ts'

export const partitions = 8

interface MailboxSpec {
  readonly namespace: string
  readonly messagesMax?: number
  /** False: the stream exists, but takes no frames; the test acknowledges them. */
  readonly takesFrames?: boolean
}

/** The mailbox stream as a client sees it: a real one. */
export async function createMailbox(url: string, { namespace, messagesMax = -1, takesFrames = true }: MailboxSpec): Promise<void> {
  const connection = await connect({ servers: url })
  const names = subjects(namespace)
  const config = {
    name: streams(namespace).mailbox,
    subjects: takesFrames ? [names.sendAll, names.frameAll] : [names.sendAll],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    num_replicas: 1,
    max_msgs: messagesMax,
    duplicate_window: 60_000_000_000,
    metadata: { 'troupe.partitions': String(partitions) },
    subject_transform: { src: names.sendAll, dest: names.transform(partitions) },
  }
  const answer = await connection.request(`$JS.API.STREAM.CREATE.${config.name}`, JSON.stringify(config))
  const { error } = answer.json<{ error?: { description: string } }>()
  await connection.close()
  if (error) throw new Error(`creating ${config.name}: ${error.description}`)
}

/** How many messages the mailbox holds. */
export async function storedIn(connection: NatsConnection, namespace: string): Promise<number> {
  const answer = await connection.request(`$JS.API.STREAM.INFO.${streams(namespace).mailbox}`)
  return answer.json<{ state: { messages: number } }>().state.messages
}

export interface ReceivedFrame {
  readonly subject: string
  readonly messageId: string
  readonly messages: readonly Message[]
  /** Acknowledges it as the stream would. */
  acknowledge(): void
}

/** What to answer an event with; undefined: nothing. */
type Behaviour = (event: ActorEvent, message: Message) => Omit<Reply & { ok: true }, 'id'> | Omit<Reply & { ok: false }, 'id'> | undefined

export class StandInOwner {
  readonly connection: NatsConnection
  readonly #namespace: string
  readonly frames: ReceivedFrame[] = []
  readonly watched: string[] = []
  answer: Behaviour = (event) => ({ ok: true, value: event['n'] ?? null })
  #changed: (() => void)[] = []

  constructor(connection: NatsConnection, namespace: string) {
    this.connection = connection
    this.#namespace = namespace
    const names = subjects(namespace)
    connection.subscribe(names.frameAll, { callback: (_error, message) => this.#take(message) })
    connection.subscribe(names.sendAll, { callback: (_error, message) => this.#takePlain(message) })
    connection.subscribe(names.watch, {
      callback: (_error, message) => this.#note(() => this.watched.push(message.json<{ pattern: string }>().pattern)),
    })
  }

  get messages(): readonly Message[] {
    return this.frames.flatMap((frame) => frame.messages)
  }

  /** Resolves as soon as `condition` holds of what was received. */
  async until(condition: (owner: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  /** Resolves once that many messages have come: a stored frame may reach this connection a little later than its sender's acknowledgement. */
  heard(messages: number): Promise<void> {
    return this.until((owner) => owner.messages.length >= messages)
  }

  /** Publishes a turn of an actor, as its owner does after the commit. */
  publishTurn(actor: { tenant: string; type: string; key: string }, turn: number): void {
    const { tenant, type, key } = actor
    const transition = {
      actor: `${tenant}/${type}/${key}`,
      turn,
      at: 1,
      event: 'add',
      value: 'open',
      status: 'active',
      changed: true,
    }
    this.connection.publish(subjects(this.#namespace).event(actor), JSON.stringify(transition))
  }

  #take(message: Msg): void {
    const { messages } = message.json<Frame>()
    const messageId = message.headers?.get('Nats-Msg-Id') ?? ''
    const acknowledge = (): void => void message.respond(JSON.stringify({ stream: 'stand-in', seq: 1 }))
    this.#note(() => this.frames.push({ subject: message.subject, messageId, messages, acknowledge }))
    this.#reply(messages)
  }

  #takePlain(message: Msg): void {
    const inbox = message.headers?.get('Troupe-Reply')
    const id = message.headers?.get('Nats-Msg-Id') ?? ''
    if (!inbox) return
    const reply = this.answer(message.json<ActorEvent>(), { id } as Message)
    if (reply) this.connection.publish(inbox, JSON.stringify([{ id, ...reply }]))
  }

  /** All answers for one inbox in one message, as a worker sends them. */
  #reply(messages: readonly Message[]): void {
    const byInbox = new Map<string, unknown[]>()
    for (const message of messages) {
      const reply = message.replyTo && this.answer(message.event, message)
      if (message.replyTo && reply)
        byInbox.set(message.replyTo.inbox, [...(byInbox.get(message.replyTo.inbox) ?? []), { id: message.replyTo.id, ...reply }])
    }
    for (const [inbox, replies] of byInbox) this.connection.publish(inbox, JSON.stringify(replies))
  }

  #note(change: () => void): void {
    change()
    const waiting = this.#changed
    this.#changed = []
    for (const resolve of waiting) resolve()
  }
}
