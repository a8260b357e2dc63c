// Workers
// Every process of the fleet: what it does, how it fares, and the way to drain it.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Progress } from '../components/progress.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Empty, Failed } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { toast } from '../components/toasts.tsx'
import { bytesText, countText, durationText, percentText } from '../format.ts'
import { fleetSeries } from './store.ts'
import type { Fleet, FleetRow, Worker } from './wire.ts'

interface Row {
  readonly worker: Worker
  /** The oldest first. */
  readonly told: readonly FleetRow[]
}

const busyShare = 0.8
const lateMs = 30

export interface WorkersProps {
  readonly fleet: Fleet
  readonly chosen: string | undefined
  onChoose(worker: string | undefined): void
  onDrained(): void
}

export function Workers({ fleet, chosen, onChoose, onDrained }: WorkersProps) {
  const [draining, setDraining] = useState<Worker | undefined>()
  const { workers: told } = fleetSeries.value
  const rows = fleet.workers.map((worker): Row => ({ worker, told: told.get(worker.id) ?? [] }))
  const columns: readonly Column<Row>[] = [
    ...columnsOfWorkers,
    { id: 'status', title: 'status', cell: ({ worker }) => <Status worker={worker} ordered={fleet.drained.includes(worker.id)} /> },
    {
      id: 'do',
      title: 'do',
      cell: ({ worker }) => (
        <Button kind="ghost" label={`Drain ${worker.id}`} title="Drain" disabled={worker.draining} onClick={() => setDraining(worker)}>
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
      {draining && <DrainDialog worker={draining} onClose={() => setDraining(undefined)} onDone={onDrained} />}
    </>
  )
}

const columnsOfWorkers: readonly Column<Row>[] = [
  { id: 'worker', title: 'worker', kind: 'mono', cell: ({ worker }) => <strong>{worker.id}</strong> },
  { id: 'version', title: 'version', kind: 'mono', minor: true, cell: ({ worker }) => <span class="muted">{worker.version}</span> },
  { id: 'actors', title: 'actors', kind: 'number', cell: ({ worker }) => countText(worker.load.actors) },
  {
    id: 'processor',
    title: 'processor',
    cell: ({ worker, told }) => <Meter name={`Processor of ${worker.id}`} share={told.at(-1)?.processorShare} most={busyShare} />,
  },
  {
    id: 'memory',
    title: 'memory',
    kind: 'number',
    minor: true,
    cell: ({ worker, told }) => bytesText(told.at(-1)?.rssBytes ?? worker.load.rssBytes),
  },
  {
    id: 'late',
    title: 'event loop late',
    kind: 'number',
    minor: true,
    cell: ({ told }) => {
      const late = told.at(-1)?.loopLateMs
      return late === undefined ? '–' : <span class={late > lateMs ? 'warn-text' : ''}>{durationText(late)}</span>
    },
  },
  {
    id: 'turns',
    title: 'turns /s',
    kind: 'number',
    cell: ({ worker, told }) => countText(Math.round(told.at(-1)?.perSecond?.turns ?? sumOf(worker))),
  },
  {
    id: 'line',
    title: 'last minute',
    minor: true,
    cell: ({ worker, told }) => (
      <Sparkline
        values={told.map(({ perSecond }) => perSecond?.turns ?? 0)}
        label={`Turns a second of ${worker.id} in the last minute`}
        w={110}
        h={16}
        tone={(told.at(-1)?.processorShare ?? 0) > busyShare ? 'warn' : 'accent'}
      />
    ),
  },
  { id: 'partitions', title: 'partitions', kind: 'number', cell: ({ worker }) => worker.owned.length },
]

const sumOf = ({ partitions }: Worker): number => partitions.reduce((sum, { turnsPerSecond }) => sum + turnsPerSecond, 0)

const Meter = ({ name, share, most }: { readonly name: string; readonly share: number | undefined; readonly most: number }) =>
  share === undefined ? (
    <span class="muted">–</span>
  ) : (
    <span class="meter">
      <Progress label={name} share={share} tone={share > most ? 'warn' : 'accent'} />
      <span>{percentText(Math.round(share * 100) / 100)}</span>
    </span>
  )

const Status = ({ worker: { draining, owned }, ordered }: { readonly worker: Worker; readonly ordered: boolean }) => {
  if (draining) return <Badge tone="warn">{owned.length > 0 ? `draining, ${owned.length} left` : 'drained'}</Badge>
  return ordered ? (
    <Badge tone="warn">kept empty</Badge>
  ) : (
    <Badge tone="good" dot>
      ready
    </Badge>
  )
}

function DrainDialog({ worker, onClose, onDone }: { readonly worker: Worker; onClose(): void; onDone(): void }) {
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const answer = await post<unknown>(`/fleet/workers/${encodeURIComponent(worker.id)}/drain`, {})
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    toast(`${worker.id} drains`, 'Its partitions go to the others; the table shows how many are left.')
    onDone()
    onClose()
  }
  return (
    <Dialog title={`Drain ${worker.id}`} onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <p>
          It gives its {worker.owned.length} partitions to the other workers and takes no new ones. Nothing is lost, and what runs goes on
          there. It is kept empty until it is started again.
        </p>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit kind="primary" disabled={isBusy}>
            {isBusy ? 'Asking' : 'Drain it'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
