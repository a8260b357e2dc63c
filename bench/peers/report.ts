// The rows as Markdown. A ratio above 1 is in Troupe's favour, whether of throughput or of the median.
import { ratioOf } from '../measure.ts'
import type { System } from './roster.ts'
import type { Figure, LoadName, Setting } from './system.ts'

export interface Measured {
  readonly versions: string
  readonly figures: readonly Figure[]
  /** Why there are no figures, or no more of them. */
  readonly failed: string | undefined
}

export interface Row extends Measured {
  readonly system: System
  readonly setting: Setting
  /** Which of Troupe's two; undefined for a peer. */
  readonly run: 'first' | 'last' | undefined
}

const titles: Readonly<Record<LoadName, string>> = {
  counter: 'Keyed counter, ask; 1,000 keys',
  chain: 'Chain of 5 durable effects',
}

export function report(rows: readonly Row[], run: { readonly machine: string; readonly seconds: number; readonly at: string }): string {
  const failures = rows.filter(({ failed }) => failed !== undefined)
  return [
    '# Troupe beside its peers',
    `${run.at}, ${run.machine}, ${run.seconds} s a measurement. How to read it: [README](../README.md).`,
    ...(['counter', 'chain'] as const).map((load) => `## ${titles[load]}\n${table(rows, load)}`),
    ...(failures.length === 0 ? [] : [`## Not measured, or not to the end\n${failures.map(failureLine).join('\n')}`]),
    `## Drift\n${drift(rows)}`,
    `## What ran\n${[...new Set(rows.map(({ versions }) => versions).filter(Boolean))].map((what) => `- ${what}`).join('\n')}`,
  ]
    .join('\n\n')
    .concat('\n')
}

const head = [
  'system',
  'setting',
  'durability',
  'in flight',
  '/s',
  'p50 ms',
  'p99 ms',
  'Troupe / it, /s',
  'its p50 / Troupe',
  'defaults, /s',
]

function table(rows: readonly Row[], load: LoadName): string {
  const lines = rows.flatMap((row) => row.figures.filter((figure) => figure.load === load).map((figure) => line(rows, row, figure)))
  const loads = [...new Set(lines.map((cells) => cells[3]))]
  // Grouped by what was in flight, so that what is compared stands together.
  const sorted = loads.flatMap((inFlight) => lines.filter((cells) => cells[3] === inFlight))
  return [head, head.map((_, column) => (column > 2 ? '--:' : '---')), ...sorted].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function line(rows: readonly Row[], row: Row, figure: Figure): readonly string[] {
  const { system, setting, run } = row
  const isTroupe = system === 'troupe'
  const same = troupe(rows, figure, ({ durability }) => durability === setting.durability)
  const usual = setting.isDefault ? troupe(rows, figure, ({ isDefault }) => isDefault) : undefined
  return [
    isTroupe ? `**Troupe**, ${run}` : system,
    setting.isDefault ? `${setting.name} (default)` : setting.name,
    setting.durability,
    String(figure.inFlight),
    figure.perSecond.toLocaleString('en'),
    figure.p50Ms.toFixed(2),
    figure.p99Ms.toFixed(2),
    same === undefined ? '' : ratio(same.perSecond, figure.perSecond),
    same === undefined ? '' : ratio(figure.p50Ms, same.p50Ms),
    usual === undefined ? '' : ratio(usual.perSecond, figure.perSecond),
  ]
}

/** How far Troupe's second run was from its first: what the machine did meanwhile. Ratios are no better than that. */
function drift(rows: readonly Row[]): string {
  const [first = [], last = []] = (['first', 'last'] as const).map((run) =>
    rows.filter((row) => row.system === 'troupe' && row.run === run),
  )
  const changes = first.flatMap(({ setting, figures }) =>
    figures.flatMap((figure) => {
      const again = last.find((row) => row.setting.name === setting.name)?.figures.find((other) => isSameLoad(other, figure))
      return again === undefined ? [] : [again.perSecond / figure.perSecond]
    }),
  )
  if (changes.length === 0) return 'Unknown: Troupe was not measured twice, so these ratios mean little.'
  const [least, most] = [Math.min(...changes), Math.max(...changes)]
  const said = `Troupe's last run did ${least.toFixed(2)} to ${most.toFixed(2)} times the throughput of its first.`
  return least >= 1 / driftMax && most <= driftMax ? said : `${said} **The machine was not quiet: do not quote these ratios.**`
}

const driftMax = 1.25
const isSameLoad = (a: Figure, b: Figure): boolean => a.load === b.load && a.inFlight === b.inFlight

/** The mean of Troupe's two runs at the same load. */
function troupe(rows: readonly Row[], like: Figure, fits: (setting: Setting) => boolean) {
  const figures = rows
    .filter(({ system, setting }) => system === 'troupe' && fits(setting))
    .flatMap((row) => row.figures.filter((figure) => isSameLoad(figure, like)))
  if (figures.length === 0) return undefined
  const mean = (of: (figure: Figure) => number) => figures.reduce((sum, figure) => sum + of(figure), 0) / figures.length
  return { perSecond: mean(({ perSecond }) => perSecond), p50Ms: mean(({ p50Ms }) => p50Ms) }
}

const ratio = (value: number, to: number): string => (to === 0 ? '' : ratioOf(value, to).toFixed(2))

const failureLine = ({ system, setting, failed }: Row): string => `- ${system} (${setting.name}): ${failed}`
