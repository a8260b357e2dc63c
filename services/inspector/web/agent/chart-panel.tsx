// Chart panel
// The actor's chart with what is active in the moment that is shown, and the way to and from that moment.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { defineChart, TroupeChart } from '../chart/element.ts'
import { activeIn } from '../chart/tree.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed, Loading } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import type { Finding } from '../wire.ts'
import type { AgentView } from './view.ts'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import { timeIn } from './heat.ts'
import type { DrawnChart } from './knowledge.ts'
import { Outline } from './outline.tsx'
import type { AgentStore } from './store.ts'

export function ChartPanel({ view }: { readonly view: AgentView }) {
  const { store, selected, select } = view
  const { chart, chartProblem, findings } = store.known
  const [follow, setFollow] = useState(false)
  const [isWarm, setWarm] = useState(false)
  const [hasOutline, setOutline] = useState(false)
  const [isLintOpen, setLintOpen] = useState(false)
  const element = useChart(view, { follow, setFollow, isWarm })
  const drawn = chart.value
  return (
    <section class="chart-panel" aria-label="Statechart">
      <div class="chart-tools" role="group" aria-label="Chart">
        <Button icon="fit" label="Show the whole chart (0)" onClick={() => element.current?.fit()} />
        <Button icon="minus" label="Smaller (-)" onClick={() => element.current?.zoom(1 / 1.25)} />
        <Button icon="plus" label="Larger (+)" onClick={() => element.current?.zoom(1.25)} />
        <Button icon="follow" pressed={follow} onClick={() => setFollow(!follow)} title="Keep what is active in sight">
          Follow active
        </Button>
        <Button icon="heat" pressed={isWarm} onClick={() => setWarm(!isWarm)} title="Colour states by the time spent in them">
          Time in state
        </Button>
        <Button icon="outline" pressed={hasOutline} onClick={() => setOutline(!hasOutline)} title="The same states as a tree">
          Outline
        </Button>
        {findings.value.length > 0 && (
          <Button icon="alert" kind="ghost" onClick={() => setLintOpen(true)}>
            {findings.value.length === 1 ? '1 finding' : `${findings.value.length} findings`}
          </Button>
        )}
      </div>
      {hasOutline && drawn && (
        <Outline
          tree={drawn.tree}
          active={activeIn(drawn.tree, store.shown.value?.value)}
          selected={selected}
          onSelect={(state, edge) => {
            select(state)
            element.current?.select(state, edge === undefined ? {} : { edge })
          }}
        />
      )}
      <ChartHost element={element} />
      {!drawn && (
        <div class="chart-cover">{chartProblem.value ? <Failed problem={chartProblem.value} /> : <Loading what="the chart" />}</div>
      )}
      <PastBanner view={view} />
      {isLintOpen && (
        <Dialog title="What the chart's lint found" wide onClose={() => setLintOpen(false)}>
          <Findings findings={findings.value} onChoose={(state) => element.current?.select(state)} />
        </Dialog>
      )}
    </section>
  )
}

/** The element is made once and outlives every render. */
function ChartHost({ element }: { readonly element: { current: TroupeChart | null } }) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (element.current) host.current?.append(element.current)
  }, [])
  return <div class="chart-host" ref={host} />
}

interface ChartWishes {
  readonly follow: boolean
  setFollow(follow: boolean): void
  readonly isWarm: boolean
}

function useChart({ store, selected, select }: AgentView, { follow, setFollow, isWarm }: ChartWishes) {
  const element = useRef<TroupeChart | null>(null)
  const made = useMemo(() => {
    defineChart()
    return new TroupeChart()
  }, [])
  element.current = made
  useEffect(() => {
    const chosen = new AbortController()
    const { signal } = chosen
    made.addEventListener('chart-select', (event) => select(detailOf(event).state), { signal })
    made.addEventListener('chart-follow', () => setFollow(false), { signal })
    made.addEventListener('chart-breakpoint', (event) => void toggleBreakpoint(store, 'state', detailOf(event).state ?? ''), { signal })
    return () => chosen.abort()
  }, [])
  const drawn = store.known.chart.value
  useEffect(() => {
    if (drawn) made.show(drawn.drawing, drawn.chart)
  }, [drawn])
  useLights(store, made)
  const stops = breakpointsOf(store)
  useEffect(() => made.setBreakpoints(new Set(stops.flatMap(({ on, match }) => (on === 'state' ? [match] : [])))), [stops, drawn])
  const rows = store.known.rows.value
  useEffect(() => made.setHeat(isWarm && drawn ? timeIn(drawn.tree, rows) : undefined), [isWarm, rows, drawn])
  useEffect(() => {
    made.follow = follow
    if (follow) made.showActive()
  }, [follow])
  useEffect(() => {
    if (made.selected !== selected) made.select(selected)
  }, [selected])
  return element
}

/** Active states and taken transitions of what is shown. A step forward moves, a jump does not. */
function useLights(store: AgentStore, made: TroupeChart): void {
  const drawn = store.known.chart.value
  const shown = store.shown.value
  const last = useRef<{ readonly drawn: DrawnChart; readonly turn: number; readonly hadEdges: boolean } | undefined>(undefined)
  useEffect(() => {
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

const detailOf = (event: Event): { readonly state?: string } => (event instanceof CustomEvent ? event.detail : {})

function PastBanner({ view: { store, open } }: { readonly view: AgentView }) {
  const shown = store.shown.value
  if (!shown || shown.isLive) return null
  const newest = store.known.rows.value.at(-1)?.at
  return (
    <div class="past" role="status">
      <span>
        {shown.at !== undefined && <strong>{clockText(shown.at)}</strong>} turn {shown.turn}
        {shown.at !== undefined && newest !== undefined && newest > shown.at && <> · {durationText(newest - shown.at)} behind live</>}
      </span>
      <Button icon="fork" onClick={() => open({ dialog: 'fork' })}>
        Fork from here
      </Button>
      <Button kind="primary" onClick={() => store.jump(undefined)}>
        Return to live
      </Button>
    </div>
  )
}

const Findings = ({ findings, onChoose }: { readonly findings: readonly Finding[]; onChoose(state: string): void }) => (
  <ul class="findings">
    {findings.map((finding) => (
      <li key={`${finding.rule} ${finding.state} ${finding.edge ?? ''}`} class={finding.severity}>
        <button type="button" class="plain-link" onClick={() => onChoose(finding.state)}>
          {finding.state}
        </button>{' '}
        <code>{finding.rule}</code>
        <p>{finding.what}</p>
        <p class="muted">{finding.mend}</p>
      </li>
    ))}
  </ul>
)
