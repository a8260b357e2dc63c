// Fleet
// Is it healthy, and where is it slow: what the workers say of themselves, second by second.
import { useState } from 'preact/hooks'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered } from '../components/states.tsx'
import { FleetTiles } from '../fleet/fleet-tiles.tsx'
import { Latency } from '../fleet/latency.tsx'
import { Partitions } from '../fleet/partitions.tsx'
import { columnsOf, type Series, type Window } from '../fleet/series.ts'
import { fleetSeries, useFleet } from '../fleet/store.ts'
import type { Fleet } from '../fleet/wire.ts'
import { Workers } from '../fleet/workers.tsx'
import { countText } from '../format.ts'
import { liveState, refusedTopics } from '../live.ts'
import type { Page } from '../page.ts'
import { useAnswer } from '../use-answer.ts'

const everyMs = 3_000
const windows: readonly (Window & { readonly name: string })[] = [
  { name: '90 s', columns: 90, columnMs: 1_000 },
  { name: '15 min', columns: 90, columnMs: 10_000 },
]

interface Frozen {
  readonly series: Series
  readonly now: number
}

function FleetView() {
  useFleet()
  const asked = useAnswer<Fleet>('/fleet', { everyMs })
  const [shown, setShown] = useState<(typeof windows)[number] | undefined>(windows[0])
  const [frozen, setFrozen] = useState<Frozen | undefined>()
  const [worker, setWorker] = useState<string | undefined>()
  const window = shown ?? { columns: 90, columnMs: 1_000 }
  const series = frozen?.series ?? fleetSeries.value
  const now = frozen?.now ?? series.all.at(-1)?.at ?? Date.now()
  const columns = columnsOf(series.all, window, now)
  return (
    <div class="page">
      <header class="page-head">
        <h1>Fleet</h1>
        <LiveBadge frozen={frozen !== undefined} />
        {asked.value && <span class="muted">{wordsOf(asked.value)}</span>}
        <span class="space" />
        <div class="segments" role="group" aria-label="How much time is shown">
          {windows.map((one) => (
            <Button key={one.name} pressed={one === shown} onClick={() => setShown(one)}>
              {one.name}
            </Button>
          ))}
        </div>
        <Button
          icon={frozen ? 'play' : 'pause'}
          pressed={frozen !== undefined}
          onClick={() => setFrozen(frozen ? undefined : { series: fleetSeries.value, now })}
        >
          {frozen ? 'Go on' : 'Stand still'}
        </Button>
      </header>
      <FleetTiles columns={columns} />
      <Answered asked={asked} what="the fleet">
        {(fleet) => (
          <>
            <Orders fleet={fleet} />
            <div class="columns-2">
              <Latency columns={columns} window={window} now={now} marks={series.marks} />
              <Partitions fleet={fleet} chosen={worker} />
            </div>
            <Workers fleet={fleet} chosen={worker} onChoose={setWorker} onDrained={asked.reload} />
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
  return `${workers.length} workers · ${partitions} partitions · ${countText(actors)} actors in memory · ${countText(effects)} effects at work`
}

/** What operators ordered: it explains what else looks wrong. */
const Orders = ({ fleet: { pausedTenants, drained } }: { readonly fleet: Fleet }) =>
  pausedTenants.length + drained.length === 0 ? null : (
    <p class="notice warn">
      {pausedTenants.length > 0 && `Paused tenants: ${pausedTenants.join(', ')}. `}
      {drained.length > 0 && `Kept empty by order: ${drained.join(', ')}.`}
    </p>
  )

export const fleetPage: Page = { path: 'fleet', title: 'Fleet', icon: 'fleet', list: FleetView }
