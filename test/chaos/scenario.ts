// Scenario
// One story of faults on real servers: how the world is made, what is done to it, and the figures that come of it. The checker says whether all promises held.
import { dice, type Dice } from '../../runtime/testing/dice.ts'
import { factsOf, latenessOf, violationsOf } from './check.ts'
import { spread, type Figures } from './measure.ts'
import { openWorld, type World, type WorldPlan } from './world.ts'

export interface Scenario {
  readonly name: string
  /** For people, one line. */
  readonly about: string
  readonly plan: WorldPlan
  /** Where a single server stores; throws Skipped when this machine has no such place. */
  readonly store?: () => Promise<{ readonly folder: string; free(): Promise<void> }>
  run(world: World, given: Given): Promise<Figures>
}

export interface Given {
  readonly dice: Dice
  /** How long the part under load lasts, about. */
  readonly seconds: number
  readonly long: boolean
  /** How many kills of `kill`; undefined: as many as the seconds have room for. */
  readonly kills: number | undefined
  /** Where the server stores, of a scenario with a place of its own for it. */
  readonly store: string
  /** Aborted when the run is to end at once. */
  readonly signal: AbortSignal
}

export interface Result {
  readonly scenario: string
  readonly outcome: 'green' | 'red' | 'skipped'
  readonly seed: number
  readonly seconds: number
  readonly figures: Figures
  readonly violations: readonly string[]
  /** Of a run whose folder is kept. */
  readonly history?: string
  /** Why it was skipped. */
  readonly reason?: string
}

/** This machine cannot do what the scenario needs. */
export class Skipped extends Error {}

export interface RunOptions {
  readonly seed: number
  readonly seconds: number
  readonly long: boolean
  readonly kills?: number
  /** Keep the folder of a green run as well. */
  readonly keep: boolean
  readonly signal: AbortSignal
}

/** Runs a scenario to its end. What it started has ended when this settles; rejects only when the run was aborted. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Result> {
  const { seed, seconds, long, kills, signal } = options
  const started = performance.now()
  const head = { scenario: scenario.name, seed }
  const took = (): number => Math.round((performance.now() - started) / 100) / 10
  let store: Awaited<ReturnType<NonNullable<Scenario['store']>>> | undefined
  let world: World | undefined
  let { keep } = options
  try {
    store = await scenario.store?.()
    world = await openWorld(scenario.plan, store?.folder)
    const figures = await orAborted(
      signal,
      tell(scenario, world, { dice: dice(seed), seconds, long, kills, signal, store: store?.folder ?? world.folder }),
    )
    const violations = violationsOf(world.history.lines)
    const isRed = violations.length > 0
    keep ||= isRed
    const outcome = isRed ? 'red' : 'green'
    return { ...head, outcome, seconds: took(), figures, violations, ...(keep && { history: world.history.file }) }
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof Skipped)
      return { ...head, outcome: 'skipped', seconds: took(), figures: {}, violations: [], reason: error.message }
    keep = world !== undefined
    const violations = [`the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
    return { ...head, outcome: 'red', seconds: took(), figures: {}, violations, ...(world && { history: world.history.file }) }
  } finally {
    await world?.close({ keep })
    await store?.free()
  }
}

async function tell(scenario: Scenario, world: World, given: Given): Promise<Figures> {
  const figures = await scenario.run(world, given)
  await world.settle()
  const facts = factsOf(world.history.lines)
  const of = (outcome: string): number => [...facts.outcomes.values()].filter((line) => line.outcome === outcome).length
  const calls = { calls: facts.sends.length, acknowledged: of('acknowledged'), refused: of('refused') }
  const unknown = facts.sends.length - calls.acknowledged - calls.refused
  const again = [...facts.executions.values()].filter((runs) => runs.length > 1).length
  const lateness = latenessOf(facts)
  return {
    ...calls,
    unknown,
    turns: facts.places.length,
    effectsRunAgain: again,
    ...(lateness.length > 0 && spread('timerLate', lateness)),
    ...figures,
  }
}

async function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new Error('the run was aborted'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
    work.catch(() => {}) // of an aborted run nothing more is heard
  }
}
