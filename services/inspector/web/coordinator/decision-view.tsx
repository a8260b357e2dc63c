// Decision view
// Why this agent: every candidate, the sample that decided, what excluded the others, what came of it.
import { Badge } from '../components/badge.tsx'
import { Json } from '../components/json.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered, Empty } from '../components/states.tsx'
import { durationText, percentText, timeText, usdText } from '../format.ts'
import { useCrumbs } from '../page.ts'
import { pathOf, type Place } from '../place.ts'
import { queryOf } from '../api.ts'
import { useAnswer } from '../use-answer.ts'
import { Candidates } from './candidates.tsx'
import { OutcomeBadge } from './decisions-table.tsx'
import { Features } from './features.tsx'
import { Replay } from './replay.tsx'
import type { WholeDecision } from './wire.ts'

const openMs = 3_000

export function DecisionView({ place: { query }, id }: { readonly place: Place; readonly id: string }) {
  useCrumbs({ text: id })
  const asked = useAnswer<WholeDecision>(`/decisions/${encodeURIComponent(id)}${queryOf({ tenant: query['tenant'] })}`, { everyMs: openMs })
  return (
    <div class="page">
      <Answered asked={asked} what={`decision ${id}`}>
        {(decision) => (
          <>
            <header class="page-head">
              <h1>Why {decision.arm}</h1>
              {decision.policyVersion !== undefined && <Badge tone="violet">policy {decision.policyVersion}</Badge>}
              <OutcomeBadge row={decision} />
              <span class="muted">
                {'for '}
                <a href={pathOf({ page: 'tasks', id: decision.taskId })}>task {decision.taskId}</a>
                {` · ${decision.taskType} · ${timeText(decision.madeAt, Date.now())}`}
              </span>
              <span class="space" />
              <a class="button" href={`/v1/decisions/${encodeURIComponent(id)}`} target="_blank" rel="noreferrer">
                <span>As JSON</span>
              </a>
            </header>
            {decision.why !== undefined && <p class="page-lead">{decision.why}</p>}
            <Panel
              title={`${decision.candidates.length} candidates`}
              beside={
                <span class="muted small">
                  bars: mean and middle 90 % · <span class="diamond-sign">◆</span> the sample that decided
                </span>
              }
            >
              {decision.candidates.length === 0 ? (
                <Empty title="Its candidates are not kept">The log no longer holds them.</Empty>
              ) : (
                <Candidates candidates={decision.candidates} chosen={decision.arm} shadow={decision.shadow} label="Candidates" />
              )}
              <Others others={decision.others} />
            </Panel>
            {decision.candidates.length > 0 && <Replay key={id} decision={decision} />}
            <div class="columns-3">
              <Facts decision={decision} />
              <CameOfIt decision={decision} />
              {decision.features && Object.keys(decision.features).length > 0 && <Features features={decision.features} />}
              <Asked decision={decision} />
            </div>
          </>
        )}
      </Answered>
    </div>
  )
}

const Others = ({ others }: Pick<WholeDecision, 'others'>) => {
  const rows = Object.entries(others)
  return rows.length === 0 ? null : (
    <p class="muted small panel-foot">
      Not listed, excluded by: {rows.map(([constraint, count]) => `${constraint} (${count})`).join(', ')}.
    </p>
  )
}

const Facts = ({
  decision: { shard, rank, propensity, random, predicted, shadow, arm, policyVersion },
}: {
  readonly decision: WholeDecision
}) => (
  <Panel title="How it was decided">
    <dl class="pairs panel-body">
      <dt>decided by</dt>
      <dd>{shard ?? 'main'}</dd>
      <dt>policy</dt>
      <dd>{policyVersion ?? '–'}</dd>
      <dt>rank</dt>
      <dd>{rank === 1 ? 'first' : `${rank}, of those taken together`}</dd>
      <dt>propensity</dt>
      <dd>{propensity === undefined ? '–' : percentText(propensity)}</dd>
      <dt>chance came from</dt>
      <dd>{random === undefined ? '–' : random.toFixed(8)}</dd>
      <dt>expected success</dt>
      <dd>{predicted === undefined ? '–' : percentText(predicted)}</dd>
      {shadow !== undefined && (
        <>
          <dt>the shadow policy</dt>
          <dd>{shadow === arm ? 'agrees' : `would have taken ${shadow}`}</dd>
        </>
      )}
    </dl>
  </Panel>
)

const CameOfIt = ({ decision: { outcome, censored, predicted } }: { readonly decision: WholeDecision }) => (
  <Panel title="Its outcome">
    {outcome ? (
      <dl class="pairs panel-body">
        <dt>it</dt>
        <dd class={outcome.ok ? 'good-text' : 'bad-text'}>{outcome.ok ? 'succeeded' : 'failed'}</dd>
        <dt>reward</dt>
        <dd>{`${outcome.reward.toFixed(3)}${predicted === undefined ? '' : `, expected ${predicted.toFixed(3)}`}`}</dd>
        {outcome.surprise !== undefined && (
          <>
            <dt>surprise</dt>
            <dd>{outcome.surprise.toFixed(2)} bit</dd>
          </>
        )}
        {outcome.quality !== undefined && (
          <>
            <dt>quality</dt>
            <dd>{percentText(outcome.quality)}</dd>
          </>
        )}
        <dt>cost</dt>
        <dd>{outcome.costUsd === undefined ? '–' : usdText(outcome.costUsd)}</dd>
        <dt>took</dt>
        <dd>{outcome.latencyMs === undefined ? '–' : durationText(outcome.latencyMs)}</dd>
      </dl>
    ) : (
      <Empty title={censored === undefined ? 'Not known yet' : 'Nothing was learned from it'}>
        {censored ?? 'It is shown here when the task tells how it went.'}
      </Empty>
    )}
  </Panel>
)

const Asked = ({ decision: { request, policy } }: { readonly decision: WholeDecision }) => (
  <Panel title="What was asked for">
    <div class="panel-body">
      <Json value={request} label="What was asked for" />
      {policy !== undefined && (
        <details class="as-table">
          <summary>The policy</summary>
          <Json value={policy} label="The policy" />
        </details>
      )}
    </div>
  </Panel>
)
