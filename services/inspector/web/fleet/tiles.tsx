import type { ComponentChildren } from 'preact'
import { Sparkline } from '../components/sparkline.tsx'

export interface TileProps {
  readonly name: string
  readonly value: string
  readonly unit?: string
  readonly below?: ComponentChildren
  readonly values?: readonly (number | undefined)[]
  /** Places of values at which something changed. */
  readonly marks?: readonly number[]
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad'
}

/** One figure, and how it was a moment ago. */
export const Tile = ({ name, value, unit, below, values, marks = [], tone = 'accent' }: TileProps) => (
  <div class="tile">
    <h2>{name}</h2>
    <p class="tile-value">
      {value} {unit !== undefined && <span>{unit}</span>}
    </p>
    {values && (
      <Sparkline values={values} label={`${name} over time; now ${value} ${unit ?? ''}`} w={220} h={34} tone={tone} marks={marks} />
    )}
    {below !== undefined && <p class="tile-below">{below}</p>}
  </div>
)
