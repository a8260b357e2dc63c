// Troupe client
// What a program outside the workers does with actors: send, ask, query, watch, cancel, debug. One connection, one subscription for all answers.
//
// C1. Messages of one client to one actor are taken in the order of the calls.
// C2. Every call ends: with its result, or with a `ClientError`.
// C3. At most `unsettledMax` sends and asks are open; one more is refused, not queued.
import { nuid, PermissionViolationError, type Msg, type NatsConnection, type Subscription } from 'nats'
import { actorId, addressFault, parseActorId, partitionOf, type Address } from '../machines/address.ts'
import type { DebugCommand, StoredHold } from '../machines/debug.ts'
import type { ActorEvent, Once } from '../machines/message.ts'
import type { When } from '../machines/schedule.ts'
import { subjects } from '../machines/subject.ts'
import { Answers } from './answers.ts'
import { AddressInvalid, ClientClosed, ClientOverloaded, OptionInvalid, ServerUnavailable, type ClientError } from './errors.ts'
import { writeLetter, type Letter, type Route } from './letter.ts'
import type { ClientLimits } from './options.ts'
import { Outbox } from './outbox.ts'
import { queryActor, rehearseEvent, type ActorState, type Asked, type Rehearsal } from './requests.ts'
import { setSchedule, type Scheduled, type ScheduleOptions } from './schedule.ts'
import { Sweep } from './sweep.ts'
import { Ticket, type Accepted } from './ticket.ts'
import { describeMessage, endSpan, startSpan, type Operation } from './tracing.ts'
import { typedActor, type ActorHandle, type DefinitionLike, type EventOf, type OutputOf } from './typed-actor.ts'
import { readLatest, readSightings, Watch, type Latest, type LatestOptions, type WatchOptions } from './watch.ts'

/** An actor: `tenant/type/key` as one string, or its parts. Without a tenant it is the client's. */
export type Target = string | { readonly tenant?: string; readonly type: string; readonly key: string }

/** Which actors to watch; `*` stands for all. Without a tenant it is the client's. */
export interface WatchPattern {
  readonly tenant?: string
  readonly type: string
  readonly key: string
}

export interface SendOptions {
  /** The message's id, unique for this actor: a send repeated with it within the server's duplicate window is stored once. Default: a new one. */
  readonly id?: string
  /** One id from here to the last row that comes of it. Default: the message's id. */
  readonly correlation?: string
  /**
   * A producer's name and a number that grows from message to message to one actor, such as the offset in the log it reads from.
   * A message that is not above the last one applied is accepted and not applied again, however much later it comes.
   * @example await client.send('acme/ledger/main', { type: 'entry.add', amount: 5 }, { once: { producer: 'orders', seq: 1_234 } })
   */
  readonly once?: Once
}

export interface AskOptions {
  /** How long to wait for the answer. Default 30,000. */
  readonly deadlineMs?: number
  /** The message's id, unique for this actor: an ask repeated with it gets the reply of the first (the actor knows the last 64 such ids). Default: a new one. */
  readonly id?: string
  readonly correlation?: string
  /** See `SendOptions`; an ask repeated with it gets the reply of the first (the actor keeps the last 16 of a producer). */
  readonly once?: Once
}

/** What a client is made from; `connectTroupe` makes it. */
export interface ClientParts {
  readonly connection: NatsConnection
  /** Close the connection with the client. */
  readonly ownsConnection: boolean
  readonly namespace: string
  readonly partitions: number
  readonly tenant: string | undefined
  readonly inboxPrefix: string
  readonly limits: ClientLimits
}

const noOptions = {}
/** A year: nobody waits longer, and it is a time that JSON can write. */
const deadlineMsMax = 366 * 24 * 60 * 60 * 1_000

/** How an actor stands that is debugged. */
export interface Held extends Partial<StoredHold> {
  readonly held: boolean
  /** Messages that wait with it. */
  readonly waiting: number
}

export class TroupeClient {
  readonly #parts: ClientParts
  readonly #clientId = nuid.next()
  readonly #replyInbox: string
  readonly #inbox: Subscription
  readonly #sweep: Sweep
  readonly #outbox: Outbox
  readonly #answers: Answers
  readonly #unsettled = new Set<Ticket>()
  readonly #watches = new Set<Pick<Watch, 'announce' | 'stop'>>()
  #messages = 0
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closing: Promise<void> | undefined
  #emptied: (() => void) | undefined

