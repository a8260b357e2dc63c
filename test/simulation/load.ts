// Load
// What the clients of the kernel's own simulation send: three of them, with asks, frames, and poison of every kind.
import type { ActorEvent } from '../../machines/message.ts'
import type { Client, Clients, SentMessage } from '../../runtime/testing/clients.ts'
import type { Dice } from '../../runtime/testing/dice.ts'
import type { Plan } from '../../runtime/testing/plan.ts'
import { eventTypes } from '../runtime/statechart/random-machine.ts'
import { chartSeeds, chartType } from './charts.ts'
import { crewEvent } from './crew.ts'

const senders = ['c0', 'c1', 'c2'] as const

export function startLoad(clients: Clients, dice: Dice, plan: Plan): void {
  const each = Math.ceil(plan.messages / senders.length)
  const pauseMsMax = Math.floor(plan.loadMs / each) * 2
  for (const name of senders) {
    const client = clients.client(name, { pauseMsMax, ...(name === 'c2' && { framed: goesInFrame }) })
    for (let count = 0; count < each; count++) sendOne(client, dice)
  }
}

const goesInFrame = ({ event }: SentMessage): boolean => !(event instanceof Uint8Array)

function sendOne(client: Client, dice: Dice): void {
  const [type, event] = eventOf(dice)
  const to = `sim/${type}/k${type === 'job' ? dice.between(0, 20) : dice.between(0, 3)}`
  if (dice.chance(0.4)) client.ask(to, event)
  else client.send(to, event)
}

const accountKey = (dice: Dice): string => `k${dice.between(0, 3)}`

function eventOf(dice: Dice): readonly [type: string, event: ActorEvent | Uint8Array] {
  switch (
    dice.pick([
      'counter',
      'counter',
      'account',
      'account',
      'chain',
      'job',
      'sleeper',
      'parent',
      'parent',
      'transfer',
      'transfer',
      'chart',
      'chart',
      'crew',
      'crew',
      'crew',
      'poison',
    ])
  ) {
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
    case 'crew':
      return crewEvent(dice)
    case 'transfer':
      return ['transfer', { type: 'move', from: accountKey(dice), to: accountKey(dice), amount: dice.between(1, 60) }]
    case 'chart':
      return [chartType(dice.pick(chartSeeds)), { type: dice.pick(eventTypes) }]
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
