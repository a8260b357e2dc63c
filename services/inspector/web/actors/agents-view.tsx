// Agents view
// Finds the one among all actors, by what it is, does, costs and suffers. Rows live; what is looked for is in the address, and may be saved under a name.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { stateText } from '../agent/state-value.ts'
import { Badge, StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { countText, keyOf, shortened, timeText, usdText } from '../format.ts'
import { agentPath, pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { useNow, useRows } from '../use-rows.ts'
import type { ActorRow, Rows } from '../wire.ts'
import { Facets } from './facets.tsx'
import { fieldsOf, fits, parseText, queryIn, queryWith, sorts, textOf, type ActorQuery } from './query.ts'
import { SavedViews } from './saved-views.tsx'
import { bucketMs, merged, shifted, type Sightings } from './sightings.ts'
import { useSightings } from './use-sightings.ts'

const everyMs = 15_000
const pageRows = 100
const typesMax = 100
const tickMs = 2_500

export function AgentsView({ place }: { readonly place: Place }) {
  const query = useMemo(() => queryIn(place.query), [place])
  const text = useMemo(() => textOf(query), [query])
  const machines = useAnswer<Rows<{ readonly type: string }>>('/machines')
  const types = (machines.value?.rows ?? []).map(({ type }) => type)
  const wanted = types.filter((type) => fits({ ...(query.type !== undefined && { type: query.type }) }, { actor: '', type, status: '' }))
  const listed = useRows<ActorRow>(`/actors${queryOf({ ...fieldsOf(query), limit: pageRows })}`, ({ actor }) => actor, { everyMs })
  const sightings = useSightings(topicOf(query.type ?? '', wanted))
  const now = useNow(tickMs)
  const columns = useColumns(sightings, now)
  const look = (next: ActorQuery): void => go(pathOf({ page: 'agents', query: fieldsOf(next) }), { replace: true })
  const isWhole = listed.onMore === undefined
  const rows = listed.value && merged({ rows: listed.value, isWhole }, sightings, (row) => isBornInto(query, row))
  return (
    <div class="page">
      <header class="page-head">
        <h1>Agents</h1>
        <span class="muted">and every other actor</span>
        <span class="space" />
        <Search text={text} onLook={look} />
        <Sort query={query} onLook={look} />
        <Button icon="link" label="Copy a link to this view" onClick={() => void copyView()} />
      </header>
      <SavedViews query={query} />
      <Facets query={query} types={types} onLook={look} />
      <Answered asked={listed} what="actors">
        {() =>
          rows === undefined || rows.length === 0 ? (
            <Empty title="No actor fits">An actor is here from its first message on. Take a filter away, or use fewer words.</Empty>
          ) : (
            <Table
              label="Actors"
              rows={rows}
              keyOf={({ actor }) => actor}
              pathOf={({ actor }) => agentPath(actor)}
              onMore={listed.onMore}
              loading={listed.loadingMore}
              columns={columns}
            />
          )
        }
      </Answered>
    </div>
  )
}

/** In an order of its own an actor that is just heard of has no place yet: the next answer gives it one. */
const isBornInto = (query: ActorQuery, row: ActorRow): boolean =>
  (query.sort === undefined || query.sort === 'actor' || query.sort === 'recent') && fits(query, row)

function Sort({ query, onLook }: { readonly query: ActorQuery; onLook(next: ActorQuery): void }) {
  return (
    <label class="sort">
      <span class="muted">by</span>
      <select
        class="field"
        aria-label="Sort by"
        value={query.sort ?? 'actor'}
        onChange={({ currentTarget: { value } }) => onLook(queryWith(query, { sort: value === 'actor' ? '' : value }))}
      >
        {sorts.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** All types are one topic; some of them are named each. */
function topicOf(type: string, wanted: readonly string[]): string | undefined {
  if (type === '') return 'actors'
  const named = wanted.length > 0 ? wanted.slice(0, typesMax) : type.endsWith('*') ? [] : [type]
  return named.length === 0 ? undefined : `actors?${new URLSearchParams(named.map((one) => ['type', one])).toString()}`
}

function Search({ text: first, onLook }: { readonly text: string; onLook(next: ActorQuery): void }) {
  const [text, setText] = useState(first)
  useEffect(() => setText(first), [first])
  return (
    <form
      class="query"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        onLook(parseText(text))
      }}
    >
      <Icon name="filter" />
      <input
        class="field"
        type="search"
        aria-label="Filter, such as state:working.thinking idle:>5m, or a part of the address"
        placeholder="state:working.thinking idle:>5m words"
        title={searchHelp}
        list="query-words"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => onLook(parseText(text))}
      />
      <datalist id="query-words">
        {examples.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </form>
  )
}

const examples = [
  'state:working.thinking',
  'tag:needs-human',
  'idle:>5m status:active',
  'age:<1h',
  'cost:>0.01 sort:cost',
  'failures:>0 sort:failures',
  'mailbox:>0',
  'task:',
  'held:true',
]
const searchHelp =
  'type: status: held: state: (a path, and what is below it) tag: task: idle:>5m age:<1h cost:>0.01 failures:>0 mailbox:>0 sort:; other words are looked for in the address'

async function copyView(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href)
    toast('Link copied', 'It opens with these filters.')
  } catch {
    toastProblem('The link could not be copied', {
      code: 'clipboard',
      detail: `this browser does not allow it here; it is ${location.href}`,
    })
  }
}

const keyShown = 32
const behindShown = 18
/** A parallel state has several: the actor's page has them whole. */
const stateShown = 26

/** What tells it from its siblings first; whom it works for behind it. */
function Name({ actor }: { readonly actor: string }) {
  const key = keyOf(actor)
  const cut = key.lastIndexOf('/')
  return (
    <span title={actor}>
      {shortened(key.slice(cut + 1), keyShown)} {cut > 0 && <span class="muted behind">{shortened(key.slice(0, cut), behindShown)}</span>}
    </span>
  )
}

/** XState names what ends an invoked actor by the whole path of its state. */
function eventName(type: string): string {
  const [, how, path] = /^xstate\.(done|error)\.actor\.\d+\.(.+)$/.exec(type) ?? []
  return how === undefined || path === undefined ? type : `${path.slice(path.lastIndexOf('.') + 1)} ${how}`
}

/** The same until the clock goes on: a row that was not told of is not made again. */
function useColumns(sightings: Sightings, now: number): readonly Column<ActorRow>[] {
  const latest = useRef(sightings)
  latest.current = sightings
  return useMemo(() => columnsAt(latest, now), [now])
}

const columnsAt = (sightings: { readonly current: Sightings }, now: number): readonly Column<ActorRow>[] => {
  const bucket = Math.floor(now / bucketMs)
  return [
    { id: 'actor', title: 'agent', kind: 'mono', cell: ({ actor }) => <Name actor={actor} /> },
    { id: 'type', title: 'type', kind: 'mono', cell: ({ type }) => <span class="muted">{type}</span> },
    {
      id: 'state',
      title: 'state',
      cell: ({ state, status, held, waiting }) => (
        <span class="chips">
          <span title={stateText(state)}>
            <Badge tone={toneOf(stateText(state), status)}>{shortened(stateText(state) || '–', stateShown)}</Badge>
          </span>
          {held && <Badge tone="warn">held</Badge>}
          {(waiting ?? 0) > 0 && <Badge tone="warn">{waiting} waiting</Badge>}
        </span>
      ),
    },
    { id: 'status', title: 'status', minor: true, cell: (row) => <Status row={row} /> },
    { id: 'turn', title: 'turns', kind: 'number', cell: ({ turn }) => turn.toLocaleString('en') },
    {
      id: 'activity',
      title: 'last 2 min',
      minor: true,
      cell: ({ actor }) => {
        const turns = shifted(sightings.current.get(actor), bucket)
        const sum = turns.reduce((all, one) => all + one, 0)
        return sum === 0 ? (
          <span class="muted">quiet</span>
        ) : (
          <Sparkline values={turns} label={`${sum} turns in the last two minutes`} w={104} h={16} />
        )
      },
    },
    {
      id: 'event',
      title: 'last event',
      kind: 'mono',
      minor: true,
      cell: ({ event }) => <span title={event}>{shortened(eventName(event), 22)}</span>,
    },
    {
      id: 'tokens',
      title: 'tokens',
      kind: 'number',
      minor: true,
      cell: ({ tokens = 0 }) => <Amount value={tokens} text={countText(tokens)} />,
    },
    {
      id: 'cost',
      title: 'cost',
      kind: 'number',
      minor: true,
      cell: ({ costUsd = 0, tokens = 0 }) => <Amount value={tokens} text={usdText(costUsd)} />,
    },
    { id: 'at', title: 'at', kind: 'number', minor: true, cell: ({ at }) => timeText(at, now) },
  ]
}

const Amount = ({ value, text }: { readonly value: number; readonly text: string }) =>
  value === 0 ? <span class="muted">–</span> : <>{text}</>

const Status = ({ row: { status, failures = 0, restarts = 0 } }: { readonly row: ActorRow }) => (
  <span class="chips">
    <StatusBadge status={status} />
    {failures > 0 && <Badge tone="bad">{failures} failed</Badge>}
    {restarts > 0 && <Badge tone="warn">restarted ×{restarts}</Badge>}
  </span>
)

const waitsForPerson = /awaitingApproval|paused|waiting/

function toneOf(state: string, status: string): 'good' | 'bad' | 'warn' | 'plain' {
  if (status === 'error') return 'bad'
  if (status !== 'active') return 'plain'
  return waitsForPerson.test(state) ? 'warn' : 'good'
}
