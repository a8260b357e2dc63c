import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { chartOf, type Chart, type ChartNode } from '../../runtime/statechart/index.ts'
import { edgesOf, treeOf } from '../../services/inspector/chart/chart-tree.ts'
import { layoutChart } from '../../services/inspector/chart/layout.ts'
import { compareMachines, versionPair, type ComparedPart } from '../../services/inspector/compare/compare-machines.ts'
import { VersionNotHosted } from '../../services/inspector/compare/errors.ts'
import { generatedMachine } from '../support/generated-machine.ts'

const chart = (config: object): Chart => chartOf(createMachine(config as never))
const found = (a: object, b: object): readonly ComparedPart[] =>
  compareMachines(chart(a), chart(b)).parts.filter(({ tone }) => tone !== 'same')
const told = (parts: readonly ComparedPart[]) =>
  parts.map(({ tone, title, changes }) => [tone, title, ...changes.map(({ what, a, b }) => `${what}: ${a} → ${b}`)])

const order = (states: object, more: object = {}) => ({ id: 'order', initial: 'open', states, ...more })

describe('what differs between two machines', () => {
  test('a new state and the transition to it are added, and everything else is the same', () => {
    const before = order({ open: { on: { pay: 'paid' } }, paid: {} })
    const after = order({ open: { on: { pay: 'paid', drop: 'dropped' } }, paid: {}, dropped: {} })
    expect(told(found(before, after))).toEqual([
      ['added', 'dropped'],
      ['added', 'open, drop → dropped'],
    ])
    expect(told(found(after, before))).toEqual([
      ['removed', 'dropped'],
      ['removed', 'open, drop → dropped'],
    ])
  })

  test('a transition that leads elsewhere, asks another guard or does something else is changed, not replaced', () => {
    const to = (pay: unknown) => order({ open: { on: { pay } }, paid: {}, held: {} })
    const before = to({ target: 'paid', guard: 'isGood', actions: 'bill' })
    expect(told(found(before, to({ target: 'held', guard: 'isGood', actions: 'bill' })))).toEqual([
      ['changed', 'open, pay [isGood] → held', 'target: paid → held'],
    ])
    expect(told(found(before, to({ target: 'paid', guard: 'isRich', actions: ['bill', 'thank'] })))).toEqual([
      ['changed', 'open, pay [isRich] → paid', 'guard: isGood → isRich', 'actions: bill → bill, thank'],
    ])
  })

  test('a delay that is longer is a changed delay', () => {
    const after = (ms: number) => order({ open: { after: { [ms]: 'late' } }, late: {} })
    expect(told(found(after(1_000), after(2_000)))).toEqual([['changed', 'open, after 2 s → late', 'delay: 1 s → 2 s']])
  })

  test('what a state invokes, does and is called is told', () => {
    const before = order({ open: { entry: 'hail', invoke: { src: 'ship', onDone: 'closed' } }, closed: {} })
    const after = order({ open: { entry: 'greet', invoke: { src: 'send', onDone: 'closed' } }, closed: { type: 'final' } })
    expect(told(found(before, after))).toEqual([
      ['changed', 'open', 'entry: hail → greet', 'invoke: ship → send'],
      ['changed', 'closed', 'type: atomic → final'],
    ])
  })

  test('a renamed state is known by what it does, with all that is in it and leads to it', () => {
    const inside = { initial: 'one', states: { one: { on: { next: 'two' } }, two: {} }, on: { stop: '#order.end' } }
    const before = order({ open: { on: { go: 'busy' } }, busy: inside, end: {} })
    const after = order({ open: { on: { go: 'working' } }, working: inside, end: {} })
    expect(told(found(before, after))).toEqual([['changed', 'working', 'name: busy → working']])
  })

  test('of two states that could be the renamed one neither is', () => {
    const before = order({ open: {}, left: { on: { go: 'open' } }, right: { on: { go: 'open' } } })
    const after = order({ open: {}, up: { on: { go: 'open' } } })
    expect(told(found(before, after)).map(([tone]) => tone)).toEqual(['removed', 'removed', 'added', 'removed', 'removed', 'added'])
  })

  test('a state that moved with its id is one state in another place', () => {
    const before = order({ open: { id: 'x' }, group: { initial: 'in', states: { in: {} } } })
    const after = order({ group: { initial: 'in', states: { in: {}, open: { id: 'x' } } } }, { initial: 'group' })
    expect(told(found(before, after))).toContainEqual(['changed', 'group.open', 'place: order → group'])
  })

  test('transitions of one event that changed places are told, for the first that may is taken', () => {
    const with_ = (...guards: readonly string[]) =>
      order({ open: { on: { pay: guards.map((guard) => ({ guard, target: guard })) } }, good: {}, fine: {} })
    expect(told(found(with_('good', 'fine'), with_('fine', 'good')))).toEqual([
      ['changed', 'open, pay [fine] → fine', 'order: 2 of 2 → 1 of 2'],
      ['changed', 'open, pay [good] → good', 'order: 1 of 2 → 2 of 2'],
    ])
  })

  test('a machine with another id is compared all the same', () => {
    const states = { open: { after: { 10: 'late' } }, late: {} }
    expect(told(found({ id: 'v1', initial: 'open', states }, { id: 'v2', initial: 'open', states }))).toEqual([
      ['changed', 'v2', 'name: v1 → v2'],
    ])
  })
})

