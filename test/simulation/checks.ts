// Checks
// What must be true of the actors of the kernel's own simulation, beside what is promised of every actor.
import type { ActorId } from '../../machines/address.ts'
import type { End } from '../../runtime/testing/scenario.ts'
import type { Truth } from '../../runtime/testing/truth.ts'
import { bankFaults } from './bank.ts'
import { chartFaults } from './charts.ts'
import { crewFaults } from './crew.ts'

export function* ownFaults(end: End): Iterable<string> {
  yield* payments(end.truth)
  yield* trees(end.truth)
  yield* bankFaults(end)
  yield* chartFaults(end)
  yield* crewFaults(end)
}

/** What left the accounts has come to accounts. */
function* payments({ states }: Truth): Iterable<string> {
  const total = { balance: 0, paid: 0, received: 0 }
  for (const [actor, known] of states) {
    const context = known.at(-1)?.context as typeof total | undefined
    if (!context || !actor.startsWith('sim/account/')) continue
    for (const field of ['balance', 'paid', 'received'] as const) total[field] += context[field]
  }
  if (total.balance !== 0) yield `the sum of all accounts is ${total.balance}`
  if (total.paid !== total.received) yield `${total.paid} payments were made, ${total.received} arrived`
}

/** A child lives exactly while its parent holds it. */
function* trees({ states, sent }: Truth): Iterable<string> {
  for (const { message } of sent.map((one) => one.sent)) {
    if (message.kind !== 'init') continue
    const parent = states.get((message.event['parent'] as { address: ActorId }).address)?.at(-1)
    const held =
      parent?.status === 'active' && Object.values(parent.children).some(({ address, ended }) => address === message.to && !ended)
    const living = states.get(message.to)?.at(-1)
    const lives = living?.status === 'active' || living?.keeping.restartDue !== undefined
    if (held !== lives)
      yield `child ${message.to} ${lives ? 'lives' : 'does not live'}, its parent ${held ? 'holds it' : 'does not hold it'}`
  }
  for (const [actor, known] of states) {
    const state = known.at(-1)
    if (!state || !actor.startsWith('sim/parent/')) continue
    const { started, ended, failed } = state.context as { started: number; ended: number; failed: number }
    if (ended + failed > started) yield `${actor} started ${started} children and heard of ${ended + failed} ends`
  }
}
