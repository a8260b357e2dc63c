// Fleet view
// Is it healthy, and where is it slow: what the workers say of themselves, second by second.
import { useState } from 'preact/hooks'
import { post } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered } from '../components/states.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { FleetTiles } from './fleet-tiles.tsx'
import { Latency } from './latency.tsx'
import { Partitions } from './partitions.tsx'
import { columnsOf, type Series, type Window } from './series.ts'
import { fleetSeries, useFleet } from './store.ts'
import type { Fleet } from './wire.ts'
import { Workers } from './workers.tsx'
import { plural } from '../format.ts'
import { liveState, refusedTopics } from '../live.ts'
import { useAnswer } from '../use-answer.ts'

const everyMs = 3_000
const shortWindow = { name: '90 s', columns: 90, columnMs: 1_000 }
const windows: readonly (Window & { readonly name: string })[] = [shortWindow, { name: '15 min', columns: 90, columnMs: 10_000 }]

interface Frozen {
  readonly series: Series
  readonly now: number
}

export function FleetView() {
  useFleet()
  const asked = useAnswer<Fleet>('/fleet', { everyMs })
  const [window, setWindow] = useState<Window>(shortWindow)
  const [frozen, setFrozen] = useState<Frozen | undefined>()
  const [worker, setWorker] = useState<string | undefined>()
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
            <Button key={one.name} pressed={one === window} onClick={() => setWindow(one)}>
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
            <Orders fleet={fleet} onDone={asked.reload} />
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
          <Button onClick={() => void undo(worker)}>Let {worker} work again</Button>
        </p>
      ))}
    </div>
  )
}
