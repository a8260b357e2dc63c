import { pathText } from '../chart/tree.ts'
import { isSame } from '../chart/stop-buttons.tsx'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { clockText, durationText } from '../format.ts'
import { openedExport } from '../offline/source.ts'
import { pathOf } from '../place.ts'
import { stopMs, type TypeBreakpoint } from './breakpoints.ts'
import type { MachineView } from './view.ts'

/** Where all actors of the type stop, by whom and until when; the selected state can be made such a place. */
export function BreakpointsPart({ view }: { readonly view: MachineView }) {
  const { breakpoints, drawn, machine, selected } = view
  const { rows, problem, toggle, clear } = breakpoints
  if (openedExport.value) return null
  const place = selected !== undefined && drawn.tree.places.has(selected) ? { on: 'state' as const, match: selected } : undefined
  const stops = place !== undefined && rows.some(isSame(place))
  return (
    <section class="part" aria-label="Breakpoints of the type">
      <h2>
        Breakpoints {rows.length > 0 && <Badge tone="warn">{rows.length}</Badge>}
        <span class="space" />
        {rows.length > 0 && (
          <Button acts kind="ghost" onClick={clear}>
            Take all away
          </Button>
        )}
      </h2>
      {problem && <p class="bad">{`They could not be read: ${problem.detail}`}</p>}
      <ul class="breakpoints">
        {rows.map((row) => (
          <Row key={row.id} row={row} view={view} />
        ))}
      </ul>
      {place && (
        <p class="edge-stops">
          <Button acts icon="stop" pressed={stops} onClick={() => toggle(place)}>
            {`${stops ? 'They stop at' : 'Stop at'} ${pathText(drawn.tree, place.match)}`}
          </Button>
        </p>
      )}
      {rows.length === 0 ? (
        <p class="muted">
          None. The dot of a state (or b on the chart) sets one for every actor of this type, those born later too; a selected transition
          offers more. An actor that reaches one stands still for {durationText(stopMs)} at most.
        </p>
      ) : (
        <p class="muted">
          Every actor of this type stops there, those born later too.{' '}
          <a href={pathOf({ page: 'agents', query: { type: machine.type, held: 'true' } })}>Actors that stand still</a>
        </p>
      )}
    </section>
  )
}

function Row({ row, view: { breakpoints, drawn, select } }: { readonly row: TypeBreakpoint; readonly view: MachineView }) {
  const { on, match, by, until, holdMs } = row
  const isState = on === 'state' && drawn.tree.places.has(match)
  return (
    <li title={`An actor that reaches it stands still for ${durationText(holdMs)} at most`}>
      <span class="muted">{on}</span>
      {isState ? (
        <button type="button" class="plain-link" onClick={() => select(match)}>
          {pathText(drawn.tree, match)}
        </button>
      ) : (
        <code>{match}</code>
      )}
      <span class="muted">{`by ${by}, until ${clockText(until, { ms: false })}`}</span>
      <span class="space" />
      <Button acts kind="ghost" icon="close" label={`Do not stop at ${match}`} onClick={() => breakpoints.toggle(row)} />
    </li>
  )
}
