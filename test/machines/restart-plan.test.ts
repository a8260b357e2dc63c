import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actorId, type ActorId } from '../../machines/address.ts'
import { affectedBy, answered, joined, nextStep, planFor, starting, type RestartPlan } from '../../machines/restart-plan.ts'

const child = (n: number): ActorId => actorId('main', 'child', String(n))
const crew = (size: number): ActorId[] => Array.from({ length: size }, (_, n) => child(n))

test('one_for_one restarts the one that failed, rest_for_one also those born after it, one_for_all everyone', () => {
  expect(affectedBy(child(1), crew(4), 'one_for_one')).toEqual([child(1)])
  expect(affectedBy(child(1), crew(4), 'rest_for_one')).toEqual([child(1), child(2), child(3)])
  expect(affectedBy(child(1), crew(4), 'one_for_all')).toEqual(crew(4))
})

/** Plays a plan to its end; `happens` may let children fail or vanish between two answers. */
function play(size: number, strategy: 'one_for_all' | 'rest_for_one', happens: readonly { fails?: number; leaves?: number }[]) {
  const children = crew(size)
  const alive = new Set(children)
  const told: string[] = []
  const again = (plan: RestartPlan, failed: ActorId): RestartPlan =>
    joined(
      plan,
      affectedBy(
        failed,
        children.filter((one) => alive.has(one)),
        strategy,
      ),
    )
  let plan = planFor(affectedBy(child(Math.floor(size / 2)), children, strategy))
  const left = [...happens]
  for (let steps = 0; steps < 500; steps++) {
    const next = nextStep(plan, (one) => alive.has(one))
    plan = next.plan
    if (next.step.kind === 'done') return { told, plan, alive }
    if (next.step.kind === 'wait') plan = starting(plan)
    else {
      told.push(`${next.step.what} ${next.step.child}`)
      const event = left.shift()
      if (event?.leaves !== undefined) alive.delete(child(event.leaves % size))
      if (event?.fails !== undefined && alive.has(child(event.fails % size))) plan = again(plan, child(event.fails % size))
      plan = answered(plan, next.step.child, next.step.what === 'halt' ? 'halted' : 'started')
    }
  }
  throw new Error('the plan does not end')
}

test('every plan ends, halts before it starts, and starts last whatever lives of what it halted', () => {
  const happening = fc.record({ fails: fc.nat(9), leaves: fc.nat(9) }, { requiredKeys: [] })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom('one_for_all', 'rest_for_one'),
      fc.array(happening, { maxLength: 12 }),
      (size, strategy, happens) => {
        const { told, alive } = play(size, strategy, happens)
        for (const one of alive) {
          const of = told.filter((line) => line.endsWith(one))
          if (of.length > 0) expect(of.at(-1)).toBe(`start ${one}`)
        }
        const firstStart = told.findIndex((line) => line.startsWith('start'))
        if (firstStart >= 0) expect(told.slice(0, firstStart).every((line) => line.startsWith('halt'))).toBe(true)
      },
    ),
    { numRuns: 2_000 },
  )
})
