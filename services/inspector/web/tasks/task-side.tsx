// Task side
// What came of a task, who worked on it, what it cost and where its time went.
import { Panel } from '../components/panel.tsx'
import { Shares } from '../figures/shares.tsx'
import { countText, durationText, percentText, plural, usdText } from '../format.ts'
import { agentPath, pathOf } from '../place.ts'
import { nameOf } from './lanes.ts'
import { kindNames } from './run-legend.tsx'
import { PeopleDecided } from './people-decided.tsx'
import { TaskBadge } from './task-badge.tsx'
import type { Run, WholeTask } from './wire.ts'

const partsMax = 6
const timeKinds = ['llm', 'tool', 'human', 'retry', 'queue', 'other'] as const

export const TaskSide = ({ task, run }: { readonly task: WholeTask; readonly run: Run | undefined }) => (
  <>
    <Answer task={task} />
    {task.executions.length > 0 && <Executions task={task} />}
    {run && <Cost run={run} task={task} />}
    {run && <Time run={run} />}
    {run?.decided && run.decided.length > 0 && <PeopleDecided decided={run.decided} />}
    {task.steps.length > 0 && <Steps task={task} />}
  </>
)

const Answer = ({ task: { answer, citations, offline } }: { readonly task: WholeTask }) =>
  answer === undefined ? null : (
    <Panel title="Answer" beside={offline && <span class="muted">by the offline model</span>}>
      <div class="panel-body">
        <div class="prose answer" tabIndex={0} role="region" aria-label="The answer">
          {answer}
        </div>
        {Array.isArray(citations) && citations.length > 0 && (
          <details class="as-table">
            <summary>{citations.length} sources</summary>
            <ul>
              {citations.map((one, index) => (
                <li key={index}>
                  <code>{typeof one === 'string' ? one : sourceOf(one)}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Panel>
  )

function sourceOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = new Map<string, unknown>(Object.entries(value))
  const source = fields.get('source') ?? fields.get('file') ?? fields.get('path')
  return typeof source === 'string' ? source : JSON.stringify(value)
}

const Executions = ({ task: { executions } }: { readonly task: WholeTask }) => (
  <Panel title="Who worked on it">
    <ul class="panel-body lines">
      {executions.map(({ id, agent, agentActor, model, status, decisionId, why, reason, durationMs }) => (
        <li key={id}>
          <div class="line-head">
            {agentActor === undefined ? (
              <strong>{agent}</strong>
            ) : (
              <a href={agentPath(agentActor)}>{model === undefined ? agent : `${agent}@${model}`}</a>
            )}
            <TaskBadge status={status} />
            <span class="space" />
            {durationMs !== undefined && <span class="figure-text">{durationText(durationMs)}</span>}
          </div>
          {reason !== undefined && <p class="bad-text">{reason}</p>}
          {why !== undefined && <p class="muted">{why}</p>}
          {decisionId !== undefined && <a href={pathOf({ page: 'coordinator', id: decisionId })}>why it was chosen</a>}
        </li>
      ))}
    </ul>
  </Panel>
)

function Cost({ run: { cost }, task: { usage, budgetUsd } }: { readonly run: Run; readonly task: WholeTask }) {
  const usd = cost.reduce((sum, { costUsd }) => sum + costUsd, 0)
  const tokens = cost.reduce((sum, one) => sum + one.tokens, 0)
  const shown = cost.slice(0, partsMax)
  const rest = cost.slice(partsMax)
  const restUsd = rest.reduce((sum, { costUsd }) => sum + costUsd, 0)
  const shares = shown.map((one, index) => ({
    name: nameOf(one.actor),
    tone: String(index % 6),
    value: usd > 0 ? one.costUsd : one.tokens,
    text: `${usdText(one.costUsd)} · ${countText(one.tokens)} tok`,
    path: agentPath(one.actor),
  }))
  const others = rest.length === 0 ? [] : [{ name: `${rest.length} more`, tone: 'other', value: restUsd, text: usdText(restUsd) }]
  const calls = usage ? `${plural(usage.llmCalls, 'model call')} · ${plural(usage.toolCalls, 'tool call')}` : ''
  return (
    <Panel title="Cost" beside={<span class="figure-text">{`${usdText(usd)} · ${countText(tokens)} tok`}</span>}>
      <div class="panel-body">
        {cost.length === 0 ? (
          <p class="calm-line">No model was called.</p>
        ) : (
          <Shares label="Cost by actor" shares={[...shares, ...others]} />
        )}
        {calls !== '' && <p class="muted">{calls}</p>}
        {budgetUsd !== undefined && (
          <p class={usd >= budgetUsd && usd > 0 ? 'bad-text' : 'muted'}>{`of ${usdText(budgetUsd)} it may cost`}</p>
        )}
      </div>
    </Panel>
  )
}

function Time({ run: { time } }: { readonly run: Run }) {
  const sum = timeKinds.reduce((all, kind) => all + time[kind], 0)
  const shares = timeKinds
    .filter((kind) => time[kind] > 0)
    .map((kind) => ({
      name: kindNames[kind],
      tone: kind,
      value: time[kind],
      text: `${durationText(time[kind])} · ${percentText(Math.round((time[kind] / sum) * 100) / 100)}`,
    }))
  return (
    <Panel title="Where the time went" beside={<span class="figure-text">{durationText(sum)}</span>}>
      <div class="panel-body">
        <Shares label="Time by what was waited for" shares={shares} />
      </div>
    </Panel>
  )
}

const Steps = ({ task: { steps, tenant } }: { readonly task: WholeTask }) => (
  <Panel title="Steps">
    <ul class="panel-body lines">
      {steps.map(({ id, status, prompt, tenant: own }) => (
        <li key={id}>
          <div class="line-head">
            <a href={pathOf({ page: 'tasks', id, ...(own !== tenant && { query: { tenant: own } }) })}>{id}</a>
            <TaskBadge status={status} />
          </div>
          {prompt !== undefined && <p class="muted">{prompt}</p>}
        </li>
      ))}
    </ul>
  </Panel>
)
