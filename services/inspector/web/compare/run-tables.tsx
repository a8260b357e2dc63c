// Run tables
// Everything the chart shows of two runs as tables: states, transitions, contexts.
import { useState } from 'preact/hooks'
import { Badge } from '../components/badge.tsx'
import { Table, type Column } from '../components/table.tsx'
import { Tabs } from '../components/tabs.tsx'
import { countText, durationText, usdText } from '../format.ts'
import { deltaText } from './findings.ts'
import type { ContextRow, RunComparison, RunPart, Stats } from './wire.ts'

const words: Readonly<Record<RunPart['who'], string>> = { 'only-a': 'only in A', 'only-b': 'only in B', both: 'in both' }
const tones = { 'only-a': 'accent', 'only-b': 'violet', both: 'plain' } as const

const columnsOf = (kind: RunPart['kind']): readonly Column<RunPart>[] => [
  { id: 'title', title: kind, kind: 'mono', cell: ({ title }) => title },
  { id: 'who', title: 'who', cell: ({ who }) => <Badge tone={tones[who]}>{words[who]}</Badge> },
  ...figure(kind === 'state' ? 'visits' : 'taken', ({ visits }) => visits, countText),
  ...(kind === 'state' ? figure('time', ({ ms }) => ms, durationText) : []),
  ...figure('calls', ({ calls }) => calls, countText, true),
  ...figure('tokens', ({ tokens }) => tokens, countText, true),
  ...figure('cost', ({ costUsd }) => costUsd, usdText, true),
  ...figure('failures', ({ failures }) => failures, countText, true),
]

/** Nothing in both is a dash: a table of zeros hides what is there. */
function figure(title: string, of: (stats: Stats) => number, text: (value: number) => string, minor = false): readonly Column<RunPart>[] {
  const cell = ({ a, b }: RunPart) => {
    const [one, other] = [of(a), of(b)]
    if (one === 0 && other === 0) return <span class="muted">–</span>
    const delta = deltaText(one, other, text)
    return (
      <span class="compare-pair">
        <span class="visually-hidden">A </span>
        {text(one)}
        <span class="muted" aria-hidden="true">
          {' / '}
        </span>
        <span class="visually-hidden">, B </span>
        {text(other)} <span class={delta === 'same' ? 'muted' : 'compare-delta'}>{delta}</span>
      </span>
    )
  }
  return [{ id: title, title: `${title}, A / B`, kind: 'number', minor, cell }]
}

const columns = { state: columnsOf('state'), transition: columnsOf('transition') } as const

const contextColumns: readonly Column<ContextRow>[] = [
  { id: 'path', title: 'path', kind: 'mono', cell: ({ path }) => (path === '' ? 'all of it' : path) },
  { id: 'a', title: 'A', kind: 'mono', cell: ({ a }) => <Value text={a} /> },
  { id: 'b', title: 'B', kind: 'mono', cell: ({ b }) => <Value text={b} /> },
]

const Value = ({ text }: { readonly text: string | undefined }) =>
  text === undefined ? <span class="muted">not there</span> : <span class="compare-value">{text}</span>

export interface RunTablesProps {
  readonly compared: RunComparison
  readonly selected: string | undefined
  select(id: string | undefined): void
}

export function RunTables({ compared: { parts, context }, selected, select }: RunTablesProps) {
  const [tab, setTab] = useState('states')
  const of = (kind: RunPart['kind']): readonly RunPart[] => parts.filter((part) => part.kind === kind)
  const view = (kind: RunPart['kind'], label: string) => ({
    label,
    count: of(kind).length,
    view: () => (
      <Table
        label={`${label} of both runs`}
        columns={columns[kind]}
        rows={of(kind)}
        keyOf={({ id }) => id}
        onOpen={({ id }) => select(id)}
        {...(selected !== undefined && { chosen: selected })}
      />
    ),
  })
  return (
    <section class="panel" aria-label="Both runs as tables">
      <Tabs
        label="Both runs as tables"
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: 'states', ...view('state', 'States') },
          { id: 'transitions', ...view('transition', 'Transitions') },
          {
            id: 'context',
            label: 'Context at the end',
            count: context.rows.length + context.more,
            view: () => <ContextTable context={context} />,
          },
        ]}
      />
    </section>
  )
}

const ContextTable = ({ context: { rows, more } }: Pick<RunComparison, 'context'>) =>
  rows.length === 0 ? (
    <p class="muted panel-body">Their contexts are the same at the end; what is hidden or cut is not compared.</p>
  ) : (
    <>
      <Table label="What differs in the contexts" columns={contextColumns} rows={rows} keyOf={({ path }) => path} onOpen={() => {}} />
      {more > 0 && <p class="muted panel-body">{more} more paths differ.</p>}
    </>
  )
