// Merged chart
// The chart of both with what was found marked on it, and beside it the same as a list: either leads to the other.
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { announce } from '../announce.ts'
import { defineChart, TroupeChart } from '../chart/element.ts'
import { Badge, type Tone } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { plural } from '../format.ts'
import type { Chart, Drawing } from '../wire.ts'
import { marksOf, type Finding } from './findings.ts'

export interface MergedChartProps {
  readonly chart: Chart
  readonly layout: Drawing
  readonly findings: readonly Finding[]
  /** Of the chart: a state or a transition. */
  readonly selected: string | undefined
  select(id: string | undefined): void
  /** What is said when nothing was found. */
  readonly none: string
}

/** What lies on the chart above, in pixels. */
const toolsH = 48
/** More are not listed: the tables have them all. */
const listedMax = 150

export function MergedChart({ chart, layout, findings, selected, select, none }: MergedChartProps) {
  const element = useMergedChart({ chart, layout, findings, selected, select })
  const listed = findings.slice(0, listedMax)
  return (
    <div class="compare-chart">
      <section class="chart-panel" aria-label="Statechart of both">
        <div class="chart-tools" role="group" aria-label="Chart">
          <Button icon="fit" label="Show the whole chart (0)" onClick={() => element.fit()} />
          <Button icon="minus" label="Smaller (-)" onClick={() => element.zoom(1 / 1.25)} />
          <Button icon="plus" label="Larger (+)" onClick={() => element.zoom(1.25)} />
        </div>
        <ChartHost element={element} />
      </section>
      <section class="panel compare-found" aria-label="Differences">
        <header>
          <h2>{findings.length === 0 ? 'No differences' : plural(findings.length, 'difference')}</h2>
        </header>
        {findings.length === 0 && <p class="muted panel-body">{none}</p>}
        <ol>
          {listed.map((finding, at) => (
            <li key={`${finding.id} ${at}`}>
              <FindingButton finding={finding} isChosen={finding.id === selected} onChoose={() => select(finding.id)} />
            </li>
          ))}
        </ol>
        {listed.length < findings.length && <p class="muted panel-body">{findings.length - listed.length} more are in the tables.</p>}
      </section>
    </div>
  )
}

const tones: Readonly<Record<Finding['mark']['tone'], Tone>> = {
  added: 'good',
  removed: 'bad',
  changed: 'warn',
  'only-a': 'accent',
  'only-b': 'violet',
  hot: 'warn',
  finding: 'warn',
}

const FindingButton = ({ finding, isChosen, onChoose }: { readonly finding: Finding; readonly isChosen: boolean; onChoose(): void }) => (
  <button type="button" class="compare-item" aria-pressed={isChosen} onClick={onChoose}>
    <span class="compare-item-head">
      <Badge tone={tones[finding.mark.tone]}>{finding.word}</Badge>
      <span class="muted">{finding.kind}</span>
    </span>
    <code>{finding.title}</code>
    {finding.lines.length > 0 && <span class="compare-line">{finding.lines.join(' · ')}</span>}
  </button>
)

/** The element is made once and outlives every render. */
function ChartHost({ element }: { readonly element: TroupeChart }) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    host.current?.append(element)
  }, [])
  return <div class="chart-host" ref={host} />
}

function useMergedChart({ chart, layout, findings, selected, select }: Omit<MergedChartProps, 'none'>): TroupeChart {
  const made = useMemo(() => {
    defineChart()
    const element = new TroupeChart()
    element.setInsets({ top: toolsH, bottom: 0, left: 0 })
    return element
  }, [])
  const chosen = useRef(select)
  chosen.current = select
  useEffect(() => {
    const leaving = new AbortController()
    const onSelect = (event: Event): void => {
      const detail: { readonly state?: string; readonly edge?: string } = event instanceof CustomEvent ? event.detail : {}
      chosen.current(detail.state ?? detail.edge)
    }
    made.addEventListener('chart-select', onSelect, { signal: leaving.signal })
    return () => leaving.abort()
  }, [])
  useEffect(() => made.show(layout, chart), [layout, chart])
  useEffect(() => made.setMarks(marksOf(findings)), [layout, findings])
  useEffect(() => {
    const finding = findings.find(({ id }) => id === selected)
    const isState = selected !== undefined && layout.boxes.some(({ id }) => id === selected)
    if (selected === undefined) made.select(undefined)
    else if (isState) made.select(selected)
    else made.select(undefined, { edge: selected })
    if (finding) announce(`${finding.title}: ${[finding.word, ...finding.lines].join(', ')}`)
  }, [selected, layout])
  return made
}
