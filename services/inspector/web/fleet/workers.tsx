// Workers
// Every process of the fleet: what it does, how it fares, and the way to drain it.
import { useState } from 'preact/hooks'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Progress } from '../components/progress.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { bytesText, countText, durationText, percentText } from '../format.ts'
import { DrainDialog } from './drain-dialog.tsx'
import { drainOf } from './partition-load.ts'
import { turnsOf } from './series.ts'
import { fleetSeries } from './store.ts'
import type { Fleet, Kept, Pulse, Worker } from './wire.ts'

interface Row {
  readonly worker: Worker
  /** A second each, the oldest first. */
  readonly turns: readonly number[]
  readonly turnsNow: number
  readonly pulse: Partial<Pulse>
  readonly heardMs: number | undefined
  /** Of the largest of all workers. */
  readonly memoryShare: number
}

const busyShare = 0.8
const lateMs = 30
/** A worker that rests speaks every ten seconds. */
const silentMs = 15_000

export interface WorkersProps {
  readonly fleet: Fleet
  readonly kept: Kept | undefined
  readonly chosen: string | undefined
  readonly now: number
  onChoose(worker: string | undefined): void
  onDrained(): void
}

export function Workers({ fleet, kept, chosen, now, onChoose, onDrained }: WorkersProps) {
  const [draining, setDraining] = useState<string | undefined>()
  const rows = rowsOf(fleet, kept, now)
  const drained = new Set(fleet.drained)
  const inDialog = fleet.workers.find(({ id }) => id === draining)
  const columns: readonly Column<Row>[] = [
    ...columnsOfWorkers,
    { id: 'status', title: 'status', cell: ({ worker }) => <Status worker={worker} ordered={drained.has(worker.id)} /> },
    {
      id: 'drain',
      title: 'drain',
      quiet: true,
      cell: ({ worker }) => (
        <Button
          kind="ghost"
          label={`Drain ${worker.id}`}
          title="Drain"
          acts
          disabled={worker.draining || drained.has(worker.id)}
          onClick={() => setDraining(worker.id)}
        >
          Drain
        </Button>
      ),
    },
  ]
  if (rows.length === 0)
    return (
      <Empty title="No worker is alive">
        Nothing is lost: messages wait in their mailboxes. Start one with bin/troupe dev, or on another machine.
      </Empty>
    )
  return (
    <>
      <Table
        label="Workers"
        rows={rows}
        keyOf={({ worker }) => worker.id}
        columns={columns}
        {...(chosen !== undefined && { chosen })}
        onOpen={({ worker }) => onChoose(worker.id === chosen ? undefined : worker.id)}
      />
      {inDialog && (
        <DrainDialog
          worker={inDialog}
          others={fleet.workers.filter(({ id, draining: leaves }) => id !== inDialog.id && !leaves && !drained.has(id)).length}
          onClose={() => setDraining(undefined)}
          onDone={onDrained}
        />
      )}
    </>
  )
}

function rowsOf({ workers }: Fleet, kept: Kept | undefined, now: number): readonly Row[] {
  const { workers: live } = fleetSeries.value
  const before = new Map(kept?.workers.map((one) => [one.worker, one]))
  const rows = workers.map((worker): Omit<Row, 'memoryShare'> => {
    const told = live.get(worker.id) ?? []
    const last = told.at(-1)
    const turns = turnsOf(before.get(worker.id), told)
    const heardAt = Math.max(last?.at ?? 0, worker.heardAt ?? 0)
    return {
      worker,
      turns,
      turnsNow: turns.at(-1) ?? worker.partitions.reduce((sum, { turnsPerSecond }) => sum + turnsPerSecond, 0),
      pulse: last ?? before.get(worker.id)?.pulse ?? { rssBytes: worker.load.rssBytes },
      heardMs: heardAt === 0 ? undefined : Math.max(0, now - heardAt),
    }
  })
  const most = Math.max(1, ...rows.map(({ pulse }) => pulse.rssBytes ?? 0))
  return rows.map((row) => ({ ...row, memoryShare: (row.pulse.rssBytes ?? 0) / most }))
}

