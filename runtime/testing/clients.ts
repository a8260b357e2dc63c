// Clients
// Clients of a simulated world: each sends its messages one after the other, and sends again what was not acknowledged.
//
// C1. A message goes when the one before is acknowledged, so the order of a client's messages is the order in which they were stored.
import { parseActorId, partitionOf, type ActorId, type Address } from '../../machines/address.ts'
import type { ActorEvent, Message, Reply } from '../../machines/message.ts'
import { MailboxFull } from '../errors.ts'
import type { InMemoryServer } from '../in-memory/server.ts'
import type { Dice } from './dice.ts'
import type { Faults } from './faults.ts'

/** One message as its client knows it. */
export interface SentMessage {
  readonly id: string
  readonly sender: string
  readonly to: ActorId
  readonly event: ActorEvent | Uint8Array
  readonly asks: boolean
  acknowledged: boolean
  readonly replies: Reply[]
}

export interface ClientSpec {
  /** Between two messages, half of the time; the next follows at once otherwise. Default 100. */
  readonly pauseMsMax?: number
  /** Neighbours of one partition may travel together. */
  readonly framed?: (message: SentMessage) => boolean
}

export interface Client {
  send(to: string, event: ActorEvent | Uint8Array): SentMessage
  /** The replies are in the message once they have come; one may be lost on its way. */
  ask(to: string, event: ActorEvent | Uint8Array): SentMessage
}

export class Clients {
  readonly sent: SentMessage[] = []
  readonly #server: InMemoryServer
  readonly #faults: Faults
  readonly #dice: Dice

  constructor(server: InMemoryServer, faults: Faults, dice: Dice) {
    this.#server = server
    this.#faults = faults
    this.#dice = dice
  }

  /** Everything is acknowledged. */
  get done(): boolean {
    return this.sent.every(({ acknowledged }) => acknowledged)
  }

  /** A client of its own name, which begins within a tenth of a second. */
  client(name: string, { pauseMsMax = 100, framed = () => false }: ClientSpec = {}): Client {
    const own: SentMessage[] = []
    const byId = new Map<string, SentMessage>()
    const { clock } = this.#faults
    this.#server.ports().signals.subscribe(inboxOf(name), ({ bytes }) => {
      for (const reply of JSON.parse(new TextDecoder().decode(bytes)) as Reply[]) byId.get(reply.id)?.replies.push(reply)
    })
    let at = 0
    let waiting = false
    const next = (): void => {
      waiting = false
      const batch = this.#batchFrom(own, at, framed)
      if (batch.length === 0) return
      waiting = true
      if (!this.#publish(batch, framed) || this.#dice.chance(this.#faults.on ? 0.05 : 0)) return void clock.after(200, next) // not stored, or the answer was lost: the same again
      for (const message of batch) message.acknowledged = true
      at += batch.length
      clock.after(this.#dice.chance(0.5) ? 0 : this.#dice.between(0, pauseMsMax), next) // C1
    }
    const add = (to: string, event: ActorEvent | Uint8Array, asks: boolean): SentMessage => {
      addressOf(to)
      const message = { id: `${name}-${own.length}`, sender: name, to: to as ActorId, event, asks, acknowledged: false, replies: [] }
      own.push(message)
      this.sent.push(message)
      byId.set(message.id, message)
      if (!waiting) clock.after(this.#dice.between(0, 100), next)
      waiting = true
      return message
    }
    return { send: (to, event) => add(to, event, false), ask: (to, event) => add(to, event, true) }
  }

  /** One message, or a few of one partition that go as a frame. */
  #batchFrom(own: readonly SentMessage[], at: number, framed: (message: SentMessage) => boolean): readonly SentMessage[] {
    const [first] = own.slice(at, at + 1)
    if (!first || !framed(first)) return first ? [first] : []
    const batch: SentMessage[] = []
    for (const message of own.slice(at, at + frameMax)) {
      if (!framed(message) || this.#partitionOf(message) !== this.#partitionOf(first)) break
      batch.push(message)
    }
    return batch
  }

  #partitionOf({ to }: SentMessage): number {
    return partitionOf(addressOf(to), this.#server.partitions)
  }

  /** False when the mailbox is full. */
  #publish(batch: readonly SentMessage[], framed: (message: SentMessage) => boolean): boolean {
    const [first] = batch
    if (!first) return true
    if (this.#faults.mailboxFull) return false
    try {
      if (framed(first)) this.#sendFrame(first, batch)
      else
        this.#server.send(addressOf(first.to), first.event, {
          'Nats-Msg-Id': first.id,
          ...(first.asks && { 'Troupe-Reply': inboxOf(first.sender) }),
        })
      return true
    } catch (error) {
      if (error instanceof MailboxFull) return false
      throw error
    }
  }

  #sendFrame(first: SentMessage, batch: readonly SentMessage[]): void {
    const messages = batch.map(({ id, to, event, asks, sender }): Message => ({
      id,
      to,
      kind: 'event',
      event: event as ActorEvent,
      ...(asks && { replyTo: { inbox: inboxOf(sender), id } }),
    }))
    const { tenant } = addressOf(first.to)
    this.#server.sendFrame(this.#partitionOf(first), tenant, { messages }, { 'Nats-Msg-Id': `frame of ${first.id}` })
  }
}

const frameMax = 4
const inboxOf = (client: string): string => `_INBOX.${client}`

/** Throws when the actor's id is none. */
export function addressOf(actor: string): Address {
  const address = parseActorId(actor)
  if (!address) throw new Error(`${actor} is not an address: tenant/type/key`)
  return address
}
