// Alerts view
// What somebody should look at now, the worst first, and what was so in the last day; each leads to what it is about. Below: what is muted, and the rules.
import { useEffect, useState } from 'preact/hooks'
import { Badge, type Tone } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { durationText, shortened, timeText } from '../format.ts'
import { useLive } from '../live.ts'
import { agentPath } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { useAtMostEvery, useNow } from '../use-rows.ts'
import type { Rows } from '../wire.ts'
import { MuteDialog } from './mute-dialog.tsx'
import { Mutes } from './mutes.tsx'
import { Rules } from './rules.tsx'
import { tellAlerts } from './store.ts'
import type { Alert, EndedAlert, Mute, Rule } from './wire.ts'

type Shown = Alert & Partial<EndedAlert>

const everyMs = 10_000
const slowMs = 30_000
const reloadMs = 1_000
const tones: Readonly<Record<string, Tone>> = { critical: 'bad', error: 'bad', warning: 'warn', warn: 'warn' }
/** What fires leads to where it can be ended, what is over to the moment it was about. */
const pathTo = ({ link, actor, turn, endedAt }: Shown): string => {
  if (actor !== undefined && endedAt !== undefined) return agentPath(actor, turn)
  return link ?? (actor === undefined ? '/alerts' : agentPath(actor))
}

export function AlertsView() {
  const asked = useAnswer<Rows<Alert>>('/alerts', { everyMs })
  const recent = useAnswer<Rows<EndedAlert>>('/alerts/recent', { everyMs: slowMs })
  const mutes = useAnswer<Rows<Mute>>('/alerts/mutes', { everyMs })
  const rules = useAnswer<Rows<Rule>>('/alerts/rules', { everyMs: slowMs })
  const [muting, setMuting] = useState<Shown | undefined>()
  const reload = useAtMostEvery(reloadMs, () => {
    for (const one of [asked, recent, mutes, rules]) one.reload()
  })
  useLive('alerts', reload)
  useEffect(() => {
    if (asked.value) tellAlerts(asked.value.rows)
  }, [asked.value])
  const now = useNow(everyMs)
  const columns = [...columnsAt(now), muteColumn(setMuting)]
  return (
    <div class="page">
      <header class="page-head">
        <h1>Alerts</h1>
        {asked.value && <Counts alerts={asked.value.rows} />}
        <span class="muted">what ended in the last day is listed below what fires</span>
      </header>
      <Answered asked={asked} what="alerts">
        {({ rows }) => {
          const shown = shownOf(rows, recent.value?.rows ?? [])
          return shown.length === 0 ? (
            <Empty title="Nothing to look at">
              Workers are alive, partitions have owners, nobody waits too long, and the history keeps up. In the last day nothing else was
              so.
            </Empty>
          ) : (
            <Table label="Alerts" rows={shown} keyOf={keyOf} pathOf={pathTo} columns={columns} />
          )
        }}
      </Answered>
      <Mutes mutes={mutes.value?.rows ?? []} now={now} onDone={reload} />
      <Rules asked={rules} mutes={mutes.value?.rows ?? []} now={now} onDone={reload} />
      {muting && <MuteDialog target={muting} onClose={() => setMuting(undefined)} onDone={reload} />}
    </div>
  )
}

const Counts = ({ alerts }: { readonly alerts: readonly Alert[] }) => {
  const muted = alerts.filter((one) => one.muted).length
  const firing = alerts.length - muted
  return (
    <>
      <Badge tone={firing > 0 ? 'bad' : 'good'}>{firing > 0 ? `${firing} firing` : 'none firing'}</Badge>
      {muted > 0 && <Badge tone="violet">{muted} muted</Badge>}
    </>
  )
}

/** What fires and is not muted first, then what is muted, then what ended. */
function shownOf(firing: readonly Alert[], recent: readonly EndedAlert[]): readonly Shown[] {
  const loud = firing.filter(({ muted }) => !muted)
  const quiet = firing.filter(({ muted }) => muted)
  const here = new Set(firing.map(keyOf)) // the two lists are asked for at different times
  return [...loud, ...quiet, ...recent.filter((one) => !here.has(keyOf(one)))]
}

/** One alert may have been there several times. */
const keyOf = ({ id, since }: Shown): string => `${id} ${since}`

const Status = ({ alert: { severity, endedAt, muted } }: { readonly alert: Shown }) => {
  if (endedAt !== undefined) return <Badge>ended</Badge>
  if (muted) return <Badge tone="violet">muted</Badge>
  return <Badge tone={Object.hasOwn(tones, severity) ? (tones[severity] ?? 'plain') : 'plain'}>{severity}</Badge>
}

const muteColumn = (onMute: (alert: Shown) => void): Column<Shown> => ({
  id: 'mute',
  title: 'mute',
  quiet: true,
  cell: (alert) =>
    alert.endedAt === undefined && !alert.muted ? (
      <Button kind="ghost" acts label={`Mute: ${alert.title}`} onClick={() => onMute(alert)}>
        Mute
      </Button>
    ) : null,
})

const columnsAt = (now: number): readonly Column<Shown>[] => [
  {
    id: 'alert',
    title: 'alert',
    cell: ({ title }) => (
      <strong class="wrap" title={title}>
        {title}
      </strong>
    ),
  },
  { id: 'severity', title: 'status', cell: (alert) => <Status alert={alert} /> },
  {
    id: 'detail',
    title: 'what it means',
    cell: ({ detail, muted }) => (
      <span class="alert-detail">
        {detail}
        {muted && (
          <span class="muted">{` Muted by ${muted.by}, ${durationText(Math.max(0, muted.until - now))} more: ${muted.reason}`}</span>
        )}
      </span>
    ),
  },
  {
    id: 'where',
    title: 'where',
    kind: 'mono',
    minor: true,
    cell: ({ actor, tenant, kind }) => (
      <span class="muted" title={actor ?? kind}>
        {shortened(actor ?? (tenant === undefined ? 'the fleet' : `tenant ${tenant}`), 34)}
      </span>
    ),
  },
  { id: 'since', title: 'since', kind: 'number', minor: true, cell: ({ since }) => timeText(since, now) },
  {
    id: 'for',
    title: 'for',
    kind: 'number',
    minor: true,
    cell: ({ since, endedAt }) => durationText(Math.max(0, (endedAt ?? now) - since)),
  },
]
