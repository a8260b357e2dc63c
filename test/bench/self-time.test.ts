import type { Profiler } from 'node:inspector'
import { expect, test } from 'vitest'
import { selfTime } from '../../bench/self-time.ts'
import { sharesOf, workerSteps } from '../../bench/steps.ts'

const folder = 'file:///project/'
const native = ''

interface Frame {
  readonly url: string
  readonly name?: string
  readonly us?: number
  readonly below?: readonly Frame[]
}

/** A profile of one stack tree; each frame was on top for so many microseconds. */
function profileOf(...frames: readonly Frame[]): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = []
  const samples: number[] = []
  const timeDeltas: number[] = []
  const add = ({ url, name = 'f', us = 0, below = [] }: Frame): number => {
    const id = nodes.length + 1
    const node: Profiler.ProfileNode = { id, callFrame: { functionName: name, scriptId: '0', url, lineNumber: 0, columnNumber: 0 } }
    nodes.push(node)
    if (us > 0) {
      samples.push(id)
      timeDeltas.push(us)
    }
    node.children = below.map(add)
    return id
  }
  add({ url: native, name: '(root)', below: frames })
  return { nodes, samples, timeDeltas, startTime: 0, endTime: 0 }
}

test('what a package, Node or V8 does counts for the file of the project that called it', () => {
  const file = (below: readonly Frame[]): Frame => ({ url: `${folder}runtime/turns.ts`, us: 40, below })
  const profile = profileOf(
    file([
      { url: native, name: 'stringify', us: 10 },
      { url: `${folder}node_modules/xstate/dist/x.js`, us: 20, below: [{ url: 'node:buffer', us: 30 }] },
    ]),
  )
  expect(selfTime(profile, folder)).toEqual([{ name: 'runtime/turns.ts', own: 0.4, called: 0.6 }])
})

test('a file that a package calls back counts for itself', () => {
  const callback: Frame = { url: `${folder}runtime/inflow.ts`, us: 75 }
  const profile = profileOf({
    url: 'node:net',
    below: [{ url: `${folder}node_modules/@nats-io/nats-core/lib/parser.js`, us: 25, below: [callback] }],
  })
  expect(selfTime(profile, folder)).toEqual([
    { name: 'runtime/inflow.ts', own: 0.75, called: 0 },
    { name: 'package @nats-io/nats-core', own: 0.25, called: 0 },
  ])
})

test('a package inside another package is named, not the one around it', () => {
  const profile = profileOf({ url: `${folder}node_modules/outer/node_modules/inner/index.js`, us: 1 })
  expect(selfTime(profile, folder).map(({ name }) => name)).toEqual(['package inner'])
})

test('idle time is left out, garbage collection is not', () => {
  const profile = profileOf(
    { url: native, name: '(idle)', us: 900 },
    { url: native, name: '(garbage collector)', us: 5 },
    { url: 'node:timers', us: 15 },
  )
  expect(selfTime(profile, folder)).toEqual([
    { name: 'node', own: 0.75, called: 0 },
    { name: '(garbage collector)', own: 0.25, called: 0 },
  ])
})

test('the steps of an ask take every area, and together all of the time', () => {
  const areas = [
    'runtime/items.ts',
    'runtime/nats/publisher.ts',
    'runtime/statechart/take-turn.ts',
    'package nats',
    'node',
    '(garbage collector)',
  ]
  const shares = sharesOf(
    areas.map((name) => ({ name, own: 1 / areas.length, called: 0 })),
    workerSteps,
  )
  expect(shares.map(({ name }) => name)).not.toContain('rest')
  expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})
