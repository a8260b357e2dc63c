import { CompareButton } from '../compare/compare-button.tsx'
import { Badge, StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { clockText, countText, keyOf, usdText } from '../format.ts'
import { ExportButton } from '../offline/export-button.tsx'
import { openedExport } from '../offline/source.ts'
import type { ActorNow, Calls } from '../wire.ts'
import { copyLink, type AgentView } from './view.ts'
import { hold, release, step } from './debugging.ts'
import { leafText } from './state-value.ts'

export function AgentHeader({ view }: { readonly view: AgentView }) {
  const { store, open } = view
  const now = store.known.now.value
  const isHeld = now?.hold?.held === true
  const isOver = now !== undefined && now.status !== 'active'
  return (
    <header class="agent-header">
      <div class="agent-name">
        <Name actor={store.known.actor} />
        {now && <StatusBadge status={now.status} />}
        {now?.gone && <Badge tone="warn">from the history{now.why === undefined ? '' : `: ${now.why}`}</Badge>}
        <HoldBadge now={now} />
        <span class="agent-state" title={leafText(store.shown.value?.value)}>
          {leafText(store.shown.value?.value)}
        </span>
      </div>
      {now && <Facts now={now} calls={store.known.calls.value} />}
      <span class="space" />
      <div class="buttons">
        {isHeld ? (
          <Button icon="play" kind="primary" acts onClick={() => void release(store)}>
            Release
          </Button>
        ) : (
          <Button
            icon="pause"
            acts
            disabled={isOver}
            onClick={() => void hold(store)}
            title="Stand still: what comes waits, nothing is lost"
          >
            Hold
          </Button>
        )}
        <Button icon="step" acts disabled={!isHeld} onClick={() => void step(store)} title="Let one message through">
          Step
        </Button>
        <Button icon="send" acts disabled={isOver} onClick={() => open({ dialog: 'send' })}>
          Send event
        </Button>
        <Button icon="fork" acts label="Fork from this moment" onClick={() => open({ dialog: 'fork' })} />
        {!openedExport.value && <CompareButton view={view} />}
        <ExportButton wish={{ kind: 'actor', id: store.known.actor }} />
        <Button icon="link" label="Copy a link to this moment" onClick={() => void copyLink(store)} />
      </div>
    </header>
  )
}

/** What tells it from its siblings; whom it works for before it, and cut first where there is little room. */
function Name({ actor }: { readonly actor: string }) {
  const key = keyOf(actor)
  const cut = key.lastIndexOf('/') + 1
  return (
    <h1 title={actor}>
      {cut > 0 && <span class="works-for">{key.slice(0, cut)}</span>}
      {key.slice(cut)}
    </h1>
  )
}

const HoldBadge = ({ now }: { readonly now: ActorNow | undefined }) => {
  const { hold: standing } = now ?? {}
  if (!standing) return null
  const { held, by, until, hit, breakpoints } = standing
  if (!held) return <Badge tone="warn">{breakpoints.length} breakpoints</Badge>
  return (
    <Badge tone="warn">
      {hit ? `stopped at ${hit.breakpoint}` : `held by ${by}`} until {clockText(until, { ms: false })}
    </Badge>
  )
}

function Facts({ now, calls }: { readonly now: ActorNow; readonly calls: Calls }) {
  const tokens = calls.llm.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0)
  const cost = calls.llm.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['worker', now.owner],
    ['partition', now.partition],
    ['turn', now.turn],
    ['mailbox', now.waiting?.length],
    ...(calls.llm.length === 0
      ? []
      : ([
          ['tokens', countText(tokens)],
          ['cost', usdText(cost)],
        ] as const)),
    ['machine', now.machine ? [now.machine.version, now.machine.hash?.slice(0, 6)].filter(Boolean).join('@') : now.version],
  ]
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={String(value)}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
