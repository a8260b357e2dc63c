// Machines view
// The actor types of this build: how large their machines are, and what the lint finds in them.
import { Badge } from '../components/badge.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { findingsText } from '../chart/findings.tsx'
import { plural } from '../format.ts'
import { pathOf } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import type { Rows } from '../wire.ts'
import type { MachineRow } from './wire.ts'

export function MachinesView() {
  const asked = useAnswer<Rows<MachineRow>>('/machines')
  return (
    <div class="page">
      <header class="page-head">
        <h1>Machines</h1>
        {asked.value && <span class="muted">{plural(asked.value.rows.length, 'actor type')} of this build</span>}
      </header>
      <Answered asked={asked} what="machines">
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="No machine here">This gateway was built without actors.</Empty>
          ) : (
            <Table
              label="Machines"
              columns={columns}
              rows={rows}
              keyOf={({ type }) => type}
              pathOf={({ type }) => pathOf({ page: 'machines', id: type })}
            />
          )
        }
      </Answered>
    </div>
  )
}

const columns: readonly Column<MachineRow>[] = [
  { id: 'type', title: 'type', cell: ({ type }) => type },
  { id: 'version', title: 'version', kind: 'mono', cell: ({ version }) => version },
  { id: 'hash', title: 'structure', kind: 'mono', minor: true, cell: ({ hash }) => hash.slice(0, 8) },
  { id: 'states', title: 'states', kind: 'number', cell: ({ states }) => states },
  { id: 'transitions', title: 'transitions', kind: 'number', cell: ({ transitions }) => transitions },
  {
    id: 'earlier',
    title: 'also hosted',
    minor: true,
    cell: ({ earlier }) => (earlier.length === 0 ? '' : earlier.map(({ version }) => version).join(', ')),
  },
  {
    id: 'findings',
    title: 'lint',
    cell: ({ findings }) =>
      findings === 0 ? <span class="muted">nothing found</span> : <Badge tone="warn">{findingsText(findings)}</Badge>,
  },
]
