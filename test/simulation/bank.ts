// Bank
// Vaults that never owe anything, and transfers that take from one and give to another, each step asked for and confirmed by messages.
import { assign, sendTo, setup } from 'xstate'
import { actorId } from '../../machines/address.ts'
import { refTo } from '../../machines/authoring.ts'
import { senderOf } from '../../machines/message.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import type { End } from '../../runtime/testing/scenario.ts'

const opening = 100

/** Whoever asked hears how it went, under the number of the transfer. */
const answering = (event: object) => refTo(senderOf(event) ?? actorId('sim', 'nobody', 'asked'))

const vaultMachine = setup({
  types: {
    context: {} as { balance: number },
    events: {} as { type: 'withdraw' | 'deposit'; n: number; amount: number },
  },
  guards: { enough: ({ context, event }) => context.balance >= event.amount },
  actions: {
    take: assign({ balance: ({ context, event }) => context.balance - event.amount }),
    give: assign({ balance: ({ context, event }) => context.balance + event.amount }),
    confirm: sendTo(
      ({ event }) => answering(event),
      ({ event }) => ({ type: 'confirmed', n: event.n }),
    ),
    refuse: sendTo(
      ({ event }) => answering(event),
      ({ event }) => ({ type: 'refused', n: event.n }),
    ),
  },
}).createMachine({
  id: 'vault',
  context: { balance: opening },
  on: {
    withdraw: [{ guard: 'enough', actions: ['take', 'confirm'] }, { actions: 'refuse' }],
    deposit: { actions: ['give', 'confirm'] },
  },
})

interface Transfer {
  n: number
  from: string
  to: string
  amount: number
  moved: number
  refused: number
  /** Answers to another transfer than the one under way. */
  confused: number
}

const transferMachine = setup({
  types: {
    context: {} as Transfer,
    events: {} as { type: 'move'; from: string; to: string; amount: number } | { type: 'confirmed' | 'refused'; n: number },
  },
  guards: { expected: ({ context, event }) => event.type !== 'move' && event.n === context.n },
  actions: {
    begin: assign(({ context, event }) =>
      event.type === 'move' ? { n: context.n + 1, from: event.from, to: event.to, amount: event.amount } : {},
    ),
    withdraw: sendTo(
      ({ context }) => refTo(actorId('sim', 'vault', context.from)),
      ({ context }) => ({ type: 'withdraw', n: context.n, amount: context.amount }),
    ),
    deposit: sendTo(
      ({ context }) => refTo(actorId('sim', 'vault', context.to)),
      ({ context }) => ({ type: 'deposit', n: context.n, amount: context.amount }),
    ),
    moved: assign({ moved: ({ context }) => context.moved + context.amount }),
    refused: assign({ refused: ({ context }) => context.refused + 1 }),
    confused: assign({ confused: ({ context }) => context.confused + 1 }),
  },
}).createMachine({
  id: 'transfer',
  context: { n: 0, from: '', to: '', amount: 0, moved: 0, refused: 0, confused: 0 },
  initial: 'idle',
  on: { confirmed: { actions: 'confused' }, refused: { actions: 'confused' } },
  states: {
    idle: { on: { move: { target: 'withdrawing', actions: 'begin' } } },
    withdrawing: {
      entry: 'withdraw',
      on: {
        confirmed: { guard: 'expected', target: 'depositing' },
        refused: { guard: 'expected', target: 'idle', actions: 'refused' },
      },
    },
    depositing: { entry: 'deposit', on: { confirmed: { guard: 'expected', target: 'idle', actions: 'moved' } } },
  },
})

export const bankActors = () => [
  defineActor({ name: 'vault', version: '1', machine: vaultMachine }),
  defineActor({ name: 'transfer', version: '1', machine: transferMachine }),
]

/** No vault owes anything, no transfer is left half done, and nothing was made or lost. */
export function* bankFaults({ actors }: End): Iterable<string> {
  const vaults = actors('vault')
  let sum = 0
  for (const [actor, { context }] of vaults) {
    const { balance } = context as { balance: number }
    sum += balance
    if (balance < 0) yield `${actor} owes ${-balance}`
  }
  if (sum !== vaults.size * opening) yield `${vaults.size} vaults hold ${sum}, they began with ${vaults.size * opening}`
  for (const [actor, { value, context }] of actors('transfer')) {
    const { confused, n } = context as unknown as Transfer
    if (value !== 'idle') yield `${actor} is left in ${JSON.stringify(value)} with transfer ${n}`
    if (confused > 0) yield `${actor} had ${confused} answers to other transfers than its own`
  }
}
