// Coordinator view
// Who is chosen, by which policy, how well it foresees, what it has learned, and the latest decisions.
import { queryOf } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { Tile } from '../fleet/tiles.tsx'
import { countText, percentText, plural, timeText, usdText } from '../format.ts'
import { useLive } from '../live.ts'
import { pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { useAtMostEvery, useRows } from '../use-rows.ts'
import { Calibration } from './calibration.tsx'
import { DecisionsTable } from './decisions-table.tsx'
import { Learned } from './learned.tsx'
import { Predict } from './predict.tsx'
import { Regret } from './regret.tsx'
import type { CoordinatorSummary, DecisionRow } from './wire.ts'

const everyMs = 15_000
const reloadMs = 2_500
const pageRows = 25

export function CoordinatorView({ place: { query } }: { readonly place: Place }) {
  const { task = '', agent = '' } = query
  const summary = useAnswer<CoordinatorSummary>('/coordinator', { everyMs })
  const listed = useRows<DecisionRow>(`/decisions${queryOf({ task, agent, limit: pageRows })}`, ({ tenant, id }) => `${tenant} ${id}`, {
    everyMs,
  })
  const reload = useAtMostEvery(reloadMs, () => {
    listed.reload()
    summary.reload()
  })
  useLive('decisions', reload)
  const filter = (change: Readonly<Record<string, string>>): void => {
    const kept = Object.fromEntries(Object.entries({ task, agent, ...change }).filter(([, value]) => value !== ''))
    go(pathOf({ page: 'coordinator', query: kept }), { replace: true })
  }
  return (
    <div class="page">
      <header class="page-head">
        <h1>Coordinator</h1>
        {summary.value && <Policies policies={summary.value.policies} />}
        {summary.value && (
          <span class="muted">{`${plural(summary.value.agents, 'agent')} · ${plural(summary.value.shards.length, 'shard')}`}</span>
        )}
      </header>
      <Answered asked={summary} what="the coordinator">
        {(value) => (
          <>
            <Blocked blocked={value.blocked} />
            <Tiles value={value} />
            <div class="columns-3">
              <Regret passed={value.passed} />
              <Calibration calibration={value.calibration} />
              <Learned learned={value.learned} learnedMore={value.learnedMore} />
            </div>
          </>
        )}
      </Answered>
      <Predict types={[...new Set(summary.value?.learned.map(({ taskType }) => taskType))]} />
      <div class="filters" role="search">
        <h2>Decisions</h2>
        <input
          class="field"
          type="search"
          aria-label="Task"
          placeholder="of task"
          value={task}
          onChange={(event) => filter({ task: event.currentTarget.value.trim() })}
        />
        <input
          class="field"
          type="search"
          aria-label="Agent"
          placeholder="that took agent"
          value={agent}
          onChange={(event) => filter({ agent: event.currentTarget.value.trim() })}
        />
      </div>
      <Answered asked={listed} what="decisions">
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No decision here">Each task that needs an agent makes one.</Empty>
          ) : (
            <DecisionsTable rows={rows} listed={listed} />
          )
        }
      </Answered>
    </div>
  )
}

const modes: Readonly<Record<string, string>> = {
  thompson: 'Thompson sampling',
  linucb: 'LinUCB',
  pinned: 'pinned',
  'best-single': 'best single',
}
const modeText = (mode: string): string => (Object.hasOwn(modes, mode) ? (modes[mode] ?? mode) : mode)

const Policies = ({ policies: { live, canary, shadow } }: Pick<CoordinatorSummary, 'policies'>) => (
  <span class="chips">
    <Badge tone="violet">{`${modeText(live.mode)} · ${live.version}`}</Badge>
    {canary && <Badge tone="warn">{`canary ${canary.version}, ${percentText(canary.share ?? 0)}`}</Badge>}
    {shadow && <Badge tone="accent">{`shadow ${shadow.version}`}</Badge>}
  </span>
)

const Blocked = ({ blocked }: Pick<CoordinatorSummary, 'blocked'>) =>
  blocked.length === 0 ? null : (
    <p class="notice warn">
      Left alone after failures: {blocked.map(({ name, until }) => `${name} until ${timeText(until, Date.now())}`).join(', ')}.
    </p>
  )

function Tiles({ value: { days, calibration, open, passed, shards } }: { readonly value: CoordinatorSummary }) {
  const today = days.at(-1)
  const settled = days.reduce((sum, one) => sum + one.settled, 0)
  const succeeded = days.reduce((sum, one) => sum + one.succeeded, 0)
  const given = passed.reduce((sum, one) => sum + one.given, 0) / Math.max(1, passed.length)
  return (
    <div class="tiles">
      <Tile name="Decided today" value={countText(today?.decided ?? 0)} below={`${countText(open)} wait for their outcome at the root`} />
      <Tile
        name="Succeeded, 14 days"
        value={settled === 0 ? '–' : percentText(succeeded / settled)}
        below={`of ${countText(settled)} outcomes`}
      />
      <Tile
        name="Predicted today"
        value={today?.predicted === undefined ? '–' : percentText(today.predicted)}
        below={today?.reward === undefined ? 'no outcome yet' : `came ${percentText(today.reward)}`}
      />
      <Tile name="Given up a decision" value={passed.length === 0 ? '–' : percentText(given)} below="of expected success, to learn" />
      <Tile
        name="Cost today"
        value={usdText(today?.costUsd ?? 0)}
        below={calibration.outcomes === 0 ? plural(shards.length, 'shard') : `predictions are ${percentText(calibration.ece)} off`}
      />
    </div>
  )
}