  /** Not for users: `connectTroupe` makes it. */
  constructor(parts: ClientParts) {
    const { connection, namespace, limits, inboxPrefix } = parts
    this.#parts = parts
    const inbox = `${inboxPrefix}.${this.#clientId}`
    this.#replyInbox = `${inbox}.reply`
    this.#sweep = new Sweep((now) => Math.min(this.#outbox.expire(now), this.#answers.expire(now)))
    this.#outbox = new Outbox({ connection, namespace, clientId: this.#clientId, ackPrefix: `${inbox}.ack`, limits }, this.#sweep)
    this.#answers = new Answers(this.#sweep)
    this.#inbox = connection.subscribe(`${inbox}.>`, { callback: (_error, message) => this.#receive(message) })
    void this.#followConnection()
  }

  /**
   * Sends an event to an actor. Resolves once the server has stored it: from then on the actor takes it, whatever dies.
   * Rejects Overloaded, MailboxFull, SendRefused, MessageInvalid, MessageTooLarge, AddressInvalid, ServerUnavailable, ClientOverloaded, ClientClosed.
   * @example await client.send('acme/task/42', { type: 'task.submit', prompt: 'Why?' })
   */
  send(target: Target, event: ActorEvent, options: SendOptions = noOptions): Promise<Accepted> {
    return this.#dispatch<Accepted>(target, 'event', event, { ...options, asks: false })
  }

  /**
   * Sends an event and waits for the answer: the machine's `reply`, or its output when it ends.
   * Rejects AskTimeout at the deadline, AskRefused with the server's code, OptionInvalid for a deadline that is none, and everything `send` rejects with.
   * @example const total = await client.ask<number>('acme/ledger/main', { type: 'entry.add', amount: 5 }, { deadlineMs: 2_000 })
   */
  ask<Value = unknown>(target: Target, event: ActorEvent, options: AskOptions = noOptions): Promise<Value> {
    return this.#dispatch<Value>(target, 'event', event, { ...options, asks: true })
  }

  /** Ends an actor from outside, with a reason. Resolves once the request is stored; rejects like `send`. */
  cancel(target: Target, reason: string, options: SendOptions = noOptions): Promise<Accepted> {
    return this.#dispatch<Accepted>(target, 'cancel', { type: 'cancel', reason }, { ...options, asks: false })
  }

  /**
   * Holds an actor, lets it step or go, or sets its breakpoints; resolves to how it stands now. Every hold ends by itself after its `ttlMs`.
   * Who does so is told in `by`, and stands in the log. Rejects AskRefused (no such actor, no such state, not held), and everything `ask` rejects with.
   * @example await client.debug('acme/task/42', { type: '@hold', by: 'ann', ttlMs: 60_000 })
   */
  debug(target: Target, command: DebugCommand, options: AskOptions = noOptions): Promise<Held> {
    return this.#dispatch<Held>(target, 'debug', { ...command }, { ...options, asks: true })
  }

