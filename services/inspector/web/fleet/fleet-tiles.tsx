import { countText, durationText, percentText, usdText } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import { columnAt, lineOf, type Window } from './series.ts'
import { Tile } from './tiles.tsx'
import type { Analytics, Figures, FleetRow, Mark } from './wire.ts'

const analyticsMs = 15_000

const failedShare = ({ perSecond }: FleetRow): number | undefined =>
  perSecond && (perSecond.turns > 0 ? perSecond.failures / perSecond.turns : 0)

const shownDays = 14
const dayMs = 86_400_000

/** Each of the last days, those too on which nothing ended. */
function lastDays(days: Analytics['days'], at: number): readonly Figures[] {
  const known = new Map(days.map((one) => [one.day, one]))
  return Array.from({ length: shownDays }, (_, index) => {
    const day = new Date(at - (shownDays - 1 - index) * dayMs).toISOString().slice(0, 10)
    return known.get(day) ?? { tasks: 0, completed: 0, failed: 0, costUsd: 0, tokens: 0 }
  })
}

export interface FleetTilesProps {
  /** The samples of the shown time, by column. */
  readonly columns: readonly (readonly FleetRow[])[]
  readonly window: Window
  readonly now: number
  readonly marks: readonly Mark[]
}

export function FleetTiles({ columns, window, now, marks }: FleetTilesProps) {
  const asked = useAnswer<Analytics>('/analytics?days=14', { everyMs: analyticsMs })
  const last = columns.findLast((rows) => rows.length > 0)?.at(-1)
  const waited = columns.flat().findLast(({ waitMs }) => waitMs)?.waitMs
  const failed = lineOf(columns, failedShare)
  const seen = failed.filter((one) => one !== undefined)
  const failures = seen.length === 0 ? undefined : seen.reduce((sum, one) => sum + one, 0) / seen.length
  const days = asked.value ? lastDays(asked.value.days, asked.value.at) : []
  const today = days.at(-1)
  const deploys = marks.filter(({ kind }) => kind === 'deploy').map(({ at }) => columnAt(at, window, now))
  return (
    <div class="tiles">
      <Tile
        name="Turns"
        value={last?.perSecond ? countText(last.perSecond.turns) : '–'}
        unit="/s"
        values={lineOf(columns, ({ perSecond }) => perSecond?.turns)}
        marks={deploys}
        below={last?.perSecond && `${countText(last.perSecond.effects)} effects /s`}
      />
      <Tile
        name="Messages wait, p95"
        value={waited ? durationText(waited.p95) : '–'}
        tone="warn"
        values={lineOf(columns, ({ waitMs }) => waitMs?.p95)}
        marks={deploys}
        below={waited ? `p50 ${durationText(waited.p50)} · p99 ${durationText(waited.p99)}` : 'no message in this time'}
      />
      <Tile
        name="Tasks finished today"
        value={today ? countText(today.tasks) : '–'}
        tone="good"
        values={days.map(({ tasks }) => tasks)}
        below={
          today?.p95Ms === undefined
            ? 'last 14 days'
            : `p95 ${durationText(today.p95Ms)} · ${percentText(today.successShare ?? 0)} completed`
        }
      />
      <Tile
        name="Models cost today"
        value={today ? usdText(today.costUsd) : '–'}
        values={days.map(({ costUsd }) => costUsd)}
        below={today ? `${countText(today.tokens)} tokens` : 'last 14 days'}
      />
      <Tile
        name="Turns that failed"
        value={failures === undefined ? '–' : percentText(failures)}
        tone="bad"
        values={failed}
        marks={deploys}
        below={last?.perSecond && `${countText(last.perSecond.deadLetters)} dead letters /s`}
      />
    </div>
  )
}
