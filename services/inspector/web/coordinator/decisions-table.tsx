import { Badge } from '../components/badge.tsx'
import { Table, type Column } from '../components/table.tsx'
import { durationText, percentText, shortened, timeText, usdText } from '../format.ts'
import { pathOf } from '../place.ts'
import type { Listed } from '../use-rows.ts'
import type { DecisionRow } from './wire.ts'

/** More bits than this were not expected. */
const surprisingBits = 3

export const OutcomeBadge = ({ row: { outcome, censored } }: { readonly row: Pick<DecisionRow, 'outcome' | 'censored'> }) => {
  if (outcome) return <Badge tone={outcome.ok ? 'good' : 'bad'}>{outcome.ok ? 'succeeded' : 'failed'}</Badge>
  return censored === undefined ? <Badge dot>not known yet</Badge> : <Badge tone="warn">{shortened(censored, 40)}</Badge>
}

const columns: readonly Column<DecisionRow>[] = [
  { id: 'id', title: 'decision', kind: 'mono', cell: ({ id }) => shortened(id, 24) },
  { id: 'at', title: 'at', kind: 'number', cell: ({ madeAt }) => timeText(madeAt, Date.now()) },
  { id: 'arm', title: 'chosen', kind: 'mono', cell: ({ arm }) => <strong>{arm}</strong> },
  { id: 'type', title: 'for', kind: 'mono', minor: true, cell: ({ taskType }) => <span class="muted">{taskType}</span> },
  {
    id: 'task',
    title: 'task',
    kind: 'mono',
    minor: true,
    cell: ({ taskId }) => <a href={pathOf({ page: 'tasks', id: taskId })}>{shortened(taskId, 22)}</a>,
  },
  {
    id: 'predicted',
    title: 'expected',
    kind: 'number',
    cell: ({ predicted }) => (predicted === undefined ? '–' : percentText(Math.round(predicted * 100) / 100)),
  },
  {
    id: 'propensity',
    title: 'propensity',
    kind: 'number',
    minor: true,
    cell: ({ propensity }) => (propensity === undefined ? '–' : percentText(Math.round(propensity * 100) / 100)),
  },
  { id: 'outcome', title: 'came of it', cell: (row) => <OutcomeBadge row={row} /> },
  {
    id: 'surprise',
    title: 'surprise',
    kind: 'number',
    minor: true,
    cell: ({ outcome }) =>
      outcome?.surprise === undefined ? (
        '–'
      ) : (
        <span class={outcome.surprise > surprisingBits ? 'warn-text' : ''}>{outcome.surprise.toFixed(1)} bit</span>
      ),
  },
  {
    id: 'cost',
    title: 'cost',
    kind: 'number',
    minor: true,
    cell: ({ outcome }) => (outcome?.costUsd === undefined ? '–' : usdText(outcome.costUsd)),
  },
  {
    id: 'took',
    title: 'took',
    kind: 'number',
    minor: true,
    cell: ({ outcome }) => (outcome?.latencyMs === undefined ? '–' : durationText(outcome.latencyMs)),
  },
]

export const DecisionsTable = ({
  rows,
  listed,
}: {
  readonly rows: readonly DecisionRow[]
  readonly listed: Pick<Listed<DecisionRow>, 'onMore' | 'loadingMore'>
}) => (
  <Table
    label="Decisions"
    rows={rows}
    keyOf={({ tenant, id }) => `${tenant} ${id}`}
    pathOf={({ id }) => pathOf({ page: 'coordinator', id })}
    columns={columns}
    onMore={listed.onMore}
    loading={listed.loadingMore}
  />
)
