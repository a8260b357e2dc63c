// The checker of chaos runs: a history in which all holds passes, and each promise that is broken is found.
import { expect, test } from 'vitest'
import { actorId, type ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { Entry } from '../../runtime/record.ts'
import { digestOf, type HistoryLine, type OutcomeLine, type RecordLine } from './history.ts'
import { factsOf, latenessOf, pausesOf, violationsOf } from './check.ts'

const counter = actorId('main', 'counter', 'a')
const alice = actorId('main', 'account', 'alice')
const bob = actorId('main', 'account', 'bob')
const chain = actorId('main', 'chain', 'c')
const sleeper = actorId('main', 'sleeper', 's')

/** Some change: what it is, no check looks at. */
const patch: NonNullable<Entry['patch']> = []

const record = (seq: number, epoch: number, entries: readonly Entry[], more: Partial<RecordLine> = {}): RecordLine => ({
  kind: 'record',
  partition: 0,
  seq,
  at: 1_000 + seq,
  record: { kind: 'turns', epoch, worker: `w${epoch}`, checkpointAt: 0, offset: { seq, count: 0, at: 0 }, entries },
  ...more,
})

const change = (kind: 'claim' | 'release', seq: number, epoch: number): RecordLine => ({
  kind: 'record',
  partition: 0,
  seq,
  at: 1_000 + seq,
  record: { kind, epoch, worker: `w${epoch}`, checkpointAt: 0 },
})

const entry = (actor: ActorId, turn: number, event: ActorEvent, more: Partial<Entry> = {}): Entry => ({
  actor,
  turn,
  at: 1_000,
  message: `m${turn}`,
  event,
  patch,
  ...more,
})

const add = (turn: number, op: string, more: Partial<Entry> = {}): Entry => entry(counter, turn, { type: 'add', op }, more)

/** A message that could not become a turn changes nothing. */
const unpatched = ({ patch: _patch, ...rest }: Entry): Entry => rest

const sent = (order: number, event: ActorEvent, more: { to?: ActorId; asks?: boolean; dead?: string } = {}): HistoryLine => {
  const op = `s-${order}`
  return { kind: 'send', id: op, sender: 's', order, to: counter, asks: false, at: 0, ...more, event: { ...event, op } }
}

const ended = (order: number, outcome: OutcomeLine['outcome'], more: Partial<OutcomeLine> = {}): HistoryLine => ({
  kind: 'outcome',
  id: `s-${order}`,
  outcome,
  at: 0,
  ...more,
})

const state = (actor: ActorId, turn: number, context: unknown): HistoryLine => ({ kind: 'state', actor, turn, context })

const first = digestOf(0, 's-0')
const second = digestOf(first, 's-1')

/** Two adds, the second an ask, each in its turn. */
const good: readonly HistoryLine[] = [
  sent(0, { type: 'add' }),
  sent(1, { type: 'add' }, { asks: true }),
  ended(0, 'acknowledged'),
  ended(1, 'acknowledged', { value: { count: 2, digest: second } }),
  change('claim', 1, 1),
  record(2, 1, [add(1, 's-0'), add(2, 's-1')]),
  state(counter, 2, { count: 2, digest: second }),
]

/** The good history with its records replaced. */
const logged = (...records: readonly HistoryLine[]): readonly HistoryLine[] => [...good.filter(({ kind }) => kind !== 'record'), ...records]

const finds = (lines: readonly HistoryLine[], words: RegExp): void => {
  expect(violationsOf(lines).filter((violation) => words.test(violation))).not.toEqual([])
}

test('a history in which every promise holds passes', () => {
  expect(violationsOf(good)).toEqual([])
})

test('an acknowledged message that is in no turn is found', () => {
  finds(logged(record(2, 1, [add(1, 's-0')])), /s-1 .* acknowledged and is in no turn/)
})

test('a message in two turns is found, acknowledged or not', () => {
  const twice = logged(record(2, 1, [add(1, 's-0'), add(2, 's-1')]), record(3, 1, [add(3, 's-1')]))
  finds(twice, /s-1 .* is in 2 entries/)
  finds(
    twice.filter(({ kind }) => kind !== 'outcome'),
    /s-1 .* is in 2 entries/,
  )
})

test('an unknown outcome may be either of its truths', () => {
  const unknown = good.filter((line) => !(line.kind === 'outcome' && line.id === 's-1'))
  expect(violationsOf(unknown)).toEqual([])
  const neither = [...unknown.filter(({ kind }) => kind !== 'record' && kind !== 'state'), record(2, 1, [add(1, 's-0')])]
  expect(violationsOf(neither)).toEqual([])
})

test('a refused message that took a turn is found', () => {
  const refused = good.map((line) =>
    line.kind === 'outcome' && line.id === 's-0' ? { ...line, outcome: 'refused' as const, code: 'TR_X' } : line,
  )
  finds(refused, /s-0 .* refused with TR_X and took a turn/)
})

test('a message that was refused as not stored and is in the log is found', () => {
  const dead = { code: 'TR_DEADLINE_PASSED', cause: '' }
  const lines = [
    sent(0, { type: 'add' }),
    ended(0, 'refused', { code: 'TR_MAILBOX_FULL' }),
    record(2, 1, [unpatched(add(0, 's-0', { dead }))]),
  ]
  finds(lines, /s-0 .* TR_MAILBOX_FULL and is in the log/)
})

test('an acknowledged message that became another dead letter than expected is found', () => {
  const letter = (code: string) =>
    record(2, 1, [unpatched(entry(counter, 0, { type: 'boom', op: 's-0' }, { dead: { code, cause: 'boom' } }))])
  const lines = [sent(0, { type: 'boom' }, { dead: 'TR_TURN_FAILED' }), ended(0, 'acknowledged')]
  expect(violationsOf([...lines, letter('TR_TURN_FAILED')])).toEqual([])
  finds([...lines, letter('TR_OTHER')], /became a dead letter: TR_OTHER/)
})

test('messages of one sender to one actor in another order than sent are found', () => {
  finds(logged(record(2, 1, [add(1, 's-1'), add(2, 's-0')])), /s-1 is taken in turn 1, before message s-0/)
})

test('a commit of a former owner is found', () => {
  const stale = logged(change('claim', 1, 1), change('claim', 2, 2), record(3, 1, [add(1, 's-0'), add(2, 's-1')]))
  finds(stale, /stale commit of w1 in epoch 1; the owner is w2 in epoch 2/)
  finds(logged(change('claim', 1, 2), change('claim', 2, 2)), /epoch 2 is claimed after epoch 2/)
  finds(logged(change('claim', 1, 1), change('release', 2, 1), record(3, 1, [add(1, 's-0')])), /the owner is nobody/)
})

test('a turn that is missing or taken twice is found', () => {
  finds(logged(record(2, 1, [add(1, 's-0'), add(3, 's-1')])), /turn 3 follows turn 1/)
  finds(logged(record(2, 1, [add(1, 's-0'), add(1, 's-1')])), /turn 1 is taken twice/)
})

test('an answer that is not what the actor was after that turn is found', () => {
  const lied = good.map((line) => (line.kind === 'outcome' && line.id === 's-1' ? { ...line, value: { count: 3, digest: second } } : line))
  finds(lied, /ask s-1 .* answered \{"count":3/)
})

test('a counter that holds other messages than those of its turns is found', () => {
  const wrong = (context: object) => [...good.filter(({ kind }) => kind !== 'state'), state(counter, 2, context)]
  finds(wrong({ count: 1, digest: first }), /holds 1 messages/)
  finds(wrong({ count: 2, digest: digestOf(digestOf(0, 's-1'), 's-0') }), /holds 2 messages \(digest/)
})

const pay = { type: 'pay', to: bob, amount: 5 }
const paying = [sent(0, pay, { to: alice }), ended(0, 'acknowledged')]
const payTurn = entry(alice, 1, { ...pay, op: 's-0' })
const credit = (turn: number, more: object = {}) => entry(bob, turn, { type: 'credit', op: 's-0', amount: 5, ...more })

test('money that is lost, doubled, changed or led astray is found', () => {
  const balances = [state(alice, 1, { balance: -5 }), state(bob, 1, { balance: 5 })]
  expect(violationsOf([...paying, record(1, 1, [payTurn, credit(1)]), ...balances])).toEqual([])
  finds([...paying, record(1, 1, [payTurn])], /payment s-0 .* has not arrived/)
  finds([...paying, record(1, 1, [payTurn, credit(1), credit(2)])], /payment s-0 arrived 2 times/)
  finds([...paying, record(1, 1, [payTurn, credit(1, { amount: 6 })])], /arrived as 6/)
  finds([record(1, 1, [credit(1)])], /payment s-0 arrived and nobody paid it/)
  finds(
    [...paying, record(1, 1, [payTurn, credit(1)]), state(alice, 1, { balance: -5 }), state(bob, 1, { balance: 6 })],
    /sum of all accounts is 1/,
  )
})

const go = [sent(0, { type: 'go', steps: 1 }, { to: chain }), ended(0, 'acknowledged')]
const goTurn = entry(chain, 1, { type: 'go', op: 's-0', steps: 1 }, { effects: [{ id: 'step', src: 'step', key: 'k' }] })
const result = (turn: number): Entry => entry(chain, turn, { type: 'xstate.done.actor.step' }, { result: 'k' })
const ran: HistoryLine = { kind: 'execution', key: 'k', worker: 'w1', at: 0 }

test('an effect may run twice, its result is applied once', () => {
  const done = state(chain, 2, { todo: [], done: 1 })
  expect(violationsOf([...go, ran, ran, record(1, 1, [goTurn, result(2)]), done])).toEqual([])
  finds([...go, ran, record(1, 1, [goTurn, result(2), result(3)])], /result of effect k is applied twice/)
  finds([...go, record(1, 1, [goTurn, result(2)])], /effect never ran/)
  finds([...go, ran, record(1, 1, [goTurn])], /effect k has no result/)
  finds([...go, ran, record(1, 1, [goTurn, result(2)]), state(chain, 2, { todo: [], done: 0 })], /has done 0 steps of 1/)
})

const nap = [
  sent(0, { type: 'nap', ms: 100 }, { to: sleeper }),
  ended(0, 'acknowledged'),
  record(1, 1, [entry(sleeper, 1, { type: 'nap', op: 's-0', ms: 100 })]),
]
const ring = (seq: number, at: number): HistoryLine => record(seq, 1, [entry(sleeper, seq, { type: '@timer', id: 'nap' })], { at })

test('a timer that is early, lost or doubled is found', () => {
  const late = [...nap, ring(2, 1_130)]
  expect(violationsOf(late)).toEqual([])
  expect(latenessOf(factsOf(late))).toEqual([30])
  finds([...nap, ring(2, 1_050)], /rings 50 ms early/)
  finds(nap, /has not rung/)
  finds([...late, ring(3, 1_140)], /rings 2 times/)
})

test('what a scenario itself found wrong is a violation', () => {
  finds([...good, { kind: 'violation', what: 'the sky fell', at: 0 }], /^the sky fell$/)
})

test('the pause of a change of owner is from its last turns to the next, with how the former owner left', () => {
  const turns = (seq: number, epoch: number, at: number) => record(seq, epoch, [add(seq, `x${seq}`)], { at })
  const lines = [
    turns(1, 1, 100),
    change('release', 2, 1),
    change('claim', 3, 2),
    turns(4, 2, 350),
    change('claim', 5, 3),
    turns(6, 3, 2_350),
  ]
  expect(pausesOf(factsOf(lines))).toEqual([
    { partition: 0, after: 'release', ms: 250 },
    { partition: 0, after: 'loss', ms: 2_000 },
  ])
})
