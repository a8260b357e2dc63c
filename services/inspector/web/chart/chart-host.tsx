import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import type { TroupeChart } from './element.ts'

/** The element is made once and outlives every render. */
export function ChartHost({ made }: { readonly made: TroupeChart }) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => host.current?.append(made), [])
  return <div class="chart-host" ref={host} />
}

export const ZoomTools = ({ made }: { readonly made: TroupeChart }) => (
  <>
    <Button icon="fit" label="Show the whole chart (0)" onClick={() => made.fit()} />
    <Button icon="minus" label="Smaller (-)" onClick={() => made.zoom(1 / 1.25)} />
    <Button icon="plus" label="Larger (+)" onClick={() => made.zoom(1.25)} />
  </>
)
