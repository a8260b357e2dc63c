import { array, assert, boolean, nat, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import {
  censor,
  noneOpen,
  oldestOf,
  openLimits,
  openOf,
  withOpen,
  withoutOpen,
  type OpenDecision,
  type OpenDecisions,
} from '../../machines/coordinator-open.ts'

const decision = (taskId: string, at = 0): OpenDecision => ({ taskId, taskType: 'question', arm: 'researcher', predicted: 0.5, at })

function filled(count: number, taskId: (n: number) => string): { open: OpenDecisions; censored: number[] } {
  let open = noneOpen
  const censored: number[] = []
  for (let n = 1; n <= count; n++) {
    const added = withOpen(open, { n, decision: decision(taskId(n)) })
    open = added.open
    censored.push(...added.censored.map((one) => one.n))
  }
  return { open, censored }
}

test('O1: beyond the number that may be open the oldest is censored', () => {
  const { open, censored } = filled(openLimits.openMax + 2, () => '')
  expect(open.count).toBe(openLimits.openMax)
  expect(censored).toEqual([1, 2])
  expect(open.censored).toEqual([1, 2])
  expect([openOf(open, 2), openOf(open, 3)]).toEqual([undefined, decision('')])
})

test('O1: long names leave room for fewer, and all of them fit the state of an actor', () => {
  const { open, censored } = filled(2_000, (n) => `${n}`.padStart(256, 'x'))
  expect(open.count + censored.length).toBe(2_000)
  expect(censored.length).toBeGreaterThan(500)
  expect(JSON.stringify(open).length).toBeLessThan(openLimits.openBytesMax * 1.05)
})

test('O2: of those that were censored the last are remembered', () => {
  const { open } = filled(openLimits.openMax + openLimits.censoredMax + 5, () => '')
  expect(open.censored).toHaveLength(openLimits.censoredMax)
  expect(open.censored[0]).toBe(6)
})

test('whatever is added and taken, what is open is what was not taken, the oldest first, and bytes come back to 0', () => {
  const step = record({ take: boolean(), which: nat(300) })
  assert(
    property(array(step, { maxLength: 300 }), (steps) => {
      let open = noneOpen
      const model = new Map<number, OpenDecision>()
      let n = 0
      for (const { take, which } of steps) {
        if (take) {
          open = withoutOpen(open, which)
          model.delete(which)
        } else {
          const added = decision(`t${which}`, which)
          open = withOpen(open, { n: ++n, decision: added }).open
          model.set(n, added)
        }
        open = JSON.parse(JSON.stringify(open))
        expect(open.count).toBe(model.size)
        expect(oldestOf(open)?.n).toBe(model.keys().next().value)
      }
      for (const known of model.keys()) open = withoutOpen(open, known)
      expect(open.chunks).toEqual({})
      expect(open).toMatchObject({ count: 0, bytes: 0 })
    }),
    { numRuns: 60 },
  )
})

test('those that are due are censored, and no younger one', () => {
  let open = noneOpen
  for (const [n, at] of [[1, 10], [2, 20], [3, 30]] as const) open = withOpen(open, { n, decision: decision(`t${n}`, at) }).open // prettier-ignore
  const { open: left, censored } = censor(open, ({ at }) => at <= 20)
  expect(censored.map(({ n }) => n)).toEqual([1, 2])
  expect(left).toMatchObject({ count: 1, censored: [1, 2] })
})
