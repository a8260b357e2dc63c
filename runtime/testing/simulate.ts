// Simulate
// Runs of a whole fleet in simulated time, each decided by its seed: workers on faulty ports, clients, mischief; then a good world, the checks, and a hash of all that happened.
//
// S1. The same seed gives the same history, whatever ran before it: time is simulated, chance is thrown by the seed, nothing else is asked.
import assert from 'node:assert/strict'
import { simulateSeed, type Outcome } from './run.ts'
import type { Scenario } from './scenario.ts'

/** Runs the scenario once a seed: seeds 1 to n, or those given. Throws AssertionError at the first that fails, with what was wrong and how to run it again. */
export async function simulate(seeds: number | Iterable<number>, scenario: Scenario): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const seed of typeof seeds === 'number' ? firstSeeds(seeds) : seeds) {
    const outcome = await simulateSeed(seed, scenario)
    assert.deepEqual(
      outcome.faults,
      [],
      `seed ${seed} fails:\n- ${outcome.faults.slice(0, 5).join('\n- ')}\nrun it again: simulate([${seed}], …)`,
    )
    outcomes.push(outcome)
  }
  return outcomes
}

function* firstSeeds(count: number): Iterable<number> {
  for (let seed = 1; seed <= count; seed++) yield seed
}
