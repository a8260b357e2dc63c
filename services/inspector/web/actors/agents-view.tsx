// Agents view
// Finds the one among all actors: by type, status and a part of the address. Rows live; what is looked for is in the address.
import { useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { stateText } from '../agent/state-value.ts'
import { Badge, StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Table, type Column } from '../components/table.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { keyOf, shortened, timeText } from '../format.ts'
import { useLive } from '../live.ts'
import { agentPath, pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { useNow, useRows } from '../use-rows.ts'
import type { ActorRow, Rows } from '../wire.ts'
import { Facets } from './facets.tsx'
import { fieldsOf, fits, parseText, queryIn, textOf, type ActorQuery } from './query.ts'
import { bucketMs, merged, shifted, withRows, type Sightings } from './sightings.ts'

const everyMs = 15_000
const pageRows = 100
const typesMax = 100
const tickMs = 2_500

export function AgentsView({ place }: { readonly place: Place }) {
  const query = queryIn(place.query)
  const machines = useAnswer<Rows<{ readonly type: string }>>('/machines')
  const types = (machines.value?.rows ?? []).map(({ type }) => type)
  const wanted = types.filter((type) => fits({ ...query, status: '', held: false, words: '' }, { actor: '', type, status: '' }))
  const [sightings, setSightings] = useState<Sightings>(new Map())
  const listed = useRows<ActorRow>(`/actors${queryOf({ ...fieldsOf(query), limit: pageRows })}`, ({ actor }) => actor, { everyMs })
  useLive(topicOf(query.type, wanted), ({ rows = [] }) => setSightings((known) => withRows(known, rows as readonly ActorRow[], Date.now())))
  const now = useNow(tickMs)
  const look = (next: ActorQuery): void => go(pathOf({ page: 'agents', query: fieldsOf(next) }), { replace: true })
  const rows = listed.value && merged(listed.value, sightings, (row) => fits(query, row))
  return (
    <div class="page">
      <header class="page-head">
        <h1>Agents</h1>
        <span class="muted">and every other actor</span>
        <span class="space" />
        <Search key={textOf(query)} query={query} onLook={look} />
        <Button icon="link" onClick={() => void copyView()}>
          Copy this view
        </Button>
      </header>
      <Facets rows={rows ?? []} query={query} types={types} isWhole={listed.onMore === undefined} onLook={look} />
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
              columns={columnsAt(sightings, now)}
            />
          )
        }
      </Answered>
    </div>
  )
}

/** All types are one topic; some of them are named each. */
function topicOf(type: string, wanted: readonly string[]): string | undefined {
  if (type === '') return 'actors'
  const named = wanted.length > 0 ? wanted.slice(0, typesMax) : type.endsWith('*') ? [] : [type]
  return named.length === 0 ? undefined : `actors?${new URLSearchParams(named.map((one) => ['type', one])).toString()}`
}

function Search({ query, onLook }: { readonly query: ActorQuery; onLook(next: ActorQuery): void }) {
  const [text, setText] = useState(textOf(query))
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
        aria-label="Filter, such as type:agent-* status:active, or a part of the address"
        placeholder="type:agent-* status:active words"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => onLook(parseText(text))}
      />
    </form>
  )
}

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

const keyShown = 40
const behindShown = 24

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

const columnsAt = (sightings: Sightings, now: number): readonly Column<ActorRow>[] => {
  const bucket = Math.floor(now / bucketMs)
  return [
    { id: 'actor', title: 'agent', kind: 'mono', cell: ({ actor }) => <Name actor={actor} /> },
    { id: 'type', title: 'type', kind: 'mono', cell: ({ type }) => <span class="muted">{type}</span> },
    {
      id: 'state',
      title: 'state',
      cell: ({ state, status, held }) => (
        <span class="chips">
          <Badge tone={toneOf(stateText(state), status)}>{shortened(stateText(state) || '–', 44)}</Badge>
          {held && <Badge tone="warn">held</Badge>}
        </span>
      ),
    },
    { id: 'status', title: 'status', minor: true, cell: ({ status }) => <StatusBadge status={status} /> },
    { id: 'turn', title: 'turns', kind: 'number', cell: ({ turn }) => turn.toLocaleString('en') },
    {
      id: 'activity',
      title: 'last 2 min',
      minor: true,
      cell: ({ actor }) => {
        const turns = shifted(sightings.get(actor), bucket)
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
      cell: ({ event }) => <span title={event}>{shortened(eventName(event), 34)}</span>,
    },
    { id: 'at', title: 'at', kind: 'number', minor: true, cell: ({ at }) => timeText(at, now) },
  ]
}

const waitsForPerson = /awaitingApproval|paused|waiting/

function toneOf(state: string, status: string): 'good' | 'bad' | 'warn' | 'plain' {
  if (status === 'error') return 'bad'
  if (status !== 'active') return 'plain'
  return waitsForPerson.test(state) ? 'warn' : 'good'
}
