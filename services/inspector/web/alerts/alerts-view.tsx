// Alerts view
// What somebody should look at now, the worst first, and what was so a moment ago; each leads to what it is about.
import { useEffect } from 'preact/hooks'
import { Badge, type Tone } from '../components/badge.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { durationText, shortened, timeText } from '../format.ts'
import { useLive } from '../live.ts'
import { agentPath } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { useAtMostEvery, useNow } from '../use-rows.ts'
import type { Rows } from '../wire.ts'
import type { SeenAlert } from './seen.ts'
import { seenAlerts, tellAlerts } from './store.ts'
import type { Alert } from './wire.ts'

const everyMs = 10_000
const reloadMs = 1_000
const tones: Readonly<Record<string, Tone>> = { critical: 'bad', error: 'bad', warning: 'warn', warn: 'warn' }
const pathTo = ({ link, actor }: Alert): string => link ?? (actor === undefined ? '/alerts' : agentPath(actor))

export function AlertsView() {
  const asked = useAnswer<Rows<Alert>>('/alerts', { everyMs })
  const reload = useAtMostEvery(reloadMs, asked.reload)
  useLive('alerts', reload)
  useEffect(() => {
    if (asked.value) tellAlerts(asked.value.rows)
  }, [asked.value])
  const now = useNow(everyMs)
  return (
    <div class="page">
      <header class="page-head">
        <h1>Alerts</h1>
        {asked.value && (
          <Badge tone={asked.value.rows.length > 0 ? 'bad' : 'good'}>
            {asked.value.rows.length > 0 ? `${asked.value.rows.length} firing` : 'none firing'}
          </Badge>
        )}
        <span class="muted">what ended is shown for as long as this page is open</span>
      </header>
      <Answered asked={asked} what="alerts">
        {() =>
          seenAlerts.value.length === 0 ? (
            <Empty title="Nothing to look at">
              Workers are alive, partitions have owners, nobody waits too long, and the history keeps up.
            </Empty>
          ) : (
            <Table label="Alerts" rows={seenAlerts.value} keyOf={({ id }) => id} pathOf={pathTo} columns={columnsAt(now)} />
          )
        }
      </Answered>
    </div>
  )
}

const columnsAt = (now: number): readonly Column<SeenAlert>[] => [
  {
    id: 'alert',
    title: 'alert',
    cell: ({ title }) => (
      <strong class="wrap" title={title}>
        {title}
      </strong>
    ),
  },
  {
    id: 'severity',
    title: 'status',
    cell: ({ severity, endedAt }) =>
      endedAt === undefined ? (
        <Badge tone={Object.hasOwn(tones, severity) ? (tones[severity] ?? 'plain') : 'plain'}>{severity}</Badge>
      ) : (
        <Badge>ended</Badge>
      ),
  },
  {
    id: 'detail',
    title: 'what it means',
    cell: ({ detail }) => <span class="alert-detail">{detail}</span>,
  },
  {
    id: 'where',
    title: 'where',
    kind: 'mono',
    minor: true,
    cell: ({ actor, kind }) => (
      <span class="muted" title={actor}>
        {shortened(actor ?? kind, 34)}
      </span>
    ),
  },
  { id: 'since', title: 'since', kind: 'number', minor: true, cell: ({ since }) => timeText(since, now) },
  {
    id: 'for',
    title: 'for',
    kind: 'number',
    cell: ({ since, endedAt }) => durationText(Math.max(0, (endedAt ?? now) - since)),
  },
]
