// The benchmark of selection with the learner that Troupe ships: few seeds, all its parts.
import path from 'node:path'
import { expect, test } from 'vitest'
import { evaluateLog } from '../../bench/select/evaluate.ts'
import { checks, goalNames, isMet } from '../../bench/select/goals.ts'
import { runJob, type Job } from '../../bench/select/jobs.ts'
import { learner } from '../../bench/select/learner.ts'
import { readMatrix } from '../../bench/select/matrix.ts'
import { figuresOf } from '../../bench/select/measures.ts'
import { differenceOf } from '../../bench/select/merge.ts'
import { readOptions } from '../../bench/select/options.ts'
import { play } from '../../bench/select/play.ts'
import { curvePlot, goalTable, policyTable } from '../../bench/select/report.ts'
import { runJobs } from '../../bench/select/threads.ts'
import { makeWorld, type Scenario } from '../../bench/select/world.ts'
import { policyDefaults } from '../../machines/selection.ts'
import { json, troupe } from '../cli/troupe.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const matrix = readMatrix()
const plain: Scenario = { delayRounds: 0, drift: false, newcomer: false }
const world = makeWorld(matrix, plain, 101)
const played = play(world, learner('thompson', {}, undefined))

test.each(['thompson', 'linucb'] as const)('%s gets at least 90 % of the best per task, and its predictions are calibrated', (name) => {
  const figures = figuresOf(world, name === 'thompson' ? played : play(world, learner(name, {}, undefined)))
  expect(figures.reward / figures.bestPerTask).toBeGreaterThan(0.9)
  expect(figures.ece).toBeLessThan(0.03)
  expect(figures.brier).toBeLessThan(0.18)
})

test('a run is made again by its seed, on whatever thread', async () => {
  const job: Job = { kind: 'play', player: 'thompson', case: 'plain', seed: 101 }
  const here = runJob(matrix, job, undefined)
  expect(here).toEqual({ kind: 'play', figures: figuresOf(world, played) })
  expect(await runJobs([job, { ...job, player: 'uniform' }, job], undefined)).toEqual([
    here,
    runJob(matrix, { ...job, player: 'uniform' }, undefined),
    here,
  ])
})

test('a learner merged from three knows what a single one knows, to 1e-9', () => {
  expect(runJob(matrix, { kind: 'merge', player: 'thompson', seed: 101 }, undefined)).toMatchObject({
    difference: expect.toSatisfy((value) => value < 1e-9),
  })
})

test('a difference of models is found wherever it is', () => {
  expect(differenceOf({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBe(0)
  expect(differenceOf({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toBeCloseTo(1 / 3)
  expect(differenceOf({ a: 1 }, { a: 1, b: 0 })).toBe(Infinity)
})

test('a weight on cost takes cheaper arms, and a pace keeps what is spent', () => {
  const dear = figuresOf(world, played).cost
  const cheaper = figuresOf(world, play(world, learner('thompson', { costWeight: 0.2 }, undefined))).cost
  const paced = figuresOf(world, play(world, learner('thompson', { pace: 0.4 }, undefined))).cost
  expect(cheaper).toBeLessThan(dear - 0.1)
  expect(paced).toBeLessThan(0.4 * 1.02)
})

test('a policy in the place of the default is the one that plays', () => {
  const pinned = { ...policyDefaults, mode: { kind: 'pinned', arm: 'agent-3' } as const }
  expect(new Set(play(world, learner('thompson', {}, pinned)).map(({ arm }) => arm))).toEqual(new Set([3]))
})

test('an evaluation is refused where the log says too little, and near the truth where it says enough', () => {
  const explored = evaluateLog(world, play(world, learner('thompson', { explore: 0.5 }, undefined)))
  const uniform = explored.find(({ target, estimator }) => target === 'uniform' && estimator === 'doubly-robust')
  expect(Math.abs(uniform?.off ?? Infinity)).toBeLessThan(0.03)
  const greedy = evaluateLog(world, play(world, learner('thompson', { explore: 0 }, undefined)))
  expect(greedy.find(({ target, estimator }) => target === 'uniform' && estimator === 'doubly-robust')?.off).toBeUndefined()
})

test('every goal has a check, and a check is met at its bound and not beyond', () => {
  expect(goalNames.filter((goal) => !checks.some((check) => check.goal === goal))).toEqual([])
  for (const check of checks) {
    const { least, most } = check
    expect([least, most].filter((bound) => bound !== undefined).length).toBe(1)
    expect(isMet(check, least ?? most ?? Number.NaN)).toBe(true)
    expect(isMet(check, least === undefined ? (most ?? 0) * 1.001 : least * 0.999)).toBe(false)
    expect(isMet(check, Number.NaN)).toBe(false)
  }
})

test('the tables and the curve say what they are given', () => {
  const policies = policyTable([
    { policy: 'thompson', reward: 0.6321, error: 0.001, ofBestPerTask: 0.953, early: 0.59, brier: 0.16, ece: 0.01, cost: 0.8 },
  ])
  expect(policies).toContain('thompson   .6321  ± .0010            95.3 %       .590')
  const line = {
    goal: 'G4',
    what: 'rounds',
    unit: 'rounds',
    most: 500,
    values: { thompson: 423, linucb: 600 },
    met: { thompson: true, linucb: false },
  } as const
  expect(goalTable([line])).toMatch(/G4 .*<= 500 rounds .*423 rounds {2}met .*600 rounds {2}NOT met/)
  const plot = curvePlot([{ mark: 'T', name: 'thompson', values: [0.4, 0.6] }], [{ name: 'oracle', value: 0.8 }]).split('\n')
  expect(plot[0]).toContain('oracle .800')
  expect(plot.findIndex((text) => text.includes('   T'))).toBeLessThan(plot.findIndex((text) => text.includes('|T')))
})

test.each([
  [['--seeds', '0'], '--seeds 0'],
  [['--from', 'x'], '--from x'],
  [['--only', 'G1,G99'], 'G99'],
  [['--policy', '/nowhere.json'], '/nowhere.json'],
  [['--nonsense'], '--nonsense'],
])('the options %j are refused, and the message says which', (args, named) => {
  expect(() => readOptions(args)).toThrow(named)
})

test('a policy file is read as any other, and its faults are named', async () => {
  const policy = { format: 1, version: 'mine' }
  const folder = await temporaryFolder({
    'policy.json': JSON.stringify({ ...policy, explore: 0.05 }),
    'wrong.json': JSON.stringify({ ...policy, explore: 5 }),
  })
  expect(readOptions(['--policy', path.join(folder, 'policy.json')]).policy).toMatchObject({ version: 'mine', explore: 0.05 })
  expect(() => readOptions(['--policy', path.join(folder, 'wrong.json')])).toThrow('explore')
})

test('troupe bench select prints what the benchmark prints, and a wrong goal ends with exit code 2', async () => {
  const ended = await troupe(['bench', 'select', '--only', 'G2', '--seeds', '1', '--from', '101', '--json'])
  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(json(ended)).toMatchObject({
    seeds: [101],
    goals: [{ goal: 'G2', values: { thompson: expect.closeTo(figuresOf(world, played).early, 9) } }],
  })
  expect(await troupe(['bench', 'select', '--only', 'G99'])).toMatchObject({ code: 2, err: expect.stringContaining('G99') })
}, 60_000)
