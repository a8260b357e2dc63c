// Use element
// The chart element in a view: made once, drawn when there is a drawing, its selection and what lies on it kept in step with the view.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { defineChart, TroupeChart, type ChartEvents } from './element.ts'
import type { DrawnChart } from './tree.ts'

export function useElement(drawn: DrawnChart | undefined): TroupeChart {
  const made = useMemo(() => {
    defineChart()
    return new TroupeChart()
  }, [])
  // Before what lights it, which is done in the same frame.
  useLayoutEffect(() => {
    if (drawn) made.show(drawn.drawing, drawn.chart)
  }, [drawn])
  return made
}

/** A state or a transition, never both. */
export interface Chosen {
  readonly state?: string
  readonly edge?: string
}

export interface Choice {
  readonly chosen: Chosen
  /** From anywhere but the chart. */
  choose(chosen: Chosen): void
}

/** `state` is what the view has selected; a transition is selected here. */
export function useChoice(made: TroupeChart, state: string | undefined, selectState: (state: string | undefined) => void): Choice {
  const [edge, setEdge] = useState<string | undefined>()
  const said = useRef(0)
  const saidThen = said.current
  const take = (next: Chosen): void => {
    setEdge(next.edge)
    selectState(next.state)
  }
  useChartEvent(made, 'chart-select', (next) => {
    said.current++
    take(next)
  })
  useEffect(() => {
    if (state !== undefined) setEdge(undefined)
    // Keys that follow each other fast have moved the chart on since this was drawn: it is not put back.
    if (said.current === saidThen && made.selected !== state) made.select(state)
  }, [state])
  return {
    chosen: { ...(state !== undefined && { state }), ...(edge !== undefined && { edge }) },
    choose: (next) => {
      made.select(next.state, next.edge === undefined ? {} : { edge: next.edge })
      take(next)
    },
  }
}

export function useChartEvent<Name extends keyof ChartEvents>(
  made: TroupeChart,
  name: Name,
  heard: (detail: ChartEvents[Name]) => void,
): void {
  const latest = useRef(heard)
  latest.current = heard
  useEffect(() => {
    const listening = new AbortController()
    const tell = (event: Event): void => {
      if (event instanceof CustomEvent) latest.current(event.detail)
    }
    made.addEventListener(name, tell, { signal: listening.signal })
    return () => listening.abort()
  }, [])
}

const asideMax = 0.5

/** What lies on the chart, measured again when something else lies there (`what` names it) and whenever the panel or its tools change their size. */
export function useInsets(made: TroupeChart, panel: { readonly current: HTMLElement | null }, what: string): void {
  useEffect(() => {
    const measure = (): void => {
      const of = (name: string): HTMLElement | null => panel.current?.querySelector<HTMLElement>(`:scope > .${name}`) ?? null
      const [tools, past, aside] = [of('chart-tools'), of('past'), of('outline')]
      const { offsetWidth: width = 0 } = panel.current ?? {}
      const asideEnd = aside ? aside.offsetLeft + aside.offsetWidth : 0
      made.setInsets({
        top: tools ? tools.offsetTop + tools.offsetHeight : 0,
        bottom: past ? past.offsetHeight + 14 : 0,
        left: asideEnd > width * asideMax ? 0 : asideEnd,
      })
    }
    measure()
    const resized = new ResizeObserver(measure)
    for (const element of [panel.current, panel.current?.querySelector('.chart-tools')]) if (element) resized.observe(element)
    return () => resized.disconnect()
  }, [what])
}
