import { createMachine, type AnyStateMachine } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import { hostsOf } from '../../../runtime/hosts.ts'
import { fit, prepare, type StoredChart } from '../../../runtime/statechart/index.ts'
import { define, live, self } from './life.ts'

const machineWith = (...names: readonly string[]): AnyStateMachine =>
  createMachine({ id: 'm', initial: names[0], context: { seen: 0 }, states: Object.fromEntries(names.map((name) => [name, {}])) } as never)
const version = (name: string, machine: AnyStateMachine, more: Partial<ActorDefinition> = {}): ActorDefinition => ({
  ...define(machine),
  version: name,
  ...more,
})
const storedBy = (definition: ActorDefinition): StoredChart => live(definition).stored()
const v1 = version('1', machineWith('a'))
const step = (to: string, value: string, passed: string[] = []) => ({
  to,
  run: (stored: StoredChart) => {
    passed.push(`${stored.definition.version}→${to}`)
    return { ...stored, value }
  },
})

test('migrations run one after the other, from the version that wrote the state to the newest', () => {
  const passed: string[] = []
  const migrate = { '2': step('5', 'z', passed), '1': step('2', 'c', passed), '0': step('1', 'x', passed) }
  const fitting = fit(prepare(version('5', machineWith('z'), { migrate })), self, storedBy(v1))
  expect(passed).toEqual(['1→2', '2→5'])
  expect(fitting).toMatchObject({ kind: 'migrated', living: { stamp: { version: '5' }, snapshot: { value: 'z' } } })
})

test('a declared migration runs though the structure fits, and when it fails the state as it was is not tried', () => {
  const same = machineWith('a')
  const counting = version('2', same, { migrate: { '1': { to: '2', run: (stored) => ({ ...stored, context: { seen: 1 } }) } } })
  expect(fit(prepare(counting), self, storedBy(v1))).toMatchObject({ kind: 'migrated', living: { snapshot: { context: { seen: 1 } } } })
  const failing = version('2', same, { migrate: { '1': { to: '2', run: () => Promise.reject(new Error('late')).catch(() => {}) } } })
  expect(fit(prepare(failing), self, storedBy(v1))).toEqual({ kind: 'unfit', findings: ['migrating from 1 to 2: it gave no stored state'] })
})

test('a migration may end what runs and start what the new state waits for', () => {
  const work = effect<undefined, string>()
  const waiting = createMachine({ id: 'm', initial: 'w', states: { w: { invoke: { id: 'do', src: 'work' } } } } as never, {
    actors: { work },
  })
  const run = (stored: StoredChart) => ({
    ...stored,
    value: 'w',
    counter: stored.counter + 1,
    children: { do: { kind: 'effect', src: 'work', address: `${self}#do.${stored.counter}` } },
  })
  const host = prepare({ ...define(waiting, { effects: ['work'] }), version: '2', migrate: { '1': { to: '2', run } } })
  expect(fit(host, self, storedBy(v1))).toMatchObject({ kind: 'migrated', living: { children: { do: { src: 'work' } } } })
})

test('a state that neither fits nor migrates is pinned to the version that wrote it, however far back that is hosted', () => {
  const v2 = version('2', machineWith('b'), { previous: [v1] })
  const v3 = version('3', machineWith('c'), { previous: [v2] })
  expect(fit(prepare(v3), self, storedBy(v1))).toMatchObject({
    kind: 'pinned',
    host: { stamp: { version: '1' } },
    findings: ["state 'm.a' does not exist", "'m' is compound now: it was parallel"].slice(0, 1),
  })
})

test('a version whose structure changed without a new number is no version to pin to', () => {
  const other = version('1', machineWith('b'))
  const fitting = fit(prepare(version('2', machineWith('c'), { previous: [other] })), self, storedBy(v1))
  expect(fitting).toMatchObject({ kind: 'unfit', findings: ["state 'm.a' does not exist", "on version 1: state 'm.a' does not exist"] })
})

const faulty: readonly [string, Partial<ActorDefinition>, RegExp][] = [
  ['migrates from itself', { migrate: { '2': step('2', 'a') } }, /migrate: it migrates from 2, which is its own version/],
  ['has a migration that leads nowhere', { migrate: { '0': step('1', 'a') } }, /migrate: from 0 it does not lead to 2: 0 → 1/],
  ['has migrations in a circle', { migrate: { '0': step('1', 'a'), '1': step('0', 'a') } }, /from 0 it does not lead to 2: 0 → 1 → 0/],
  ['hosts its own version twice', { previous: [version('2', machineWith('b'))] }, /previous: there are two definitions of version 2/],
  ['hosts another actor as its earlier version', { previous: [{ ...v1, name: 'other' }] }, /previous: 'other' is another actor/],
  [
    'hosts an earlier version that cannot be hosted',
    { previous: [version('', machineWith('b'))] },
    /previous version : registering actor 'it'/,
  ],
]
for (const [what, more, fault] of faulty)
  test(`a definition that ${what} is refused`, () => {
    expect(() => prepare(version('2', machineWith('a'), more))).toThrow(fault)
  })

test('children that only an earlier version has are hosted with it; of another one than hosted they must be its earlier version', () => {
  const kid = (machine: AnyStateMachine, name: string, more: Partial<ActorDefinition> = {}) => ({
    ...version(name, machine, more),
    name: 'kid',
  })
  const [kid1, kid2] = [kid(machineWith('k'), '1'), kid(machineWith('l'), '2')]
  const parent1 = { ...version('1', machineWith('a')), name: 'parent', children: { kid: kid1 } }
  const parent2 = (children: Record<string, ActorDefinition>): ActorDefinition => ({
    ...version('2', machineWith('b'), { previous: [parent1] }),
    name: 'parent',
    children,
  })
  expect([...hostsOf([parent2({})]).keys()]).toEqual(['parent', 'kid'])
  expect(() => hostsOf([parent2({ kid: kid2 })])).toThrow(/two different definitions are called 'kid'/)
  expect(hostsOf([parent2({ kid: { ...kid2, previous: [kid1] } })]).get('kid')?.stamp.version).toBe('2')
})

test('defineActor reads a function as a step to its own version', () => {
  const run = (stored: StoredChart): StoredChart => stored
  const { migrate, previous } = defineActor({
    name: 'it',
    version: '3',
    machine: machineWith('a'),
    migrate: { '1': run, '0': { to: '1', run } },
  } as never)
  expect([migrate, previous]).toEqual([{ '1': { to: '3', run }, '0': { to: '1', run } }, []])
})
