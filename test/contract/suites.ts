// Every contract suite, for a server that has all ports.
import { deadLettersContract } from './dead-letters.contract.ts'
import { logContract } from './log.contract.ts'
import { mailboxContract } from './mailbox.contract.ts'
import { membershipContract } from './membership.contract.ts'
import { ordersContract } from './orders.contract.ts'
import { signalsContract } from './signals.contract.ts'
import { stateStoreContract } from './state-store.contract.ts'
import { wakesContract } from './wakes.contract.ts'

export const portSuites = [
  logContract,
  mailboxContract,
  stateStoreContract,
  wakesContract,
  signalsContract,
  deadLettersContract,
  membershipContract,
  ordersContract,
] as const
