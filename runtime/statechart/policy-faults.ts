// Policy faults
// What is wrong with what an author says of an actor beside its machine: how it is supervised, how its effects run. The compiler knows
// neither the range of a number nor what a program in JavaScript passes.
import { StateMachine } from 'xstate'
import { supervisionDefaults } from '../../machines/supervision.ts'
import type { ActorDefinition, EffectSpec } from '../define-actor.ts'

export const policyFaults = (definition: ActorDefinition): string[] => [
  ...supervisionFaults(definition.supervision),
  ...Object.entries(definition.effects).flatMap(([source, spec]) => effectFaults(`effect '${source}'`, spec)),
  ...Object.entries(definition.migrate).flatMap(([from, step]) => kindFaults(`migrate from ${from}`, { run: step.run }, 'function')),
  ...kindFaults('the definition', { createdByMessage: definition.createdByMessage }, 'boolean'),
]

/** What has to be there before anything else can be looked at. */
export function shapeFaults(given: unknown): string[] {
  const { name, version, machine } = (typeof given === 'object' && given !== null ? given : {}) as Partial<
    Record<keyof ActorDefinition, unknown>
  >
  return [
    ...kindFaults('the definition', { name, version }, 'string'),
    ...(machine instanceof StateMachine ? [] : ['machine: it is no state machine of XState 5, made with setup() or createMachine()']),
  ]
}

type Fields = Readonly<Record<string, unknown>>

/** JavaScript gives what it likes: nothing here relies on the type. */
function supervisionFaults(given: object): string[] {
  const { restart, strategy, intensity, backoff, failingMessagesMax, reset, ...unknown } = given as Fields
  const where = 'supervision'
  const { restarts, withinMs, ...moreIntensity } = fieldsOf(intensity)
  const { baseMs, factor, maxMs, jitter, ...moreBackoff } = fieldsOf(backoff)
  return [
    ...oneOf(`${where}: restart`, restart, ['permanent', 'transient', 'temporary']),
    ...oneOf(`${where}: strategy`, strategy, ['one_for_one', 'one_for_all', 'rest_for_one']),
    ...oneOf(`${where}: reset`, reset, ['initial', 'checkpoint', 'stop']),
    ...rangeFaults(where, { failingMessagesMax }, 1, Infinity),
    ...rangeFaults(`${where}.intensity`, { restarts }, 0, Infinity),
    ...rangeFaults(`${where}.intensity`, { withinMs }, 1, Infinity),
    ...rangeFaults(`${where}.backoff`, { baseMs, maxMs }, 0, waitMsMax),
    ...rangeFaults(`${where}.backoff`, { factor }, 1, factorMax),
    ...rangeFaults(`${where}.backoff`, { jitter }, 0, 1),
    ...[...Object.keys(unknown), ...Object.keys(moreIntensity), ...Object.keys(moreBackoff)].map(
      (name) => `${where}: there is no '${name}'; it knows ${Object.keys(supervisionDefaults).join(', ')}`,
    ),
  ]
}

function effectFaults(where: string, given: EffectSpec<never, unknown>): string[] {
  const {
    run,
    timeoutMs = 1,
    attemptsMax = 1,
    backoffMs = 0,
    backoffFactor = 1,
    jitter = 0,
    pool = 'default',
    ...rest
  }: Fields = fieldsOf(given)
  const { retryable = accepting, key = accepting, priority = accepting, ...unknown } = rest
  return [
    ...kindFaults(where, { run, retryable, key, priority }, 'function'),
    ...(typeof pool === 'string' && pool !== '' ? [] : [`${where}: pool is ${shown(pool)}, not the name of a pool`]),
    ...rangeFaults(where, { timeoutMs }, 1, waitMsMax),
    ...rangeFaults(where, { attemptsMax }, 1, Infinity),
    ...rangeFaults(where, { backoffMs }, 0, waitMsMax),
    ...rangeFaults(where, { backoffFactor }, 1, factorMax),
    ...rangeFaults(where, { jitter }, 0, 1),
    ...Object.keys(unknown).map((name) => `${where}: there is no '${name}'`),
  ]
}

/** A year: a longer wait is a mistake in the unit. */
const waitMsMax = 366 * 24 * 60 * 60 * 1000
const factorMax = 1_000
const accepting = (): undefined => undefined

const fieldsOf = (given: unknown): Fields => (typeof given === 'object' && given !== null ? (given as Fields) : {})

const oneOf = (what: string, given: unknown, known: readonly string[]): string[] =>
  known.some((word) => word === given) ? [] : [`${what} is ${shown(given)}, not one of ${known.join(', ')}`]

const kindFaults = (where: string, fields: Fields, kind: string): string[] =>
  Object.entries(fields).flatMap(([name, given]) => (typeof given === kind ? [] : [`${where}: ${name} is ${shown(given)}, not a ${kind}`]))

const rangeFaults = (where: string, fields: Fields, least: number, most: number): string[] =>
  Object.entries(fields).flatMap(([name, given]) =>
    typeof given === 'number' && given >= least && given <= most
      ? []
      : [`${where}: ${name} is ${shown(given)}, not a number from ${least} ${most === Infinity ? 'on' : `to ${most}`}`],
  )

const shown = (given: unknown): string =>
  typeof given === 'string'
    ? `'${given}'`
    : typeof given === 'object' && given !== null
      ? 'an object'
      : typeof given === 'function'
        ? 'a function'
        : String(given)
