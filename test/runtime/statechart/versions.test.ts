import { readFileSync } from 'node:fs'
import { createMachine, type AnyStateMachine } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { applyPatch } from '../../../runtime/patch.ts'
import { changes, check, engine, fromStored, prepare, structureHash, takeTurn, toStored } from '../../../runtime/statechart/index.ts'
import { define, live, metaAt, self, throughJson } from './life.ts'

const work = effect<undefined, string>()
const b = { invoke: { id: 'w', src: 'work' }, after: { 100: 'a' }, on: { back: 'a' } }
const states = { a: { on: { go: 'b' } }, b, past: { type: 'history' } }
const machineWith = (given: object): AnyStateMachine =>
  createMachine({ id: 'm', initial: 'a', states: given } as never, { actors: { work } })
const before = machineWith(states)
const stored = () => {
  const actor = live(define(before, { effects: ['work'] }))
  actor.send({ type: 'go' })
  return actor.stored()
}
const faults = (machine: AnyStateMachine) => check(prepare(define(machine, { effects: ['work'] })), stored())

test('a stored state fits the machine that wrote it, and one that only gained what it is not in', () => {
  expect(faults(before)).toEqual([])
  expect(faults(machineWith({ ...states, c: {} }))).toEqual([])
})

const misfits: readonly [string, AnyStateMachine, RegExp][] = [
  ['a state that is gone', machineWith({ a: {} }), /state 'm\.b' does not exist/],
  ['a state that has inner states now', machineWith({ a: {}, b: { ...b, initial: 'x', states: { x: {} } } }), /'m\.b' is compound now/],
  ['a state that has regions now', machineWith({ a: {}, b: { ...b, type: 'parallel', states: { r: {} } } }), /region 'm\.b\.r' is new/],
  [
    'a child that is not running',
    machineWith({ a: {}, b: { ...b, invoke: { id: 'v', src: 'work' } } }),
    /invokes 'v' now, which is not running/,
  ],
  [
    'a delay that is not armed',
    machineWith({ a: {}, b: { ...b, after: { 100: 'a', 5: 'a' } } }),
    /has the delay 'xstate\.after\.5\.m\.b' now/,
  ],
  [
    'a delay without its transition',
    machineWith({ a: {}, b: { invoke: { id: 'w', src: 'work' } } }),
    /'xstate\.after\.100\.m\.b' has no transition any more/,
  ],
]
for (const [what, machine, reason] of misfits)
  test(`${what} makes a stored state a misfit`, () => {
    expect(faults(machine).join('\n')).toMatch(reason)
  })

test('a source that is gone, and history of what is gone, make a stored state a misfit', () => {
  const host = prepare(define(createMachine({ id: 'm', initial: 'a', states: { a: {}, b: { after: { 100: 'a' } } } })))
  expect(check(host, { ...stored(), historyValue: { 'm.past': ['m.z'] } })).toEqual([
    "child 'w' runs 'work', which the definition no longer has",
    "history 'm.past' remembers 'm.past', which does not exist",
    "history 'm.past' remembers 'm.z', which does not exist",
  ])
})

test('the structure hash changes with the structure and not with the code inside', () => {
  const hash = (extra: object) =>
    structureHash(createMachine({ initial: 'a', states: { a: { on: { go: { target: 'b', ...extra } } }, b: {} } } as never))
  expect(hash({ actions: () => 1 })).toBe(hash({ actions: () => 2 }))
  expect(new Set([hash({}), hash({ reenter: true }), hash({ guard: () => true }), hash({ target: 'a' })]).size).toBe(4)
})

test('the first turn on another version stamps the stored state with it', () => {
  const old = stored()
  const host = prepare({ ...define(before, { effects: ['work'] }), version: '2' })
  const living = fromStored(host, self, old)
  const outcome = takeTurn(host, living, { kind: 'event', event: { type: 'back' } }, metaAt(1))
  const patched = outcome && applyPatch(old, throughJson(changes(host, living, outcome.next)))
  expect(patched).toEqual(outcome && throughJson(toStored(host, outcome.next)))
  expect([old.definition.version, patched?.definition.version]).toEqual(['1', '2'])
})

test('the stamp names the installed interpreter', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../node_modules/xstate/package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(engine).toBe(`xstate@${version}`)
})
