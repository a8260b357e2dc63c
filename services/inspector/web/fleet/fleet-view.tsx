// Fleet view
// Is it healthy, and where is it slow: what the workers say of themselves, second by second, and what the gateway kept of the time before.
import { useEffect, useState } from 'preact/hooks'
import { post } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered } from '../components/states.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { plural } from '../format.ts'
import { liveState, refusedTopics } from '../live.ts'
import { nowMs } from '../offline/source.ts'
import type { Place } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { Changes } from './changes.tsx'
import { FleetTiles } from './fleet-tiles.tsx'
import { Latency } from './latency.tsx'
import { Partitions } from './partitions.tsx'
import { columnsOf, marksIn, withKept, type Series, type Window } from './series.ts'
import { fleetSeries, useFleet } from './store.ts'
import type { Fleet, Kept } from './wire.ts'
import { Workers } from './workers.tsx'

const everyMs = 3_000
/** While partitions change hands. */
const movingMs = 1_000

interface Range extends Window {
  readonly name: string
  /** What is drawn comes live: the gateway is asked again to fill what was missed. */
  readonly askMs: number
}

const shortRange: Range = { name: '90 s', columns: 90, columnMs: 1_000, askMs: 30_000 }
const ranges: readonly Range[] = [
  shortRange,
  { name: '15 min', columns: 90, columnMs: 10_000, askMs: 30_000 },
  { name: '24 h', columns: 144, columnMs: 600_000, askMs: 60_000 },
]
const minuteMs = 60_000
/** After it what the gateway kept reaches to what came live. */
const joinMs = 2_500

interface Frozen {
  readonly series: Series
  readonly kept: Kept | undefined
  readonly now: number
}

export function FleetView({ place }: { readonly place: Place }) {
  useFleet()
  const [isMoving, setMoving] = useState(false)
  const asked = useAnswer<Fleet>('/fleet', { everyMs: isMoving ? movingMs : everyMs })
  useEffect(() => setMoving((asked.value?.moves.length ?? 0) > 0), [asked.value])
  const [range, setRange] = useState<Range>(shortRange)
  const keeping = useAnswer<Kept>(`/fleet/series?minutes=${(range.columns * range.columnMs) / minuteMs}`, { everyMs: range.askMs })
  const isHeard = fleetSeries.value.all.length > 0
  useEffect(() => {
    if (!isHeard) return undefined
    const timer = setTimeout(keeping.reload, joinMs) // for the moment between the first answer and what came live
    return () => clearTimeout(timer)
  }, [isHeard])
  const [frozen, setFrozen] = useState<Frozen | undefined>()
  const [worker, setWorker] = useState<string | undefined>(place.query['worker'])
  const series = frozen?.series ?? fleetSeries.value
  const kept = frozen?.kept ?? keeping.value
  const now = frozen?.now ?? series.all.at(-1)?.at ?? nowMs()
  const columns = columnsOf(withKept(kept, series.all), range, now)
  const marks = marksIn(kept?.marks ?? [], asked.value?.marks ?? []).filter(({ at }) => at <= now)
  return (
    <div class="page">
      <header class="page-head">
        <h1>Fleet</h1>
        <LiveBadge frozen={frozen !== undefined} />
        {asked.value && <span class="muted">{wordsOf(asked.value)}</span>}
        <span class="space" />
        <div class="segments" role="group" aria-label="How much time is shown">
          {ranges.map((one) => (
            <Button key={one.name} pressed={one === range} onClick={() => setRange(one)}>
              {one.name}
            </Button>
          ))}
        </div>
        <Button
          icon={frozen ? 'play' : 'pause'}
          pressed={frozen !== undefined}
          onClick={() => setFrozen(frozen ? undefined : { series: fleetSeries.value, kept: keeping.value, now })}
        >
          {frozen ? 'Go on' : 'Stand still'}
        </Button>
      </header>
      <FleetTiles columns={columns} window={range} now={now} marks={marks} />
      <Answered asked={asked} what="the fleet">
        {(fleet) => (
          <>
            <Orders fleet={fleet} onDone={asked.reload} />
            <div class="columns-2">
              <div class="stack">
                <Latency columns={columns} window={range} now={now} marks={marks} {...(kept && { since: kept.since })} />
                <Changes marks={marks} />
              </div>
              <Partitions fleet={fleet} chosen={worker} />
            </div>
            <Workers fleet={fleet} kept={kept} chosen={worker} now={now} onChoose={setWorker} onDrained={asked.reload} />
          </>
        )}
      </Answered>
    </div>
  )
}

const LiveBadge = ({ frozen }: { readonly frozen: boolean }) => {
  const refused = refusedTopics.value.get('fleet')
  if (refused !== undefined) return <Badge tone="bad">not live: {refused}</Badge>
  if (frozen) return <Badge tone="warn">stands still</Badge>
  return liveState.value === 'live' ? (
    <Badge tone="good" dot>
      live
    </Badge>
  ) : (
    <Badge tone="warn">{liveState.value}</Badge>
  )
}

function wordsOf({ workers, partitions }: Fleet): string {
  const actors = workers.reduce((sum, { load }) => sum + load.actors, 0)
  const effects = workers.reduce((sum, { load }) => sum + load.effects, 0)
  return `${plural(workers.length, 'worker')} · ${plural(partitions, 'partition')} · ${plural(actors, 'actor')} in memory · ${plural(effects, 'effect')} at work`
}

/** What operators ordered: it explains what else looks wrong. */
function Orders({ fleet: { pausedTenants, drained }, onDone }: { readonly fleet: Fleet; onDone(): void }) {
  const undo = async (worker: string): Promise<void> => {
    const answer = await post<unknown>(`/fleet/workers/${encodeURIComponent(worker)}/drain`, { undo: true })
    if (answer.ok) toast(`${worker} may have partitions again`)
    else toastProblem('That was refused', answer.problem)
    onDone()
  }
  if (pausedTenants.length + drained.length === 0) return null
  return (
    <div class="notice warn">
      {pausedTenants.length > 0 && <p>Paused tenants: {pausedTenants.join(', ')}. Their messages wait.</p>}
      {drained.map((worker) => (
        <p key={worker} class="chips">
          {worker} is kept empty by order.
          <Button acts onClick={() => void undo(worker)}>
            Let {worker} work again
          </Button>
        </p>
      ))}
    </div>
  )
}
