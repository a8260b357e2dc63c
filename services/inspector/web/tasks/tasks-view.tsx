// Tasks view
// Every task, found by status, type and words; what waits for a person stands first. The filters are in the address.
import { useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { durationText, shortened, timeText, usdText } from '../format.ts'
import { useLive } from '../live.ts'
import { pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useActions } from '../page.ts'
import { useAnswer } from '../use-answer.ts'
import { useAtMostEvery, useNow, useRows } from '../use-rows.ts'
import type { Rows } from '../wire.ts'
import { ApprovalCard, keyOf } from './approval-card.tsx'
import { NewTask } from './new-task.tsx'
import { TaskBadge } from './task-badge.tsx'
import { taskStatuses, type Approval, type TaskRow } from './wire.ts'

const everyMs = 10_000
const reloadMs = 1_500
const pageRows = 50
const approvalsShown = 3
const promptShown = 90

export function TasksView({ place: { query } }: { readonly place: Place }) {
  const [isNew, setNew] = useState(false)
  const { q = '', status = '', type = '' } = query
  const listed = useRows<TaskRow>(`/tasks${queryOf({ q, status, type, limit: pageRows })}`, ({ actor }) => actor, { everyMs })
  const approvals = useAnswer<Rows<Approval>>('/approvals?limit=20', { everyMs })
  const waiting = new Set((approvals.value?.rows ?? []).map(({ taskId }) => taskId))
  const reload = useAtMostEvery(reloadMs, () => {
    listed.reload()
    approvals.reload()
  })
  useLive('actors?type=task', reload)
  useActions([{ id: 'new-task', label: 'New task', icon: 'plus', run: () => setNew(true) }])
  const filter = (change: Readonly<Record<string, string>>): void => {
    const kept = Object.fromEntries(Object.entries({ ...query, ...change }).filter(([, value]) => value !== ''))
    go(pathOf({ page: 'tasks', query: kept }), { replace: true })
  }
  return (
    <div class="page">
      <header class="page-head">
        <h1>Tasks</h1>
        <span class="space" />
        <Button icon="plus" kind="primary" acts onClick={() => setNew(true)}>
          New task
        </Button>
      </header>
      <Waiting approvals={approvals.value?.rows ?? []} onDone={reload} />
      <div class="filters" role="search">
        <input
          class="field grow"
          type="search"
          aria-label="Words in the id or the prompt"
          placeholder="Words in the id or the prompt"
          value={q}
          onInput={(event) => filter({ q: event.currentTarget.value })}
        />
        <input
          class="field"
          type="text"
          aria-label="Type of task"
          placeholder="type"
          value={type}
          onInput={(event) => filter({ type: event.currentTarget.value.trim() })}
        />
        <div class="segments" role="group" aria-label="Status">
          {['', ...taskStatuses].map((one) => (
            <Button key={one} pressed={one === status} onClick={() => filter({ status: one })}>
              {one === '' ? 'all' : one}
            </Button>
          ))}
        </div>
      </div>
      <Answered asked={listed} what="tasks">
        {(rows) =>
          rows.length === 0 ? (
            <None filtered={q + status + type !== ''} />
          ) : (
            <List rows={rows} waiting={waiting} onMore={listed.onMore} loading={listed.loadingMore} />
          )
        }
      </Answered>
      {isNew && <NewTask onClose={() => setNew(false)} />}
    </div>
  )
}

const None = ({ filtered }: { readonly filtered: boolean }) =>
  filtered ? (
    <Empty title="No task fits">Take a filter away, or use fewer words.</Empty>
  ) : (
    <Empty title="No task yet">Give one with the button above, or with bin/troupe submit.</Empty>
  )

function Waiting({ approvals, onDone }: { readonly approvals: readonly Approval[]; onDone(): void }) {
  const [isAll, setAll] = useState(false)
  if (approvals.length === 0) return null
  return (
    <section aria-label="Waiting for a person" class="stack">
      <div class="cards">
        {approvals.slice(0, isAll ? approvals.length : approvalsShown).map((approval) => (
          <ApprovalCard key={keyOf(approval)} approval={approval} withTask onDone={onDone} />
        ))}
      </div>
      {approvals.length > approvalsShown && (
        <div>
          <Button kind="ghost" expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? 'Fewer' : `${approvals.length - approvalsShown} more wait for a person`}
          </Button>
        </div>
      )}
    </section>
  )
}

interface ListProps {
  readonly rows: readonly TaskRow[]
  /** Ids of tasks whose agents wait for a person. */
  readonly waiting: ReadonlySet<string | undefined>
  readonly onMore: (() => void) | undefined
  readonly loading: boolean
}

function List({ rows, waiting, onMore, loading }: ListProps) {
  const now = useNow(rows.some(({ finishedAt }) => finishedAt === undefined) ? 1_000 : undefined)
  const many = new Set(rows.map(({ tenant }) => tenant)).size > 1
  const columns: readonly Column<TaskRow>[] = [
    { id: 'id', title: 'task', kind: 'mono', cell: ({ id }) => shortened(id, 28) },
    {
      id: 'status',
      title: 'status',
      cell: ({ id, status }) => <TaskBadge status={status === 'running' && waiting.has(id) ? 'waiting' : status} />,
    },
    { id: 'type', title: 'type', kind: 'mono', minor: true, cell: ({ taskType = '' }) => <span class="muted">{taskType}</span> },
    {
      id: 'prompt',
      title: 'what',
      cell: (row) => (
        <span class="wrap" title={row.prompt}>
          {shortened(row.reason ?? row.waitingFor ?? row.prompt ?? row.file ?? '', promptShown)}
        </span>
      ),
    },
    {
      id: 'agent',
      title: 'agent',
      kind: 'mono',
      minor: true,
      cell: ({ agent = '–', model }) => <span title={model === undefined ? agent : `${agent}@${model}`}>{agent}</span>,
    },
    ...(many ? [{ id: 'tenant', title: 'tenant', kind: 'mono', minor: true, cell: ({ tenant }: TaskRow) => tenant } as const] : []),
    {
      id: 'submitted',
      title: 'submitted',
      kind: 'number',
      minor: true,
      cell: ({ submittedAt }) => (submittedAt === undefined ? '–' : timeText(submittedAt, now)),
    },
    { id: 'took', title: 'took', kind: 'number', cell: (row) => lengthOf(row, now) },
    { id: 'cost', title: 'cost', kind: 'number', cell: ({ costUsd }) => (costUsd === undefined ? '–' : usdText(costUsd)) },
  ]
  const pathTo = ({ id, tenant }: TaskRow): string => pathOf({ page: 'tasks', id, ...(many && { query: { tenant } }) })
  return (
    <Table label="Tasks" rows={rows} keyOf={({ actor }) => actor} pathOf={pathTo} columns={columns} onMore={onMore} loading={loading} />
  )
}

function lengthOf({ durationMs, submittedAt, finishedAt }: TaskRow, now: number): string {
  if (durationMs !== undefined) return durationText(durationMs)
  return submittedAt === undefined || finishedAt !== undefined ? '–' : `${durationText(Math.max(0, now - submittedAt))} so far`
}