const columnsOfWorkers: readonly Column<Row>[] = [
  { id: 'worker', title: 'worker', kind: 'mono', cell: ({ worker }) => <strong>{worker.id}</strong> },
  {
    id: 'version',
    title: 'version',
    kind: 'mono',
    minor: true,
    cell: ({ worker: { version, deployment } }) => (
      <span class="muted" title={deployment && `version ${version}`}>
        {deployment ? `${deployment.id}@${deployment.rank}` : version}
      </span>
    ),
  },
  { id: 'actors', title: 'actors', kind: 'number', cell: ({ worker }) => countText(worker.load.actors) },
  {
    id: 'processor',
    title: 'processor',
    cell: ({ worker, pulse }) => <Meter name={`Processor of ${worker.id}`} share={pulse.processorShare} most={busyShare} />,
  },
  {
    id: 'memory',
    title: 'memory',
    minor: true,
    cell: ({ worker, pulse, memoryShare }) => (
      <Meter
        name={`Memory of ${worker.id}, beside the largest`}
        share={memoryShare}
        most={1}
        text={bytesText(pulse.rssBytes ?? worker.load.rssBytes)}
        title={pulse.heapBytes === undefined ? undefined : `of it ${bytesText(pulse.heapBytes)} heap`}
      />
    ),
  },
  {
    id: 'late',
    title: 'loop p99',
    kind: 'number',
    minor: true,
    cell: ({ pulse: { loopLateMs } }) =>
      loopLateMs === undefined ? '–' : <span class={loopLateMs > lateMs ? 'warn-text' : ''}>{durationText(loopLateMs)}</span>,
  },
  { id: 'turns', title: 'turns /s', kind: 'number', cell: ({ turnsNow }) => countText(Math.round(turnsNow)) },
  {
    id: 'line',
    title: 'last 90 s',
    minor: true,
    cell: ({ worker, turns, pulse }) => (
      <Sparkline
        values={turns}
        label={`Turns a second of ${worker.id} in the last minute and a half`}
        w={110}
        h={16}
        tone={(pulse.processorShare ?? 0) > busyShare ? 'warn' : 'accent'}
      />
    ),
  },
  { id: 'partitions', title: 'partitions', kind: 'number', cell: ({ worker }) => worker.owned.length },
  {
    id: 'heard',
    title: 'heard',
    kind: 'number',
    minor: true,
    cell: ({ heardMs }) => <span class={heardMs !== undefined && heardMs > silentMs ? 'warn-text' : ''}>{heardText(heardMs)}</span>,
  },
]

/** To the second: it is a sign of life, not a measurement. */
const heardText = (ms: number | undefined): string => (ms === undefined ? '–' : ms < 1_500 ? 'now' : `${Math.round(ms / 1_000)} s`)

const Meter = (props: {
  readonly name: string
  readonly share: number | undefined
  readonly most: number
  readonly text?: string
  readonly title?: string | undefined
}) => {
  const { name, share, most, text, title } = props
  return share === undefined ? (
    <span class="muted">–</span>
  ) : (
    <span class="meter" title={title}>
      <Progress label={name} share={share} tone={share > most ? 'warn' : 'accent'} />
      <span>{text ?? percentText(Math.round(share * 100) / 100)}</span>
    </span>
  )
}

const Status = ({ worker, ordered }: { readonly worker: Worker; readonly ordered: boolean }) => {
  if (worker.draining || ordered) {
    const { left, share } = drainOf(worker)
    if (left > 0) return <Badge tone="warn">draining {percentText(Math.round(share * 100) / 100)}</Badge>
    return <Badge tone="warn">{ordered ? 'kept empty' : 'drained'}</Badge>
  }
  return (
    <Badge tone="good" dot>
      ready
    </Badge>
  )
}
