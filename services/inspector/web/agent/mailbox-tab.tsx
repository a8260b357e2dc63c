// Mailbox tab
// What waits, whether the actor stands still for somebody, and where it would.
import { useState } from 'preact/hooks'
import { activeIn } from '../chart/tree.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import { nowMs } from '../offline/source.ts'
import type { Breakpoint, WaitingMessage } from '../wire.ts'
import type { AgentView } from './view.ts'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import { isHeard } from './heard.ts'
import type { AgentStore } from './store.ts'

export function MailboxTab({ view: { store } }: { readonly view: AgentView }) {
  const { waiting = [], hold, isLive = true, value } = store.shown.value ?? {}
  const tree = store.known.chart.value?.tree
  const active = tree && activeIn(tree, value)
  const isTaken = (type: string): boolean => !tree || !active || isHeard(tree, active, type)
  const refused = waiting.filter(({ type }) => !isTaken(type)).length
  return (
    <>
      <section class="part">
        <h2>
          Waiting <Badge>{waiting.length}</Badge> {refused > 0 && <Badge tone="bad">{refused} not taken here</Badge>}
        </h2>
        {waiting.length === 0 && (
          <Empty title={isLive ? 'Nothing waits' : 'Nothing is known to have waited'}>
            {isLive ? 'What comes is taken at once.' : 'The log tells only of messages that certainly waited.'}
          </Empty>
        )}
        {waiting.length > 0 && hold?.held && (
          <p class="muted">
            The oldest of them waits for {durationText(Math.max(0, nowMs() - hold.since))} at most: so long it stands still.
          </p>
        )}
        <ol class="messages">
          {waiting.slice(0, listedMax).map((message) => (
            <MessageLine key={message.id} message={message} isHit={hold?.hit?.message === message.id} isTaken={isTaken(message.type)} />
          ))}
        </ol>
        {waiting.length > listedMax && <p class="muted">{waiting.length - listedMax} more wait behind these.</p>}
      </section>
      {hold && (
        <section class="part">
          <h2>Hold</h2>
          <dl class="pairs">
            <dt>by</dt>
            <dd>{hold.by}</dd>
            <dt>since</dt>
            <dd>{clockText(hold.since)}</dd>
            <dt>ends by itself</dt>
            <dd>{clockText(hold.until)}</dd>
            <dt>steps left</dt>
            <dd>{hold.steps}</dd>
          </dl>
        </section>
      )}
      <Breakpoints store={store} />
    </>
  )
}

const listedMax = 200

interface MessageProps {
  readonly message: WaitingMessage
  readonly isHit: boolean
  /** Some transition of the state it is in names the event. */
  readonly isTaken: boolean
}

const MessageLine = ({ message: { id, type, from, at, turn }, isHit, isTaken }: MessageProps) => (
  <li>
    <code>{type}</code> {isHit && <Badge tone="warn">at a breakpoint</Badge>}{' '}
    {!isTaken && <Badge tone="bad">not taken in this state</Badge>}
    <div class="muted">
      {from !== undefined && <>from {from} </>}
      {turn !== undefined && at !== undefined && (
        <>
          taken by turn {turn}, {clockText(at)}{' '}
        </>
      )}
      <code>{id}</code>
    </div>
  </li>
)

const kinds = ['state', 'event', 'guard'] as const

function Breakpoints({ store }: { readonly store: AgentStore }) {
  const [on, setOn] = useState<Breakpoint['on']>('event')
  const [match, setMatch] = useState('')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (match.trim() === '') return
    await toggleBreakpoint(store, on, match.trim())
    setMatch('')
  }
  return (
    <section class="part">
      <h2>Breakpoints</h2>
      <ul class="breakpoints">
        {breakpointsOf(store).map((one) => (
          <li key={one.id}>
            <span class="muted">{one.on}</span> <code>{one.match}</code>
            <Button
              kind="ghost"
              icon="close"
              label={`Do not stop at ${one.match}`}
              onClick={() => void toggleBreakpoint(store, one.on, one.match)}
            />
          </li>
        ))}
      </ul>
      <form class="line-form" onSubmit={(event) => void submit(event)}>
        <select
          class="field"
          aria-label="Stop at"
          value={on}
          onChange={(event) => setOn(kinds.find((kind) => kind === event.currentTarget.value) ?? 'event')}
        >
          {kinds.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
        <input
          class="field"
          aria-label="Its id, type or name"
          placeholder="id, type or name"
          value={match}
          onInput={(event) => setMatch(event.currentTarget.value)}
        />
        <Button submit icon="plus">
          Stop there
        </Button>
      </form>
      <p class="muted">A dot on the chart does the same for a state. A breakpoint is gone after an hour.</p>
    </section>
  )
}
