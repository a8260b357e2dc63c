// Load
// Clients of the simulation: each sends its messages one after the other, asks and frames among them, and sends again what was not acknowledged.
import { actorId, parseActorId, partitionOf, type ActorId } from '../../machines/address.ts'
import type { ActorEvent, Message, Reply } from '../../machines/message.ts'
import { MailboxFull } from '../../runtime/errors.ts'
import type { InMemoryServer } from '../../runtime/in-memory/server.ts'
import type { Clock } from '../../runtime/ports.ts'
import type { Dice } from './dice.ts'
import type { Plan } from './plan.ts'

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

export interface Load {
  readonly sent: readonly SentMessage[]
  /** Everything is acknowledged. */
  readonly done: boolean
}

const senders = 3

export function startLoad(server: InMemoryServer, clock: Clock, plan: Plan, dice: Dice): Load {
  const sent: SentMessage[] = []
  for (let sender = 0; sender < senders; sender++) {
    const name = `c${sender}`
    const messages = Array.from({ length: Math.ceil(plan.messages / senders) }, (_, index) => messageOf(dice, name, index))
    sent.push(...messages)
    server.ports().signals.subscribe(`_INBOX.${name}`, ({ bytes }) => {
      for (const reply of JSON.parse(new TextDecoder().decode(bytes)) as Reply[])
        messages.find(({ id }) => id === reply.id)?.replies.push(reply)
    })
    sendAll({ server, clock, plan, dice }, messages)
  }
  return {
    sent,
    get done() {
      return sent.every(({ acknowledged }) => acknowledged)
    },
  }
}

interface Desk {
  readonly server: InMemoryServer
  readonly clock: Clock
  readonly plan: Plan
  readonly dice: Dice
}

/** In order; the next goes when the one before is acknowledged. */
function sendAll(desk: Desk, messages: readonly SentMessage[]): void {
  const { clock, plan, dice } = desk
  const pauseMs = Math.floor(plan.loadMs / messages.length) * 2
  const next = (at: number): void => {
    const batch = batchFrom(desk, messages, at)
    if (batch.length === 0) return
    const stored = publish(desk, batch)
    if (stored && !dice.chance(0.05)) {
      for (const message of batch) message.acknowledged = true
      const wait = dice.chance(0.5) ? 0 : dice.between(0, pauseMs)
      clock.after(wait, () => next(at + batch.length))
    } else clock.after(200, () => next(at)) // not stored, or the answer was lost: the same again
  }
  clock.after(dice.between(0, 100), () => next(0))
}

/** One message, or a few of one partition that go as a frame. */
function batchFrom({ plan }: Desk, messages: readonly SentMessage[], at: number): readonly SentMessage[] {
  const [first] = messages.slice(at, at + 1)
  if (!first || !goesInFrame(first)) return first ? [first] : []
  const home = homeOf(first, plan.partitions)
  const batch: SentMessage[] = []
  for (const message of messages.slice(at, at + 4)) {
    if (!goesInFrame(message) || homeOf(message, plan.partitions) !== home) break
    batch.push(message)
  }
  return batch
}

/** What a frame refuses at the door is filed under its place in the frame, not under its id. */
const goesInFrame = ({ event, sender }: SentMessage): boolean =>
  sender === 'c2' && !(event instanceof Uint8Array) && !event.type.startsWith('xstate.')
const homeOf = ({ to }: SentMessage, partitions: number): number => partitionOf(addressOf(to), partitions)

function publish({ server, plan }: Desk, batch: readonly SentMessage[]): boolean {
  const [first] = batch
  if (!first) return true
  try {
    if (goesInFrame(first)) {
      const messages = batch.map(({ id, to, event, asks, sender }): Message => ({
        id,
        to,
        kind: 'event',
        event: event as ActorEvent,
        ...(asks && { replyTo: { inbox: `_INBOX.${sender}`, id } }),
      }))
      server.sendFrame(homeOf(first, plan.partitions), 'sim', { messages }, { 'Nats-Msg-Id': `frame of ${first.id}` })
    } else {
      const inbox = first.asks ? { 'Troupe-Reply': `_INBOX.${first.sender}` } : {}
      server.send(addressOf(first.to), first.event, { 'Nats-Msg-Id': first.id, ...inbox })
    }
    return true
  } catch (error) {
    if (error instanceof MailboxFull) return false
    throw error
  }
}

function addressOf(id: ActorId) {
  const address = parseActorId(id)
  if (!address) throw new Error(`${id} is not an address`)
  return address
}

function messageOf(dice: Dice, sender: string, index: number): SentMessage {
  const [type, event] = eventOf(dice)
  const key = type === 'job' ? dice.between(0, 20) : dice.between(0, 3)
  return {
    id: `${sender}-${index}`,
    sender,
    to: actorId('sim', type, `k${key}`),
    event,
    asks: dice.chance(0.4),
    acknowledged: false,
    replies: [],
  }
}

const accountKey = (dice: Dice): string => `k${dice.between(0, 3)}`

function eventOf(dice: Dice): readonly [type: string, event: ActorEvent | Uint8Array] {
  switch (dice.pick(['counter', 'counter', 'account', 'account', 'chain', 'job', 'sleeper', 'parent', 'parent', 'poison'])) {
    case 'counter':
      return ['counter', counterEvent(dice)]
    case 'account':
      return [
        'account',
        { type: 'pay', to: Array.from({ length: dice.between(1, 3) }, () => accountKey(dice)), amount: dice.between(1, 9) },
      ]
    case 'chain':
      return ['chain', dice.pick<ActorEvent>([{ type: 'go', steps: dice.between(1, 4) }, { type: 'leave' }, { type: 'ping' }])]
    case 'job':
      return ['job', { type: 'do', what: dice.between(0, 99) }]
    case 'sleeper':
      return [
        'sleeper',
        dice.pick<ActorEvent>([
          { type: 'nudge', ms: dice.between(0, 6_000) },
          { type: 'nudge', ms: dice.between(0, 300) },
          { type: 'cancel' },
          { type: 'post', to: accountKey(dice), ms: dice.between(0, 4_000) },
        ]),
      ]
    case 'parent':
      return ['parent', { type: dice.pick(['start', 'start', 'work', 'work', 'break', 'end', 'stop']) }]
    default:
      return poison(dice)
  }
}

function counterEvent(dice: Dice): ActorEvent {
  const type = dice.pick(['add', 'add', 'add', 'later', 'settle', 'boom', 'keep', 'keep', 'clear', 'spoil'])
  if (type === 'add') return { type, n: dice.between(1, 9) }
  if (type === 'keep') return { type, text: 'x'.repeat(dice.pick([10, 300, 4_000, 11_000])) }
  return { type }
}

function poison(dice: Dice): readonly [type: string, event: ActorEvent | Uint8Array] {
  return dice.pick<readonly [string, ActorEvent | Uint8Array]>([
    ['counter', new TextEncoder().encode('{nope')],
    ['nobody', { type: 'hello' }],
    ['counter', { type: 'unheard' }],
    ['counter', { type: 'add', n: 'two' }],
    ['child', { type: 'work' }],
    ['counter', { type: 'xstate.done.actor.x' }],
    ['counter', { type: 'keep', text: 'x'.repeat(14_000) }],
  ])
}
