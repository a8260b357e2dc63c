import { fromPromise, setup } from 'xstate'
import { expect, test } from 'vitest'
import { actorId } from '../../../machines/address.ts'
import {
  birth,
  prepare,
  statesAtBirth,
  statesEntered,
  takeTurn,
  traceOf,
  type Host,
  type Living,
  type Outcome,
} from '../../../runtime/statechart/index.ts'
import { bareDefinition } from '../../support/given.ts'
import { diceOf, eventTypes, randomMachine } from './random-machine.ts'

const machines = 100
const stepsMax = 40
const address = actorId('acme', 'it', 'k')
const meta = { at: 0, id: 'm', random: 0 }
const work = fromPromise<number, undefined>(() => Promise.reject(new Error('not run')))

const hosted = (seed: number) => prepare(bareDefinition(randomMachine(seed, work)))

/** Undefined: the machine threw, or what came is out of date. */
function turnOf(host: Host, living: Living, type: string): Outcome | undefined {
  try {
    return takeTurn(host, living, { kind: 'event', event: { type } }, meta)
  } catch {
    return undefined
  }
}

const activeIn = ({ snapshot }: Living): readonly string[] =>
  [...(snapshot._nodes as Iterable<{ readonly id: string }>)].map(({ id }) => id)

/** Undefined: more than one transition was taken, or one to a history state. */
function compare(before: Living, outcome: Outcome) {
  const { taken, next } = outcome
  const [transition, ...more] = taken
  const hasHistory = transition?.target?.some(({ type }: { readonly type: string }) => type === 'history') ?? false
  if (!transition || more.length > 0 || hasHistory) return undefined
  const read = new Set(statesEntered(transition))
  const active = new Set(activeIn(next))
  const { entered } = traceOf(before, outcome)
  return {
    source: transition.source.id,
    missing: entered.filter((id) => !read.has(id)),
    tooMany: [...read].filter((id) => !active.has(id)),
  }
}

test(`what ${machines} random machines enter is what is read off their charts`, () => {
  let count = 0
  const wrong: object[] = []
  for (let seed = 1; seed <= machines; seed++) {
    const host = hosted(seed)
    const dice = diceOf(seed)
    let living = birth(host, { address, input: null }, meta).next
    for (let step = 0; step < stepsMax && living.snapshot.status === 'active'; step++) {
      const outcome = turnOf(host, living, dice.pick(eventTypes))
      if (!outcome) break
      const compared = compare(living, outcome)
      if (compared) count++
      if (compared && compared.missing.length + compared.tooMany.length > 0) wrong.push({ seed, step, ...compared })
      living = outcome.next
    }
  }
  expect(wrong).toEqual([])
  expect(count).toBeGreaterThan(500)
})

test('a state that stays active is not entered again, one that is left and come back to is', () => {
  const machine = setup({ types: { events: {} as { type: 'inner' } | { type: 'outer' } | { type: 'both' } } }).createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        initial: 'one',
        on: { inner: '.two', outer: { target: '.two', reenter: true }, both: 'p' },
        states: { one: {}, two: {} },
      },
      p: { type: 'parallel', states: { left: { initial: 'x', states: { x: {}, y: {} } }, right: {} }, on: { inner: '.left.y' } },
    },
  })
  const transition = (state: 'a' | 'p', event: string) => {
    const found = machine.root.states[state]?.transitions.get(event)?.[0]
    if (!found) throw new Error(`no ${event} in ${state}`)
    return statesEntered(found).toSorted()
  }
  expect(transition('a', 'inner')).toEqual(['m.a.two'])
  expect(transition('a', 'outer')).toEqual(['m.a', 'm.a.two'])
  expect(transition('a', 'both')).toEqual(['m.p', 'm.p.left', 'm.p.left.x', 'm.p.right'])
  expect(transition('p', 'inner')).toEqual(['m.p.left', 'm.p.left.y', 'm.p.right'])
  const host = prepare(bareDefinition(machine))
  expect(statesAtBirth(birth(host, { address, input: null }, meta).next)).toEqual(['m', 'm.a', 'm.a.one'])
})
