// The short pass of chaos: the scenarios that are worth their seconds in every test run. `npm run chaos` has them all.
import { expect, test } from 'vitest'
import { runScenario, type RunOptions, type Scenario } from './scenario.ts'
import { cut } from './scenarios/lines.ts'
import { drain, kill, zombieShort } from './scenarios/workers.ts'

const stop = new AbortController()
const short: RunOptions = { seed: 1, seconds: 5, long: false, keep: false, signal: stop.signal }
const limitMs = 60_000

/** Where the history is stands in the message of a failure. */
async function holds(scenario: Scenario): Promise<void> {
  const { outcome, violations, history } = await runScenario(scenario, short)
  expect({ outcome, violations, history }).toEqual({ outcome: 'green', violations: [], history: undefined })
}

test('every promise holds when owners are killed under load', { timeout: limitMs }, () => holds(kill))
test('every promise holds when owners freeze for about as long as the lease', { timeout: limitMs }, () => holds(zombieShort))
test('every promise holds when the connection of a worker is cut', { timeout: limitMs }, () => holds(cut))
test('no ask fails and no effect runs twice when workers drain under load', { timeout: limitMs }, () => holds(drain))
