// Chart panel
// The actor's chart with what is active in the moment that is shown, and the way to and from that moment.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ChartHost, ZoomTools } from '../chart/chart-host.tsx'
import { EdgeCard } from '../chart/edge-card.tsx'
import type { TroupeChart } from '../chart/element.ts'
import { FindingsAside, findingMarks, findingsText } from '../chart/findings.tsx'
import { activeIn, type DrawnChart } from '../chart/tree.ts'
import { useChartEvent, useChoice, useElement, useInsets } from '../chart/use-element.ts'
import { Button } from '../components/button.tsx'
import { Failed, Loading } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import { liveWord } from '../offline/source.ts'
import type { AgentView } from './view.ts'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import { EdgeStops } from './edge-stops.tsx'
import { timeIn } from './heat.ts'
import { Outline } from './outline.tsx'
import type { AgentStore } from './store.ts'

type Aside = 'outline' | 'findings' | undefined

export function ChartPanel({ view }: { readonly view: AgentView }) {
  const { store } = view
  const { chartProblem, findings } = store.known
  const drawn = store.known.chart.value
  const [follow, setFollow] = useState(false)
  const [isWarm, setWarm] = useState(false)
  const [aside, setAside] = useState<Aside>()
  const made = useElement(drawn)
  const { chosen, choose } = useChoice(made, view.selected, view.select)
  const panel = useRef<HTMLElement>(null)
  useInsets(made, panel, `${aside ?? ''} ${store.shown.value?.isLive === false}`)
  useLights(store, made)
  useSigns(store, made, isWarm)
  useFollow(made, follow, setFollow)
  useChartEvent(made, 'chart-breakpoint', ({ state }) => void toggleBreakpoint(store, 'state', state))
  const transition = drawn?.tree.edges.get(chosen.edge ?? '')?.transition
  return (
    <section class="chart-panel" aria-label="Statechart" ref={panel}>
      <div class="chart-tools" role="group" aria-label="Chart">
        <ZoomTools made={made} />
        <Button icon="follow" pressed={follow} onClick={() => setFollow(!follow)} title="Keep what is active in sight">
          Follow active
        </Button>
        <Button icon="heat" pressed={isWarm} onClick={() => setWarm(!isWarm)} title="Colour states by the time spent in them">
          Time in state
        </Button>
        <Button
          icon="outline"
          pressed={aside === 'outline'}
          onClick={() => setAside(aside === 'outline' ? undefined : 'outline')}
          title="The same states and transitions as a tree"
        >
          Outline
        </Button>
        {findings.value.length > 0 && (
          <Button
            icon="alert"
            kind="ghost"
            pressed={aside === 'findings'}
            onClick={() => setAside(aside === 'findings' ? undefined : 'findings')}
            title="What the lint found in this chart"
          >
            {findingsText(findings.value.length)}
          </Button>
        )}
      </div>
      {aside === 'outline' && drawn && (
        <Outline
          tree={drawn.tree}
          active={activeIn(drawn.tree, store.shown.value?.value)}
          chosen={chosen}
          marks={findingMarks(findings.value)}
          onChoose={choose}
        />
      )}
      {aside === 'findings' && <FindingsAside findings={findings.value} onChoose={choose} />}
      <ChartHost made={made} />
      {!drawn && (
        <div class="chart-cover">{chartProblem.value ? <Failed problem={chartProblem.value} /> : <Loading what="the chart" />}</div>
      )}
      {drawn && transition && (
        <EdgeCard tree={drawn.tree} edge={transition.id} onClose={() => choose({})}>
          <EdgeStops store={store} transition={transition} />
        </EdgeCard>
      )}
      <PastBanner view={view} />
    </section>
  )
}

function useFollow(made: TroupeChart, follow: boolean, setFollow: (follow: boolean) => void): void {
  useChartEvent(made, 'chart-follow', (detail) => setFollow(detail.follow))
  useEffect(() => {
    made.follow = follow
    if (follow) made.showActive()
  }, [follow])
}

/** What stands on the chart for longer than a turn: breakpoints, findings, how long the actor was where. */
function useSigns(store: AgentStore, made: TroupeChart, isWarm: boolean): void {
  const drawn = store.known.chart.value
  const rows = store.known.rows.value
  const findings = store.known.findings.value
  const stops = breakpointsOf(store)
  useEffect(() => made.setBreakpoints(new Set(stops.flatMap(({ on, match }) => (on === 'state' ? [match] : [])))), [stops, drawn])
  const marks = useMemo(() => findingMarks(findings), [findings])
  useEffect(() => made.setMarks(marks), [marks, drawn])
  useEffect(() => made.setHeat(isWarm && drawn ? timeIn(drawn.tree, rows) : undefined), [isWarm, rows, drawn])
}

/** Active states and taken transitions of what is shown. A step forward moves, a jump does not. */
function useLights(store: AgentStore, made: TroupeChart): void {
  const drawn = store.known.chart.value
  const shown = store.shown.value
  const last = useRef<{ readonly drawn: DrawnChart; readonly turn: number; readonly hadEdges: boolean } | undefined>(undefined)
  // In the same frame as the rest of the page: painting is what a busy actor costs.
  useLayoutEffect(() => {
    if (!drawn || !shown) return
    made.activate(activeIn(drawn.tree, shown.value))
    const before = last.current?.drawn === drawn ? last.current : undefined
    const between = shown.isLive && before ? store.known.arrived.value.filter(({ turn }) => turn > before.turn && turn < shown.turn) : []
    const edges = [...between.flatMap(({ detail }) => detail?.edges ?? []), ...(shown.trace?.edges ?? [])]
    // The moment says the same again when it has been loaded.
    const isKnown = before?.turn === shown.turn && (before.hadEdges || edges.length === 0)
    if (isKnown) return
    const isStep =
      between.length <= movedMax && before !== undefined && shown.turn >= before.turn && (shown.isLive || shown.turn - before.turn <= 1)
    made.take(edges, isStep ? (shown.trace?.entered ?? []) : undefined)
    last.current = { drawn, turn: shown.turn, hadEdges: edges.length > 0 }
  }, [drawn, shown])
}

/** More turns than this at once are lit, not moved. */
const movedMax = 4

function PastBanner({ view: { store, open } }: { readonly view: AgentView }) {
  const shown = store.shown.value
  if (!shown || shown.isLive) return null
  const newest = store.known.rows.value.at(-1)?.at
  return (
    <div class="past" role="status">
      <span>
        {shown.at !== undefined && <strong>{clockText(shown.at)}</strong>} turn {shown.turn}
        {shown.at !== undefined && newest !== undefined && newest > shown.at && (
          <>
            {' '}
            · {durationText(newest - shown.at)} behind {liveWord()}
          </>
        )}
      </span>
      <Button icon="fork" acts onClick={() => open({ dialog: 'fork' })}>
        Fork from here
      </Button>
      <Button kind="primary" onClick={() => store.jump(undefined)}>
        Return to {liveWord()}
      </Button>
    </div>
  )
}