const charts = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 40 }))
  .map(([seed, states]) => chartOf(generatedMachine(seed, states)))

/** The same chart after some edits, as a next version is. */
const edited = fc.tuple(charts, fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 })).map(([given, edits]) => {
  const drop = new Set(edits.filter((edit) => edit % 3 === 0))
  const rename = new Set(edits.filter((edit) => edit % 3 === 1))
  const rewire = new Set(edits.filter((edit) => edit % 3 === 2))
  let at = 0
  const edit = (node: ChartNode): ChartNode => {
    const n = at++ % 1_000
    return {
      ...node,
      ...(rename.has(n) && n > 0 && { key: `${node.key}Again` }),
      transitions: node.transitions.map((one) => (rewire.has(n) ? { ...one, guard: 'isNew', targets: [given.root.id] } : one)),
      states: node.states.filter((_, place) => !drop.has(n + place)).map(edit),
    }
  }
  return [given, { ...given, hash: `${given.hash}2`, root: edit(given.root) }] as const
})
const pairs = fc.oneof(edited, fc.tuple(charts, charts))

describe('whatever the machines are', () => {
  test('a machine compared with itself has no differences', () => {
    fc.assert(
      fc.property(charts, (one) => {
        expect(compareMachines(one, one).counts).toMatchObject({ added: 0, removed: 0, changed: 0 })
      }),
      { numRuns: 60 },
    )
  })

  test('compared the other way round it is the same turned round', () => {
    const sorted = (parts: readonly (readonly unknown[])[]): readonly string[] => parts.map((part) => JSON.stringify(part)).toSorted()
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const there = compareMachines(a, b).parts.map((part) => [
          part.kind,
          part.a,
          part.b,
          part.changes.map(({ what, a: x, b: y }) => [what, x, y]),
        ])
        const back = compareMachines(b, a).parts.map((part) => [
          part.kind,
          part.b,
          part.a,
          part.changes.map(({ what, a: x, b: y }) => [what, y, x]),
        ])
        expect(sorted(there)).toEqual(sorted(back))
      }),
      { numRuns: 120 },
    )
  })

  // G1
  test('every state and transition of both is in the merged chart once', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const { merged } = compareMachines(a, b)
        const tree = treeOf(merged.chart)
        const edgesIn = (one: Chart): readonly string[] => edgesOf(treeOf(one)).map(({ transition }) => transition.id)
        const statesIn = (one: Chart): readonly string[] => [...treeOf(one).places.keys()]
        for (const [side, chartOfSide] of [
          ['a', a],
          ['b', b],
        ] as const) {
          expect(merged.edges.flatMap((part) => part[side] ?? []).toSorted()).toEqual(edgesIn(chartOfSide).toSorted())
          expect(merged.states.flatMap((part) => part[side] ?? []).toSorted()).toEqual(statesIn(chartOfSide).toSorted())
        }
        const ids = edgesIn(merged.chart)
        expect(new Set(ids).size).toBe(ids.length)
        const drawn = edgesOf(tree).flatMap(({ transition }) => transition.targets)
        const known = new Set([...statesIn(a), ...statesIn(b), ...tree.places.keys()])
        expect(drawn.filter((id) => !known.has(id))).toEqual([])
      }),
      { numRuns: 120 },
    )
  })

  test('a merged chart has a place for everything', () => {
    for (const [a, b] of fc.sample(edited, { numRuns: 3, seed: 11 })) {
      const { merged } = compareMachines(a, b)
      const drawn = layoutChart(merged.chart).boxes.filter(({ kind }) => kind !== 'initial' && kind !== 'pill')
      expect(drawn.map(({ id }) => id).toSorted()).toEqual(merged.states.map(({ id }) => id).toSorted())
    }
  })
})

describe('which versions', () => {
  const version = (name: string) => ({ version: name, hash: `h${name}`, chart: chart({ id: 'm' }) })
  const versions = ['3', '2', '1'].map(version)

  test('the newest and the one before it are compared unless others are named, by version or hash', () => {
    const pair = (wish: object) => versionPair('m', versions, wish).map((one) => one.version)
    expect(pair({})).toEqual(['2', '3'])
    expect(pair({ to: '2' })).toEqual(['1', '2'])
    expect(pair({ from: 'h1', to: '3' })).toEqual(['1', '3'])
  })

  test('a version that is not hosted, and one that nothing came before, are refused', () => {
    expect(() => versionPair('m', versions, { from: '7' })).toThrow(VersionNotHosted)
    expect(() => versionPair('m', versions, { to: '1' })).toThrow(/none before 1/)
  })
})
