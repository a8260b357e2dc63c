import { setup } from 'xstate'
import { expect, test } from 'vitest'
import { effect } from '../../../machines/authoring.ts'
import { supervisionDefaults } from '../../../machines/supervision.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { prepare } from '../../../runtime/statechart/index.ts'

const machine = setup({ actors: { pay: effect<undefined, string>() } }).createMachine({ id: 'payer', invoke: { src: 'pay' } })
const pay = (): Promise<string> => Promise.resolve('paid')
const spec = { name: 'payer', version: '1', machine, effects: { pay } }

/** A definition as JavaScript would let anybody write it. */
const preparing = (over: object) => () => prepare(defineActor({ ...spec, ...over }))

const { intensity, backoff } = supervisionDefaults

test.each<[what: string, over: object, why: RegExp]>([
  ['an unknown strategy', { supervision: { strategy: 'one-for-one' } }, /strategy is 'one-for-one', not one of one_for_one, one_for_all/],
  ['an unknown restart', { supervision: { restart: 'always' } }, /restart is 'always', not one of permanent/],
  ['an unknown reset', { supervision: { reset: true } }, /reset is true, not one of initial/],
  ['an unknown field of supervision', { supervision: { intensty: intensity } }, /supervision: there is no 'intensty'; it knows restart/],
  ['an intensity within no time', { supervision: { intensity: { restarts: 3, withinMs: 0 } } }, /intensity: withinMs is 0/],
  ['an intensity without its time', { supervision: { intensity: { restarts: 3 } } }, /intensity: withinMs is undefined/],
  ['restarts that are negative', { supervision: { intensity: { ...intensity, restarts: -1 } } }, /intensity: restarts is -1/],
  ['a backoff that is negative', { supervision: { backoff: { ...backoff, baseMs: -1 } } }, /backoff: baseMs is -1, not a number from 0/],
  ['a backoff that is no number', { supervision: { backoff: { ...backoff, maxMs: NaN } } }, /backoff: maxMs is NaN/],
  ['a backoff that shrinks', { supervision: { backoff: { ...backoff, factor: 0 } } }, /backoff: factor is 0, not a number from 1/],
  [
    'a jitter of more than all',
    { supervision: { backoff: { ...backoff, jitter: 20 } } },
    /backoff: jitter is 20, not a number from 0 to 1/,
  ],
  ['no message that may fail', { supervision: { failingMessagesMax: 0 } }, /failingMessagesMax is 0/],
  ['no supervision at all', { supervision: { intensity: null, backoff: 5 } }, /6 faults/],
  ['an effect without a body', { effects: { pay: { timeoutMs: 5 } } }, /effect 'pay': run is undefined, not a function/],
  ['an effect that is nothing', { effects: { pay: null } }, /effect 'pay': run is null, not a function/],
  ['a compensation without a body', { effects: { pay: { run: pay, compensate: {} } } }, /effect 'pay~compensate': run is undefined/],
  ['a compensation without its effect', { effects: { pay: { compensate: pay } } }, /effect 'pay': run is undefined/],
  [
    'an effect without an attempt',
    { effects: { pay: { run: pay, attemptsMax: 0 } } },
    /effect 'pay': attemptsMax is 0, not a number from 1 on/,
  ],
  ['an effect without time', { effects: { pay: { run: pay, timeoutMs: 0 } } }, /timeoutMs is 0, not a number from 1/],
  ['a wait in the wrong unit', { effects: { pay: { run: pay, backoffMs: 1e12 } } }, /backoffMs is 1000000000000/],
  ['a factor that is a word', { effects: { pay: { run: pay, backoffFactor: '2' } } }, /backoffFactor is '2', not a number/],
  ['a pool without a name', { effects: { pay: { run: pay, pool: '' } } }, /pool is '', not the name of a pool/],
  ['a key that is no function', { effects: { pay: { run: pay, key: 'tenant' } } }, /key is 'tenant', not a function/],
  ['an unknown policy', { effects: { pay: { run: pay, retries: 3 } } }, /effect 'pay': there is no 'retries'/],
  ['a migration without a body', { migrate: { 0: { to: '1' } } }, /migrate from 0: run is undefined, not a function/],
  ['a birth by messages that is neither', { createdByMessage: 'no' }, /createdByMessage is 'no', not a boolean/],
  ['no name and no version', { name: undefined, version: 2 }, /name is undefined, not a string\n- .*version is 2, not a string/],
  ['no machine', { machine: { states: {} } }, /machine: it is no state machine of XState 5/],
  ['a child that is none', { children: { kid: undefined } }, /child 'kid': .*machine: it is no state machine/s],
])('a definition with %s is refused at registration', (_what, over, why) => {
  expect(preparing(over)).toThrow(expect.objectContaining({ code: 'TR_DEFINITION_INVALID', message: expect.stringMatching(why) }))
})

test('every fault of a policy is named, beside those of the machine', () => {
  const over = {
    supervision: { strategy: 'none', failingMessagesMax: NaN },
    effects: { pay: { run: pay, jitter: 2, pool: 7 } },
    version: '',
  }
  expect(preparing(over)).toThrow(
    /5 faults:\n- version: .*\n- supervision: strategy.*\n- supervision: failing.*\n- effect 'pay': pool.*\n- .*jitter/,
  )
})

test('policies at the ends of their ranges are accepted', () => {
  const supervision = {
    intensity: { restarts: 0, withinMs: 1 },
    backoff: { baseMs: 0, factor: 1, maxMs: 0, jitter: 1 },
    failingMessagesMax: Infinity,
  }
  const effects = { pay: { run: pay, timeoutMs: 1, attemptsMax: Infinity, backoffMs: 0, backoffFactor: 1, jitter: 0, compensate: pay } }
  expect(preparing({ supervision, effects })).not.toThrow()
})
