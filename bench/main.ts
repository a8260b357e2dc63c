// npm run bench: Troupe's figures beside the raw limit of the same run. One JSON line a figure, then a table.
// Options: --profile fast|strict (default both), --quick (a tenth of the load), --only <name>, --partitions <n> (default 8: more make smaller groups).
import { parseArgs } from 'node:util'
import { chainFigures, coldStartFigures, counterFigures, manyActorsFigures, patchFigures } from './workloads.ts'
import { startFleet, type BenchFleet } from './fleet.ts'
import { type Figure } from './measure.ts'
import { measureRaw, type Raw } from './raw.ts'
import { table } from './table.ts'

const { values } = parseArgs({
  options: {
    profile: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    partitions: { type: 'string', default: '8' },
  },
})

type Workload = (fleet: BenchFleet, raw: Raw, scale: number) => Promise<readonly Figure[]>
const workloads: Readonly<Record<'fast' | 'strict', Readonly<Record<string, Workload>>>> = {
  fast: { counter: counterFigures, chain: chainFigures, patch: patchFigures, cold: coldStartFigures, many: manyActorsFigures },
  strict: { counter: counterFigures, chain: chainFigures },
}
/** An fsync a message takes its time: fewer of them show as much. */
const shareOfLoad = { fast: 1, strict: 0.2 } as const

const figures: Figure[] = []
for (const profile of ['fast', 'strict'] as const)
  if (values.profile === undefined || values.profile === profile) await measureProfile(profile)
process.stdout.write(`\n${table(figures)}\n`)

async function measureProfile(profile: 'fast' | 'strict'): Promise<void> {
  const scale = shareOfLoad[profile] * (values.quick ? 0.1 : 1)
  const fleet = await startFleet(profile, Number(values.partitions))
  try {
    const raw = await measureRaw(fleet, scale)
    add(raw.figures)
    for (const [name, workload] of Object.entries(workloads[profile]))
      if (values.only === undefined || values.only === name) add(await workload(fleet, raw, scale))
  } finally {
    await fleet.stop()
  }
}

function add(more: readonly Figure[]): void {
  figures.push(...more)
  for (const figure of more) process.stdout.write(`${JSON.stringify(figure)}\n`)
}