  /**
   * Sends an event to an actor at a time, again and again, or by a cron expression. Resolves once that is stored: it is sent whatever dies, and never early.
   * The event says in its field `schedule` when it was due. Rejects AskRefused with a code TR_SCHEDULE_…, and everything `ask` rejects with.
   * After AskTimeout repeat it with the same `key`, or it may be sent twice.
   * @example await client.schedule('acme/report/main', { type: 'report.make' }, { cron: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin' }, { key: 'daily' })
   */
  async schedule(target: Target, event: ActorEvent, when: When, options: ScheduleOptions = noOptions): Promise<Scheduled> {
    return setSchedule((to, set, asking) => this.ask(to, set, asking), { target: this.#route(target), event, when }, options)
  }

  /** The present state of an actor, from its owner's memory. Rejects AskRefused (no such actor), ServerUnavailable (no owner now), AddressInvalid, ClientClosed. */
  query(target: Target): Promise<ActorState> {
    return this.#lookUp('query', target, (asked) => queryActor(this.#parts.connection, this.#parts.namespace, asked))
  }

  /**
   * What an event would do to an actor as it is now; nothing changes by asking. Rejects AskRefused with the code the event would be refused with, and like `query`.
   * @example const { handled, to } = await client.dryRun('acme/task/42', { type: 'task.approve' })
   */
  dryRun(target: Target, event: ActorEvent): Promise<Rehearsal> {
    return this.#lookUp('dry-run', target, (asked) => rehearseEvent(this.#parts.connection, this.#parts.namespace, { ...asked, event }))
  }

  /**
   * The committed turns of the actors that match and the progress of their effects, from about now on. Throws AddressInvalid, ClientClosed.
   * @example for await (const seen of client.watch({ type: 'task', key: '*' })) if (seen.kind === 'transition') console.log(seen.actor, seen.value)
   */
  watch(pattern: WatchPattern, options: WatchOptions = noOptions): Watch {
    const { tenant, type, key } = this.#watched(pattern)
    const { eventPattern, watch: subject } = subjects(this.#parts.namespace)
    const wire = { pattern: eventPattern(tenant, type, key), subject, read: readSightings }
    const watch = new Watch(this.#parts.connection, wire, options, (ended) => this.#watches.delete(ended))
    this.#watches.add(watch)
    return watch
  }

  /**
   * The newest state of each actor of a type whenever it changed, twenty times a second at most: for lists of many, where the turns between do not matter.
   * Throws AddressInvalid, ClientClosed.
   * @example for await (const { actor, value } of client.watchLatest({ type: '*' })) console.log(actor, value)
   */
  watchLatest(pattern: Omit<WatchPattern, 'key'>, options: LatestOptions = noOptions): Watch<Latest> {
    const { tenant, type } = this.#watched({ ...pattern, key: '*' })
    const { latest, watch: subject } = subjects(this.#parts.namespace)
    const wire = { pattern: latest(tenant, type), subject, read: readLatest }
    const watch = new Watch(this.#parts.connection, wire, options, (ended) => this.#watches.delete(ended))
    this.#watches.add(watch)
    return watch
  }

  #watched(pattern: WatchPattern): Required<WatchPattern> {
    this.#mustBeOpen('watch')
    const { tenant = this.#tenant(), type, key } = pattern
    const fault = addressFault({ tenant: tenant.replace(/^\*$/, 'any'), type: type.replace(/^\*$/, 'any'), key })
    if (fault) throw new AddressInvalid(`watching ${tenant}/${type}/${key}: ${fault}`)
    return { tenant, type, key }
  }

  /**
   * One actor through its definition: events and output are typed. Throws AddressInvalid.
   * @example const { output } = await client.actor(taskActor, '42').ask({ type: 'task.submit', prompt: 'Why?' })
   */
  actor<D extends DefinitionLike>(definition: D, key: string, tenant: string = this.#tenant()): ActorHandle<EventOf<D>, OutputOf<D>> {
    const address = { tenant, type: definition.name, key }
    return typedActor<D>(this, this.#route(address).id, address)
  }

  /** How many events were refused with Overloaded before they were sent: an owner had said that too much waits. */
  get refusedAtDoor(): number {
    return this.#outbox.refused
  }

  /** Takes no new calls, waits for what is open (at most `closeMs`), rejects the rest with ClientClosed. A connection the client made is closed. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    for (const watch of this.#watches) watch.stop()
    await this.#settleAll()
    this.#end(new ClientClosed('the client was closed while this message waited; whether it was stored is not known'))
    const { connection, ownsConnection } = this.#parts
    if (ownsConnection) await connection.close()
    else if (!connection.isClosed()) {
      this.#inbox.unsubscribe()
      this.#outbox.close()
    }
  }

  async #lookUp<Answer>(what: Operation, target: Target, ask: (asked: Asked) => Promise<Answer>): Promise<Answer> {
    this.#mustBeOpen(what)
    const { id: actor, address, partition } = this.#route(target)
    const span = startSpan(what, address.type)
    if (span) describeMessage(span, { actor })
    try {
      const answer = await ask({ actor, tenant: address.tenant, partition, timeoutMs: this.#parts.limits.requestMs })
      if (span) endSpan(span, undefined)
      return answer
    } catch (error) {
      if (span) endSpan(span, error)
      throw error
    }
  }

  #dispatch<Value>(
    target: Target,
    kind: Letter['kind'],
    event: ActorEvent,
    options: SendOptions & AskOptions & { readonly asks: boolean },
  ): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#mustBeOpen(options.asks ? 'ask' : 'send')
      const { unsettledMax, askDeadlineMs } = this.#parts.limits
      if (this.#unsettled.size >= unsettledMax)
        throw new ClientOverloaded(
          `${unsettledMax} messages of this client wait to be stored or answered; wait for some, or raise the limit unsettledMax`,
        ) // C3
      const route = this.#route(target)
      const lot = Math.random()
      const refusal = kind === 'event' ? route.lane.refusalOf(route.id, lot) : undefined
      if (refusal) throw refusal
      const { id: givenId, correlation, once, deadlineMs = askDeadlineMs } = options
      if (!(deadlineMs >= 0 && deadlineMs <= deadlineMsMax))
        throw new OptionInvalid(`asking ${route.id}: deadlineMs is ${deadlineMs}, not a number from 0 to ${deadlineMsMax}`)
      const asks = options.asks
        ? { inbox: this.#replyInbox, replyId: this.#answers.nextReplyId(), deadline: Date.now() + deadlineMs }
        : undefined
      const parts = writeLetter({ kind, event, givenId, correlation, once, asks }, route, this.#nextMessageId)
      // The answer is what the caller says it is: actors answer with JSON, and only the caller knows of which shape.
      const ticket = new Ticket(parts, lot, { resolve: resolve as (value: unknown) => void, reject, settled: this.#settled })
      this.#unsettled.add(ticket)
      if (asks) this.#answers.expect(asks.replyId, ticket)
      route.lane.push(ticket)
    })
  }

  readonly #nextMessageId = (): string => `${this.#clientId}.${++this.#messages}`

  readonly #settled = (ticket: Ticket): void => {
    this.#unsettled.delete(ticket)
    if (ticket.parts.replyId !== undefined) this.#answers.forget(ticket.parts.replyId)
    if (this.#unsettled.size === 0) this.#emptied?.()
  }

  #route(target: Target): Route {
    const address =
      typeof target === 'string' ? parseTarget(target) : { tenant: target.tenant ?? this.#tenant(), type: target.type, key: target.key }
    const fault = typeof target === 'string' ? undefined : addressFault(address)
    if (fault) throw new AddressInvalid(`addressing ${address.tenant}/${address.type}/${address.key}: ${fault}`)
    const partition = partitionOf(address, this.#parts.partitions)
    return {
      id: actorId(address.tenant, address.type, address.key),
      address,
      partition,
      lane: this.#outbox.lane(partition, address.tenant),
    }
  }

  #tenant(): string {
    if (this.#parts.tenant !== undefined) return this.#parts.tenant
    throw new AddressInvalid('the target names no tenant, and this client has none of its own: give one to connectTroupe or to the target')
  }

  #mustBeOpen(call: string): void {
    if (this.#state !== 'open') throw new ClientClosed(`${call}: the client is ${this.#state}`)
  }

  #receive(message: Msg): void {
    if (message.subject === this.#replyInbox) this.#answers.receive(message)
    else this.#outbox.acknowledge(message.subject.slice(message.subject.lastIndexOf('.') + 1), message)
  }

  /** Puts right what a broken connection spoils; ends with the connection. */
  async #followConnection(): Promise<void> {
    const { connection } = this.#parts
    for await (const status of connection.status()) {
      if (this.#state === 'closed') return
      if (status.type === 'reconnect') {
        this.#outbox.publishAgain()
        for (const watch of this.#watches) watch.announce()
      }
      if (status.type === 'error' && status.error instanceof PermissionViolationError && status.error.operation === 'publish')
        this.#outbox.forbid(status.error.subject, status.error)
    }
    this.#end(
      new ServerUnavailable(
        'the connection to the server ended; what was not answered may have been stored: connect again, then send again with the same id',
      ),
    )
  }

  /** Waits until nothing is open, at most `closeMs`. */
  async #settleAll(): Promise<void> {
    if (this.#unsettled.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#parts.limits.closeMs)
      this.#emptied = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Rejects all that is open (C2). */
  #end(error: ClientError): void {
    this.#state = 'closed'
    this.#sweep.stop()
    for (const watch of this.#watches) watch.stop()
    for (const ticket of this.#unsettled) ticket.reject(error)
  }
}

function parseTarget(target: string): Address {
  const address = parseActorId(target)
  if (address) return address
  const [tenant = '', type, ...key] = target.split('/')
  const fault = type === undefined || key.length === 0 ? 'tenant/type/key' : addressFault({ tenant, type, key: key.join('/') })
  throw new AddressInvalid(`'${target.slice(0, shownCharactersMax)}' is not the address of an actor: ${fault}`)
}

const shownCharactersMax = 200
