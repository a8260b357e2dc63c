// Letters view
// Dead letters by what caused them, those of the chosen group, and one of them beside it. The choice is in the address.
import { useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { countText, keyOf, shortened, timeText } from '../format.ts'
import { useLive } from '../live.ts'
import { pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { useAtMostEvery, useRows } from '../use-rows.ts'
import { LetterPanel } from './letter-panel.tsx'
import { RedriveDialog } from './redrive-dialog.tsx'
import type { Groups, LetterGroup, LetterRow } from './wire.ts'

const everyMs = 10_000
const reloadMs = 1_500
const pageRows = 25
const causeShown = 90

export function LettersView({ place: { id, query } }: { readonly place: Place; readonly id?: string }) {
  const { group, letter: named = id, code = '' } = query
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [redriving, setRedriving] = useState<readonly LetterGroup[] | undefined>()
  const groups = useAnswer<Groups>('/dead-letters/groups', { everyMs })
  const listed = useRows<LetterRow>(`/dead-letters${queryOf({ group, code, limit: pageRows })}`, (row) => row.id, { everyMs })
  const reload = useAtMostEvery(reloadMs, () => {
    groups.reload()
    listed.reload()
  })
  useLive('dead-letters', reload)
  const rows = groups.value?.rows ?? []
  const chosen = rows.find((one) => one.id === group)
  const letter = named ?? chosen?.sample
  const open = rows.reduce((sum, one) => sum + one.open, 0)
  const wanted = marked.size > 0 ? rows.filter((one) => marked.has(one.id)) : chosen ? [chosen] : []
  const to = (next: Readonly<Record<string, string>>): void => go(pathOf({ page: 'dead-letters', query: next }))
  const mark = (one: LetterGroup): void =>
    setMarked(marked.has(one.id) ? new Set([...marked].filter((other) => other !== one.id)) : new Set([...marked, one.id]))
  return (
    <div class="page">
      <header class="page-head">
        <h1>Dead letters</h1>
        {groups.value && <Badge tone={open > 0 ? 'bad' : 'good'}>{open > 0 ? `${countText(open)} waiting` : 'none waiting'}</Badge>}
        <span class="muted">by cause</span>
        <span class="space" />
        <Button kind="primary" icon="again" acts disabled={wanted.every((one) => one.open === 0)} onClick={() => setRedriving(wanted)}>
          {wanted.length > 1 ? `Redrive ${wanted.length} groups…` : 'Redrive group…'}
        </Button>
      </header>
      <Answered asked={groups} what="dead letters">
        {({ rows: all, of }) =>
          all.length === 0 && named === undefined ? (
            <Empty title="No dead letters">Every message that came could be applied. One that cannot be stands here, with why.</Empty>
          ) : (
            <div class={letter === undefined ? 'stack' : 'with-side even'}>
              <div class="stack">
                <GroupTable rows={all} chosen={group} marked={marked} onMark={mark} onOpen={(one) => to({ group: one.id })} />
                {all.reduce((sum, one) => sum + one.count, 0) >= of && <p class="muted">The latest {countText(of)} letters are grouped.</p>}
                {letter !== undefined && (
                  <Answered asked={listed} what="its letters">
                    {(letters) => (
                      <Table
                        label="Letters of the group"
                        rows={letters}
                        keyOf={(row) => row.id}
                        columns={letterColumns}
                        onOpen={(row) => to({ group: row.group, letter: row.id })}
                        {...(letter !== undefined && { chosen: letter })}
                        onMore={listed.onMore}
                        loading={listed.loadingMore}
                      />
                    )}
                  </Answered>
                )}
              </div>
              {letter !== undefined && <LetterPanel key={letter} id={letter} onDone={reload} />}
            </div>
          )
        }
      </Answered>
      {redriving && <RedriveDialog groups={redriving} onClose={() => setRedriving(undefined)} onDone={reload} />}
    </div>
  )
}

interface GroupTableProps {
  readonly rows: readonly LetterGroup[]
  readonly chosen: string | undefined
  readonly marked: ReadonlySet<string>
  onMark(group: LetterGroup): void
  onOpen(group: LetterGroup): void
}

const GroupTable = ({ rows, chosen, marked, onMark, onOpen }: GroupTableProps) => {
  const columns: readonly Column<LetterGroup>[] = [
    {
      id: 'mark',
      title: 'take',
      cell: (one) => (
        <input
          type="checkbox"
          class="mark-box"
          aria-label={`Take ${one.code} of ${one.event}`}
          checked={marked.has(one.id)}
          onChange={() => onMark(one)}
        />
      ),
    },
    {
      id: 'cause',
      title: 'cause',
      cell: (one) => (
        <span class="wrap two-lines" title={one.cause}>
          <code>{one.code}</code>
          <span>{shortened(one.cause, causeShown)}</span>
        </span>
      ),
    },
    { id: 'event', title: 'event', kind: 'mono', cell: ({ event }) => event },
    {
      id: 'actors',
      title: 'actors',
      kind: 'mono',
      minor: true,
      cell: ({ type, actors }) => <span class="muted">{actors === 1 ? type : `${actors} × ${type}`}</span>,
    },
    {
      id: 'open',
      title: 'waiting',
      kind: 'number',
      cell: ({ open, count }) => (
        <>
          <strong class={open > 0 ? 'bad-text' : ''}>{countText(open)}</strong> <span class="muted">of {countText(count)}</span>
        </>
      ),
    },
    { id: 'last', title: 'last', kind: 'number', minor: true, cell: ({ lastAt }) => timeText(lastAt, Date.now()) },
  ]
  return (
    <Table label="Causes" rows={rows} keyOf={({ id }) => id} columns={columns} onOpen={onOpen} {...(chosen !== undefined && { chosen })} />
  )
}

const letterColumns: readonly Column<LetterRow>[] = [
  { id: 'id', title: 'letter', kind: 'mono', cell: ({ id }) => id },
  { id: 'actor', title: 'actor', kind: 'mono', cell: ({ actor }) => <span title={actor}>{shortened(keyOf(actor), 30)}</span> },
  { id: 'event', title: 'event', kind: 'mono', minor: true, cell: ({ event }) => event },
  { id: 'at', title: 'died', kind: 'number', cell: ({ at }) => timeText(at, Date.now()) },
  {
    id: 'state',
    title: 'state',
    cell: ({ redriven }) => (redriven ? <Badge tone="good">sent again</Badge> : <Badge tone="bad">waiting</Badge>),
  },
]
