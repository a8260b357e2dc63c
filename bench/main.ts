// npm run bench: Troupe's figures beside the raw limit of the same run. One JSON line a figure, then a table. docs/performance.md says what each case measures.
// Options: --profile fast|strict|r3 (default fast, then strict), --quick (a tenth of the load), --only <names> (a comma between),
// --partitions <n> (default 8: more make smaller groups), --actors <n> (of the case dormant; default 100,000).
import { parseArgs } from 'node:util'
import { decisionFigures } from './decisions.ts'
import { dormantDefault, dormantFigures } from './dormant.ts'
import { drainFigures } from './drain.ts'
import { chainFigures, coldStartFigures, counterFigures, manyActorsFigures, patchFigures, replicatedFigures } from './workloads.ts'
import { gatewayFigures } from './gateway.ts'
import { isProfile, startFleet, type BenchFleet, type BenchProfile } from './fleet.ts'
import type { Figure } from './measure.ts'
import { measureRaw, type Raw } from './raw.ts'
import { scaleFigures } from './scale.ts'
import { table } from './table.ts'
import { timerFigures } from './timers.ts'

const { values } = parseArgs({
  options: {
    profile: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    partitions: { type: 'string', default: '8' },
    actors: { type: 'string' },
  },
})

const partitions = countOf('--partitions', values.partitions)
const actors = values.actors === undefined ? undefined : countOf('--actors', values.actors)

/** Cases that share one fleet, and the raw limit measured on its servers. */
type Workload = (fleet: BenchFleet, raw: Raw, scale: number) => Promise<readonly Figure[]>
const workloads: Readonly<Record<BenchProfile, Readonly<Record<string, Workload>>>> = {
  fast: {
    counter: counterFigures,
    chain: chainFigures,
    patch: patchFigures,
    cold: coldStartFigures,
    many: manyActorsFigures,
    timers: timerFigures,
    decisions: decisionFigures,
  },
  strict: { counter: counterFigures, chain: chainFigures },
  r3: { counter: replicatedFigures },
}
/** Cases with fleets of their own. */
type Trial = (profile: BenchProfile, scale: number) => Promise<readonly Figure[]>
const dormant: Trial = (profile, scale) => dormantFigures(profile, scale, actors ?? Math.max(1, Math.round(dormantDefault * scale)))
const trials: Readonly<Record<BenchProfile, Readonly<Record<string, Trial>>>> = {
  fast: { dormant, drain: drainFigures, scale: scaleFigures, gateway: gatewayFigures },
  strict: {},
  r3: {},
}
/** An fsync or two more servers a message take their time: fewer of them show as much. */
const shareOfLoad = { fast: 1, strict: 0.2, r3: 0.2 } as const

const profiles = values.profile === undefined ? (['fast', 'strict'] as const) : [values.profile].filter(isProfile)
if (profiles.length === 0) throw new Error(`--profile ${values.profile}: it is fast, strict or r3`)
const wanted = values.only?.split(',')
const known = profiles.flatMap((profile) => [...Object.keys(workloads[profile]), ...Object.keys(trials[profile])])
const unknown = wanted?.filter((name) => !known.includes(name)) ?? []
if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: profile ${profiles.join(', ')} has ${[...new Set(known)].join(', ')}`)

const figures: Figure[] = []
for (const profile of profiles) await measureProfile(profile)
process.stdout.write(`\n${table(figures)}\n`)

async function measureProfile(profile: BenchProfile): Promise<void> {
  const scale = shareOfLoad[profile] * (values.quick ? 0.1 : 1)
  const chosen = chosenOf(workloads[profile])
  if (chosen.length > 0) await measureWorkloads(profile, scale, chosen)
  for (const trial of chosenOf(trials[profile])) add(await trial(profile, scale))
}

async function measureWorkloads(profile: BenchProfile, scale: number, chosen: readonly Workload[]): Promise<void> {
  const fleet = await startFleet(profile, { partitions })
  try {
    const raw = await measureRaw(fleet, scale)
    add(raw.figures)
    for (const workload of chosen) add(await workload(fleet, raw, scale))
  } finally {
    await fleet.stop()
  }
}

function chosenOf<Case>(cases: Readonly<Record<string, Case>>): readonly Case[] {
  return Object.entries(cases).flatMap(([name, one]) => (wanted === undefined || wanted.includes(name) ? [one] : []))
}

function add(more: readonly Figure[]): void {
  figures.push(...more)
  for (const figure of more) process.stdout.write(`${JSON.stringify(figure)}\n`)
}

function countOf(option: string, text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new Error(`${option} ${text}: it is a whole number above 0`)
}
