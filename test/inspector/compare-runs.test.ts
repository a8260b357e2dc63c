import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { actorId } from '../../machines/address.ts'
import { chartOf } from '../../runtime/statechart/index.ts'
import type { Stored } from '../../runtime/statechart/stored.ts'
import { treeOf } from '../../services/inspector/chart/chart-tree.ts'
import { valueText } from '../../services/inspector/compare/active.ts'
import { contextDifferences, differencesMax, stableText } from '../../services/inspector/compare/context.ts'
import { partingOf, type Divergence, type PartingSide } from '../../services/inspector/compare/divergence.ts'
import { relationOf } from '../../services/inspector/compare/relation.ts'
import type { RunTurn } from '../../services/inspector/compare/run.ts'
import { tallyOf } from '../../services/inspector/compare/tally.ts'

const side = (turns: readonly RunTurn[]): PartingSide => ({ turns, commonEdge: (id) => id, commonValue: valueText, edgeText: (id) => id })
const turn = (n: number, event: string, value: unknown, more: Partial<RunTurn> = {}): RunTurn => ({
  turn: n,
  at: n * 1_000,
  event,
  value,
  ...more,
})
const inside = (edge: string, guards: readonly { readonly name: string; readonly params?: unknown; readonly result: boolean }[] = []) => ({
  inside: { edges: [edge], entered: [], guards },
})
const part = (a: readonly RunTurn[], b: readonly RunTurn[]) => partingOf(side(a), side(b))

describe('where two runs part', () => {
  const begun = [turn(1, '@init', 'idle'), turn(2, 'ask', 'thinking')]

  test('two that went the same way do not part', () => {
    expect(part(begun, begun)).toEqual({ alike: 2, sentence: 'Both went the same way in all 2 turns.' })
  })

  test('a guard that answered differently is named, with where it led', () => {
    const a = [...begun, turn(3, 'told', 'acting', inside('e1', [{ name: 'isSure', result: true }]))]
    const b = [...begun, turn(3, 'told', 'asking', inside('e2', [{ name: 'isSure', result: false }]))]
    const { alike, divergence, sentence } = part(a, b)
    expect([alike, divergence?.kind, divergence?.guard]).toEqual([2, 'guard', { name: 'isSure', a: true, b: false }])
    expect(sentence).toBe(
      'After 2 turns alike they part: at turn 3 of A and turn 3 of B, on told, guard isSure said yes in A and no in B; A went to acting, B to asking.',
    )
  })

  test('another event, a failure, another transition and another state are told apart', () => {
    const kind = (a: RunTurn, b: RunTurn): Divergence['kind'] | undefined => part([...begun, a], [...begun, b]).divergence?.kind
    expect(kind(turn(3, 'told', 'x'), turn(3, 'stop', 'x'))).toBe('event')
    expect(kind(turn(3, 'told', 'x', { failure: 'TR_TURN_FAILED' }), turn(3, 'told', 'x'))).toBe('failure')
    expect(kind(turn(3, 'told', 'x', inside('e1')), turn(3, 'told', 'x', inside('e2')))).toBe('transition')
    expect(kind(turn(3, 'told', 'x'), turn(3, 'told', { y: 'z' }))).toBe('state')
    expect(kind(turn(3, 'told', 'x', inside('e1')), turn(3, 'told', 'x'))).toBeUndefined()
  })

  test('one that goes on alone parts where the other ends', () => {
    expect(part([...begun, turn(3, 'told', 'done')], begun)).toMatchObject({
      alike: 2,
      divergence: { kind: 'end', a: { turn: 3 } },
      sentence: 'After 2 turns alike they part: B has taken no turn more, A went on with told at turn 3.',
    })
  })

  // W2
  test('turns of the kernel that led nowhere are passed over, and one that led somewhere is not', () => {
    const held = [begun[0], turn(2, '@hold', 'idle'), turn(3, '@step', 'idle'), turn(4, 'ask', 'thinking')].filter(
      (one) => one !== undefined,
    )
    expect(part(begun, held).divergence).toBeUndefined()
    const timed = [turn(1, '@init', 'idle'), turn(2, '@timer', 'late')]
    expect(part(begun, timed).divergence).toMatchObject({ kind: 'event', b: { event: '@timer' } })
  })

  test('contexts that differ before the ways part are told, from the first turn on', () => {
    const a = [turn(1, '@init', 'idle', { context: 'x' }), turn(2, 'ask', 'on', { context: 'y' }), turn(3, 'go', 'left')]
    const b = [turn(1, '@init', 'idle', { context: 'x' }), turn(2, 'ask', 'on', { context: 'z' }), turn(3, 'go', 'right')]
    const { contexts, sentence } = part(a, b)
    expect(contexts).toEqual({ a: 2, b: 2 })
    expect(sentence).toContain('Their contexts had differed since turn 2 of A and turn 2 of B.')
  })

  test('whatever the runs are, they part at the same place seen from either', () => {
    const word = fc.constantFrom('a', 'b', 'c')
    const guards = fc.array(fc.record({ name: word, params: fc.constantFrom(1, 2), result: fc.boolean() }), { maxLength: 3 })
    const one = fc.record({ event: fc.constantFrom('go', 'go', '@hold'), value: word, edge: word, guards, known: fc.boolean() })
    const run = fc
      .array(one, { maxLength: 6 })
      .map((turns) =>
        turns.map(({ event, value, edge, guards: asked, known }, n) => turn(n + 1, event, value, known ? inside(edge, asked) : {})),
      )
    fc.assert(
      fc.property(run, run, (a, b) => {
        const [there, back] = [part(a, b), part(b, a)]
        expect([back.alike, back.divergence?.kind, back.divergence?.a, back.divergence?.b]).toEqual([
          there.alike,
          there.divergence?.kind,
          there.divergence?.b,
          there.divergence?.a,
        ])
        expect(part(a, a).divergence).toBeUndefined()
      }),
    )
  })
})

