// Metrics text
// Figures of the fleet in Prometheus' text format. docs/gateway.md lists the series.
import type { Member } from '../../runtime/ports.ts'
import type { Lag } from './lag.ts'

export interface Measured {
  readonly partitions: number
  readonly members: readonly Pick<Member, 'owned' | 'load' | 'draining'>[]
  readonly lags: readonly Lag[]
  readonly tasks: Readonly<Record<string, number>>
  readonly uptimeMs: number
  readonly rssBytes: number
}

export function metricsText({ partitions, members, lags, tasks, uptimeMs, rssBytes }: Measured): string {
  const owned = new Set(members.flatMap((member) => member.owned))
  const sum = (read: (member: Measured['members'][number]) => number): number => members.reduce((total, member) => total + read(member), 0)
  const series: readonly Series[] = [
    ['troupe_gateway_uptime_seconds', 'how long this gateway has run', uptimeMs / 1_000],
    ['troupe_gateway_rss_bytes', 'memory of this gateway', rssBytes],
    ['troupe_fleet_workers', 'workers that are alive', members.length],
    ['troupe_fleet_workers_draining', 'of these, those that hand their partitions over', members.filter(({ draining }) => draining).length],
    ['troupe_fleet_partitions', 'partitions of the namespace', partitions],
    ['troupe_fleet_partitions_unowned', 'partitions that no worker says it owns', Math.max(0, partitions - owned.size)],
    ['troupe_fleet_actors', 'actors in memory', sum(({ load }) => load.actors)],
    ['troupe_fleet_effects', 'effects that run or wait', sum(({ load }) => load.effects)],
    [
      'troupe_history_lag_ms',
      'how long the oldest record that is not projected has waited',
      Math.max(0, ...lags.map(({ lagMs }) => lagMs)),
    ],
    [
      'troupe_tasks_open',
      'tasks that have not ended, by status',
      Object.entries(tasks).map(([status, count]) => [`{status="${status}"}`, count]),
    ],
  ]
  return series.map(seriesText).join('')
}

type Series = readonly [name: string, help: string, value: number | readonly (readonly [labels: string, value: number])[]]

function seriesText([name, help, value]: Series): string {
  const lines = typeof value === 'number' ? [`${name} ${value}`] : value.map(([labels, one]) => `${name}${labels} ${one}`)
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('\n')}\n`
}
