// Store
// What the fleet said since the page was opened: it stays when the reader looks at something else and comes back.
import { signal, type ReadonlySignal } from '@preact/signals'
import { useLive } from '../live.ts'
import { addRows, noSeries, type Series } from './series.ts'
import type { FleetRow } from './wire.ts'

const series = signal<Series>(noSeries)
export const fleetSeries: ReadonlySignal<Series> = series

export const useFleet = (): void =>
  useLive('fleet', ({ rows = [] }) => {
    series.value = addRows(series.value, rows as readonly FleetRow[]) // the gateway's own rows
  })