describe('what a run came to', () => {
  const tree = treeOf(
    chartOf(
      createMachine({
        id: 'm',
        initial: 'idle',
        states: {
          idle: { on: { go: 'busy' } },
          busy: { initial: 'one', states: { one: { on: { next: 'two' } }, two: {} }, on: { stop: 'idle' } },
        },
      }),
    ),
  )
  const turns = [
    turn(1, '@init', 'idle', { inside: { edges: [], entered: ['m', 'm.idle'], guards: [] } }),
    turn(2, 'go', { busy: 'one' }, { inside: { edges: ['m.idle|go|0'], entered: ['m.busy', 'm.busy.one'], guards: [] } }),
    turn(4, 'next', { busy: 'two' }, { inside: { edges: ['m.busy.one|next|0'], entered: ['m.busy.two'], guards: [] } }),
    turn(9, 'stop', 'idle', { failure: 'TR_TURN_FAILED' }),
  ]
  const calls = [{ turn: 4, inputTokens: 10, outputTokens: 5, costUsd: 0.5 }]

  test('time, visits, calls and failures stand at the states and transitions they belong to', () => {
    const { states, edges, total } = tallyOf(tree, { chart: tree.chart, turns, calls })
    expect(states.get('m.busy')).toEqual({ visits: 1, ms: 7_000, calls: 1, tokens: 15, costUsd: 0.5, failures: 1 })
    expect(states.get('m.busy.one')).toEqual({ visits: 1, ms: 2_000, calls: 1, tokens: 15, costUsd: 0.5, failures: 0 })
    expect(states.get('m.idle')).toMatchObject({ visits: 2, ms: 1_000 }) // entered again by the turn whose transitions are not known
    expect(edges.get('m.busy.one|next|0')).toMatchObject({ visits: 1, calls: 1, costUsd: 0.5 })
    expect(total).toMatchObject({ turns: 4, told: 3, ms: 8_000, calls: 1, tokens: 15, failures: 1 })
  })

  test('a run that begins in the middle has the time since then', () => {
    const { states } = tallyOf(tree, { chart: tree.chart, start: { at: 2_500, value: { busy: 'one' } }, turns: turns.slice(2), calls: [] })
    expect(states.get('m.busy.one')).toMatchObject({ ms: 1_500, visits: 0 })
  })

  test('a state value of another version counts as far as the chart goes', () => {
    const { states } = tallyOf(tree, { chart: tree.chart, turns: [turn(1, '@init', { busy: 'gone' }), turn(2, 'x', 'nowhere')], calls: [] })
    expect(states.get('m.busy')).toMatchObject({ visits: 1, ms: 1_000 })
    expect([...states.keys()]).toEqual(['m', 'm.busy'])
  })
})

describe('what differs in the contexts', () => {
  test('each path once, with both values; lists by place', () => {
    expect(contextDifferences({ a: 1, b: { c: [1, 2], d: 'x' }, 'odd key': 1 }, { a: 1, b: { c: [1, 3], e: true }, 'odd key': 2 })).toEqual(
      {
        rows: [
          { path: 'b.c[1]', a: '2', b: '3' },
          { path: 'b.d', a: '"x"' },
          { path: 'b.e', b: 'true' },
          { path: '["odd key"]', a: '1', b: '2' },
        ],
        more: 0,
      },
    )
  })

  test('more differences than are listed are counted', () => {
    const many = Object.fromEntries(Array.from({ length: differencesMax + 7 }, (_, n) => [`n${n}`, n]))
    const { rows, more } = contextDifferences({}, many)
    expect([rows.length, more]).toEqual([differencesMax, 7])
  })

  test('whatever the values are: none of one with itself, and the same turned round', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(contextDifferences(a, structuredClone(a)).rows).toEqual([])
        const turned = contextDifferences(b, a).rows.map(({ path, a: x, b: y }) => JSON.stringify({ path, a: y, b: x }))
        expect(
          contextDifferences(a, b)
            .rows.map(({ path, a: x, b: y }) => JSON.stringify({ path, a: x, b: y }))
            .toSorted(),
        ).toEqual(turned.toSorted())
        expect(contextDifferences(a, b).rows.length === 0).toBe(stableText(a) === stableText(b))
      }),
    )
  })
})

describe('what two runs have to do with each other', () => {
  const end = (key: string, at: number, fork?: { readonly of: string; readonly turn: number }) => ({
    actor: actorId('main', 'clerk', key),
    turn: at,
    stored: { keeping: { ...(fork && { fork: { ...fork, of: actorId('main', 'clerk', fork.of) } }) } } as unknown as Stored,
  })

  test('a fork is compared with its original from the turn it began after', () => {
    expect(relationOf(end('a', 9), end('f', 4, { of: 'a', turn: 5 }))).toEqual({ kind: 'b-of-a', afterA: 5, afterB: 1 })
    expect(relationOf(end('f', 4, { of: 'a', turn: 5 }), end('a', 9))).toEqual({ kind: 'a-of-b', afterA: 1, afterB: 5 })
    expect(relationOf(end('a', 3), end('f', 4, { of: 'a', turn: 5 })).kind).toBe('none')
  })

  test('two forks of one moment are siblings, and strangers begin at their births', () => {
    expect(relationOf(end('f', 4, { of: 'a', turn: 5 }), end('g', 3, { of: 'a', turn: 5 })).kind).toBe('siblings')
    expect(relationOf(end('a', 4), end('b', 3))).toEqual({ kind: 'none', afterA: 0, afterB: 0 })
  })
})
