import type { DrawnChart } from '../chart/tree.ts'
import type { Asked } from '../use-answer.ts'
import type { Finding } from '../wire.ts'
import type { TypeBreakpoints } from './breakpoints.ts'
import type { HeatBy } from './heat-marks.ts'
import type { MachineHeat, MachineRow } from './wire.ts'

/** What the parts of the page share; the address has all of it but the selection. */
export interface MachineView {
  readonly machine: MachineRow
  readonly drawn: DrawnChart
  readonly findings: readonly Finding[]
  readonly heat: Asked<MachineHeat>
  readonly breakpoints: TypeBreakpoints
  readonly minutes: string
  readonly by: HeatBy
  readonly selected: string | undefined
  select(state: string | undefined): void
  /** Changes the address. */
  change(query: Readonly<Record<string, string>>): void
}
