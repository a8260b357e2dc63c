import { isDeepStrictEqual } from 'node:util'
import { fromPromise } from 'xstate'
import { expect, test, vi } from 'vitest'
import { diceOf, eventTypes, kid, randomMachine } from './random-machine.ts'
import { hostedWorld, liveWorld, type Fault, type World } from './worlds.ts'

const machines = 400
const stepsMax = 30
const unusedWork = fromPromise<number, undefined>(() => Promise.reject(new Error('not run in the hosted world')))

interface Result {
  readonly steps: number
  readonly ended: string
  /** The first difference: after which steps, and a fault of the live actor that explains it. */
  readonly difference?: { readonly after: string; readonly fault: Fault | 'unexplained'; readonly live: object; readonly hosted: object }
}

async function compare(seed: number): Promise<Result> {
  const live = liveWorld((work) => randomMachine(seed, work))
  const hosted = hostedWorld(randomMachine(seed, unusedWork), kid, true)
  const kept = hostedWorld(randomMachine(seed, unusedWork), kid, false)
  const dice = diceOf(seed * 7919)
  const taken: string[] = []
  for (let step = 0; ; step++) {
    const [expected, found] = [live.view(), hosted.view()]
    if (!isDeepStrictEqual(expected, found)) {
      const [fault = 'unexplained' as const] = live.faults()
      return { steps: step, ended: expected.status, difference: { after: taken.join(' '), fault, live: expected, hosted: found } }
    }
    expect(kept.view()).toEqual(found)
    if (step === stepsMax || expected.status !== 'active') return { steps: step, ended: expected.status }
    taken.push(await stepAll(dice, live, hosted, kept))
  }
}

async function stepAll(dice: ReturnType<typeof diceOf>, ...worlds: readonly World[]): Promise<string> {
  const kind = dice.roll(8)
  if (kind < 2) {
    const ms = dice.pick([1, 5, 20, 100])
    for (const world of worlds) world.pass(ms)
    return `+${ms}`
  }
  if (kind === 2) {
    const [ok, output] = [dice.chance(0.7), dice.roll(50)]
    for (const world of worlds) await world.settle(ok, output)
    return ok ? `work=${output}` : 'work failed'
  }
  const type = dice.pick(eventTypes)
  for (const world of worlds) world.send(type)
  return type
}

test(`${machines} random machines do the same hosted, restored before every turn or kept in memory, as in XState's own actor`, async () => {
  vi.spyOn(console, 'warn').mockReturnValue() // of sends to a child that has ended, which are part of the game
  const unexplained: object[] = []
  const tally: Record<string, number> = {}
  let steps = 0
  for (let seed = 1; seed <= machines; seed++) {
    const result = await compare(seed)
    steps += result.steps
    const label = result.difference?.fault ?? result.ended
    tally[label] = (tally[label] ?? 0) + 1
    if (result.difference?.fault === 'unexplained') unexplained.push({ seed, ...result.difference })
  }
  expect(unexplained.slice(0, 3)).toEqual([])
  expect(steps).toBeGreaterThan(machines * 10) // the machines live long enough to say something
  expect(tally['active'] ?? 0).toBeGreaterThan(machines / 2) // and most differ in nothing, explained or not
})
