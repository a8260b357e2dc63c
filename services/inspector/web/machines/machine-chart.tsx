// Machine chart
// The chart with the fleet's heat on it. Nothing in it is active: it is of all actors of the type.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Outline } from '../agent/outline.tsx'
import { ChartHost, ZoomTools } from '../chart/chart-host.tsx'
import { EdgeCard } from '../chart/edge-card.tsx'
import { FindingsAside, findingMarks, findingsText } from '../chart/findings.tsx'
import { StopButtons } from '../chart/stop-buttons.tsx'
import { useChartEvent, useChoice, useElement, useInsets } from '../chart/use-element.ts'
import { Button } from '../components/button.tsx'
import { countText } from '../format.ts'
import { heatMarks, glowOf } from './heat-marks.ts'
import type { MachineView } from './view.ts'

const nothing: ReadonlySet<string> = new Set()

export function MachineChart({ view }: { readonly view: MachineView }) {
  const { drawn, findings, heat, by, change, breakpoints } = view
  const [aside, setAside] = useState<'outline' | 'findings' | undefined>()
  const made = useElement(drawn)
  const { chosen, choose } = useChoice(made, view.selected, view.select)
  const panel = useRef<HTMLElement>(null)
  useInsets(made, panel, aside ?? '')
  const found = useMemo(() => findingMarks(findings), [findings])
  const marks = useMemo(() => (heat.value ? heatMarks(heat.value, by, found) : found), [heat.value, by, found])
  const stops = breakpoints.rows
  useEffect(() => made.setBreakpoints(new Set(stops.flatMap(({ on, match }) => (on === 'state' ? [match] : [])))), [stops, drawn])
  useChartEvent(made, 'chart-breakpoint', ({ state }) => breakpoints.toggle({ on: 'state', match: state }))
  useEffect(() => made.setMarks(marks), [marks, drawn])
  useEffect(() => made.setHeat(heat.value && glowOf(heat.value, by)), [heat.value, by, drawn])
  const toggle = (what: 'outline' | 'findings'): void => setAside(aside === what ? undefined : what)
  const transition = drawn.tree.edges.get(chosen.edge ?? '')?.transition
  const edge = heat.value?.edges.find((one) => one.edge === chosen.edge)
  return (
    <section class="chart-panel" aria-label="Statechart" ref={panel}>
      <div class="chart-tools" role="group" aria-label="Chart">
        <ZoomTools made={made} />
        <Button icon="agents" pressed={by === 'actors'} onClick={() => change({ by: '' })} title="Colour states by the actors in them">
          Actors now
        </Button>
        <Button icon="heat" pressed={by === 'time'} onClick={() => change({ by: 'time' })} title="Colour states by the time spent in them">
          Time in state
        </Button>
        <Button icon="outline" pressed={aside === 'outline'} onClick={() => toggle('outline')} title="The same as a tree">
          Outline
        </Button>
        {findings.length > 0 && (
          <Button icon="alert" kind="ghost" pressed={aside === 'findings'} onClick={() => toggle('findings')}>
            {findingsText(findings.length)}
          </Button>
        )}
      </div>
      {aside === 'outline' && <Outline tree={drawn.tree} active={nothing} chosen={chosen} marks={found} onChoose={choose} />}
      {aside === 'findings' && <FindingsAside findings={findings} onChoose={choose} />}
      <ChartHost made={made} />
      {transition && (
        <EdgeCard tree={drawn.tree} edge={transition.id} onClose={() => choose({})}>
          <p class="muted">{edge ? `Taken ${countText(edge.taken)}, failed ${countText(edge.failed)}` : 'Not taken in this time'}</p>
          <StopButtons transition={transition} set={stops} onToggle={breakpoints.toggle} />
        </EdgeCard>
      )}
    </section>
  )
}
