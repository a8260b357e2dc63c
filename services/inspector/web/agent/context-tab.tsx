// Context tab
// What the shown turn took, why it led where it led, what it changed, and what may be sent next.
import { activeIn } from '../chart/tree.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Json } from '../components/json.tsx'
import { Failed } from '../components/states.tsx'
import { agentPath } from '../place.ts'
import type { GuardNote } from '../wire.ts'
import type { AgentView } from './view.ts'
import { ContextPart } from './context-part.tsx'
import { eventText } from './history.ts'
import type { Shown } from './store.ts'
import { StatePart } from './state-part.tsx'
import { whyOf, type Reason } from './why.ts'

export function ContextTab({ view }: { readonly view: AgentView }) {
  const { store } = view
  const shown = store.shown.value
  const problem = store.known.momentProblem.value
  if (!shown) return null
  return (
    <>
      <StatePart view={view} />
      <EventSection shown={shown} />
      {problem && <Failed problem={problem} />}
      <WhySection view={view} shown={shown} />
      <ContextPart store={store} shown={shown} />
      {shown.isLive && <AcceptedSection view={view} />}
    </>
  )
}

function EventSection({ shown: { turn, event, from } }: { readonly shown: Shown }) {
  if (!event) return null
  const { type, ...fields } = event
  return (
    <section class="part">
      <h2>
        <Icon name="event" /> Event at turn {turn}
      </h2>
      <dl class="pairs">
        <dt>type</dt>
        <dd>
          {eventText(type)}
          {eventText(type) !== type && <div class="muted">{type}</div>}
        </dd>
        {from !== undefined && (
          <>
            <dt>from</dt>
            <dd>
              <a href={agentPath(from)}>{from}</a>
            </dd>
          </>
        )}
      </dl>
      {Object.keys(fields).length > 0 && <Json value={fields} label="Event" />}
    </section>
  )
}

function WhySection({ view: { store, select }, shown }: { readonly view: AgentView; readonly shown: Shown }) {
  const tree = store.known.chart.value?.tree
  const { trace, event, before, turn } = shown
  if (!trace || !tree) return null
  const reasons = whyOf(tree, { event: event?.type ?? '', before: activeIn(tree, before?.value), trace })
  const taken = reasons.filter(({ isTaken }) => isTaken)
  const refused = reasons.filter(({ isTaken }) => !isTaken)
  return (
    <section class="part">
      <h2>
        <Icon name="state-compound" /> Why this transition
      </h2>
      {taken.length === 0 && <p class="muted">{turn <= 1 ? 'It was born: no transition was taken.' : 'No transition took the event.'}</p>}
      <ol class="reasons">
        {taken.map((reason) => (
          <ReasonLine key={reason.edge} reason={reason} onChoose={() => select(tree.edges.get(reason.edge)?.source)} />
        ))}
      </ol>
      {trace.actions.length > 0 && (
        <p class="muted">
          did <code>{trace.actions.join(', ')}</code>
        </p>
      )}
      {refused.length > 0 && (
        <>
          <h3>Why not the others</h3>
          <ol class="reasons refused">
            {refused.map((reason) => (
              <ReasonLine key={reason.edge} reason={reason} onChoose={() => select(tree.edges.get(reason.edge)?.source)} />
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

const ReasonLine = ({ reason: { label, way, guards, because }, onChoose }: { readonly reason: Reason; onChoose(): void }) => (
  <li>
    <button type="button" class="plain-link" onClick={onChoose}>
      {way}
    </button>
    <span class="muted"> on {eventText(label)}</span>
    {because !== undefined && <p class="because">{because}</p>}
    {guards.map((guard, at) => (
      <GuardLine key={`${guard.name} ${at}`} guard={guard} />
    ))}
  </li>
)

const GuardLine = ({ guard: { name, params, result } }: { readonly guard: GuardNote }) => (
  <div class="guard">
    <Badge tone={result ? 'good' : 'bad'}>{result ? 'true' : 'false'}</Badge> <code>{name}</code>
    {params !== undefined && <code class="muted">({JSON.stringify(params)})</code>}
  </div>
)

function AcceptedSection({ view: { store, open } }: { readonly view: AgentView }) {
  const accepts = store.known.now.value?.accepts ?? []
  return (
    <section class="part">
      <h2>
        <Icon name="send" /> Accepted here
      </h2>
      {accepts.length === 0 && <p class="muted">It takes no event from outside in this state.</p>}
      <div class="chips">
        {accepts.map(({ type }) => (
          <Button key={type} icon="send" onClick={() => open({ dialog: 'send', event: type })}>
            {type}
          </Button>
        ))}
      </div>
    </section>
  )
}
