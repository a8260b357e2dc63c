// A ledger outside of Troupe, and actors that post to it in five steps: what is posted sums up to nothing when all of it or none of it is.
import { setup } from 'xstate'
import { compensate, effect } from '../../../machines/authoring.ts'
import type { SupervisionSpec } from '../../../machines/supervision.ts'
import { defineActor, type EffectSpec } from '../../../runtime/define-actor.ts'
import type { Clock } from '../../../runtime/ports.ts'

export interface Posting {
  readonly account: string
  readonly amount: number
}

/** Where the ledger's work takes time, and may fail by chance. */
export interface Weather {
  readonly clock: Clock | undefined
  readonly fails?: () => boolean
}

/** What the world does with postings: each counts once a key, and one that was undone is refused from then on. */
export class Ledger {
  clock: Clock | undefined
  readonly posted = new Map<string, Posting>()
  readonly refused = new Set<string>()
  /** What undid what, in order: the account, or `account?` when nobody knew whether it was posted. */
  readonly undone: string[] = []
  /** Accounts that cannot be posted to, that cannot be corrected and how often, and that never answer. */
  readonly closed = new Set<string>()
  readonly stubborn = new Map<string, number>()
  readonly silent = new Set<string>()
  receiptCharacters = 0

  /** A new world. */
  clear(): void {
    for (const kept of [this.posted, this.refused, this.closed, this.stubborn, this.silent]) kept.clear()
    this.undone.length = 0
  }

  get sum(): number {
    return [...this.posted.values()].reduce((sum, { amount }) => sum + amount, 0)
  }

  get accounts(): string {
    return this.accountsOf('')
  }

  /** What an actor has posted, in order of the accounts. */
  accountsOf(actor: string): string {
    const own = [...this.posted].filter(([key]) => key.startsWith(actor)).map(([, { account }]) => account)
    return own.toSorted().join('')
  }

  effectIn(weather: Weather): EffectSpec<Posting, string> {
    return {
      run: async ({ input, idempotencyKey }) => {
        await passing(weather)
        if (this.closed.has(input.account)) throw new Error(`${input.account} is closed`)
        if (this.silent.has(input.account)) return new Promise<string>(() => {})
        if (this.refused.has(idempotencyKey)) throw new Error(`${idempotencyKey} was undone`)
        this.posted.set(idempotencyKey, input)
        await passing(weather) // and perhaps nobody hears of it
        return `${input.account} has ${input.amount}${'.'.repeat(this.receiptCharacters)}`
      },
      compensate: async ({ input, output, isDone, stepKey, idempotencyKey }) => {
        await passing(weather)
        const left = this.stubborn.get(input.account) ?? 0
        this.stubborn.set(input.account, left - 1)
        if (left > 0) throw new Error(`${input.account} cannot be corrected now`)
        if (idempotencyKey !== `${stepKey}~compensate` || isDone !== (output !== undefined)) throw new Error('not what was promised')
        this.refused.add(stepKey)
        this.posted.delete(stepKey)
        this.undone.push(isDone ? input.account : `${input.account}?`)
      },
    }
  }
}

async function passing({ clock, fails = () => false }: Weather): Promise<void> {
  await new Promise<void>((resolve) => (clock ? void clock.after(stepMs, resolve) : resolve()))
  if (fails()) throw new Error('bad luck')
}

const stepMs = 5

const transfer = setup({
  types: {
    events: {} as { type: 'go' } | { type: 'give up' } | { type: 'undo' } | { type: 'boom' } | { type: 'saga.compensated' },
    tags: {} as 'compensate' | 'checkpoint',
  },
  actors: { post: effect<Posting, string>() },
  actions: {
    undo: compensate(),
    fail: () => {
      throw new Error('boom')
    },
  },
})

const posting = (account: string, amount: number, onDone: string) => ({
  invoke: { id: 'post', src: 'post', input: { account, amount }, onDone, onError: 'failed' } as const,
})

const transferMachine = transfer.createMachine({
  id: 'transfer',
  initial: 'idle',
  on: { boom: { actions: 'fail' } },
  states: {
    idle: { on: { go: 'one', undo: 'undoing' } },
    one: posting('a', -10, 'two'),
    two: { ...posting('b', 4, 'three'), after: { 60_000: 'failed' }, on: { undo: 'undoing', 'give up': '#transfer.failed' } },
    three: { ...posting('c', 3, 'four'), tags: 'checkpoint' },
    four: posting('d', 2, 'five'),
    five: posting('e', 1, 'done'),
    undoing: { entry: 'undo', on: { 'saga.compensated': 'undone' } },
    undone: { on: { go: 'one' } },
    failed: { type: 'final', tags: 'compensate' },
    done: { type: 'final' },
  },
})

export const transferOn = (ledger: Ledger, supervision: Partial<SupervisionSpec> = {}, weather: Weather = ledger) =>
  defineActor({
    name: 'transfer',
    version: '1',
    machine: transferMachine,
    effects: { post: ledger.effectIn(weather) },
    supervision,
    accepts: ({ type }) => (type.startsWith('saga.') ? `a teller says nothing of '${type}'` : undefined),
  })

const officeMachine = setup({
  types: { events: {} as { type: 'close' } },
  actors: { transfer: transferMachine },
}).createMachine({
  id: 'office',
  initial: 'open',
  states: { open: { invoke: { id: 'clerk', src: 'transfer' }, on: { close: 'closed' } }, closed: {} },
})

/** A parent that stops its transfer. */
export const officeOn = (ledger: Ledger, supervision: Partial<SupervisionSpec> = {}) =>
  defineActor({ name: 'office', version: '1', machine: officeMachine, children: { transfer: transferOn(ledger, supervision) } })
