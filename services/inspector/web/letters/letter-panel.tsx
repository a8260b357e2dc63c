// Letter panel
// One dead letter: what was in it, why it died, what it would do now, and the way to send it again, as it was or edited.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered, Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { timeText } from '../format.ts'
import { agentPath, pathOf } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { Rehearsal } from './rehearsal.tsx'
import type { Redriven, Rehearsed, WholeLetter } from './wire.ts'

export function LetterPanel({ id, onDone }: { readonly id: string; onDone(): void }) {
  const asked = useAnswer<WholeLetter>(`/dead-letters/${id}`)
  return (
    <Panel title={`Letter ${id}`}>
      <Answered asked={asked} what={`letter ${id}`}>
        {(letter) => (
          <Letter
            letter={letter}
            onDone={() => {
              asked.reload()
              onDone()
            }}
          />
        )}
      </Answered>
    </Panel>
  )
}

type Event = { readonly type: string } & Readonly<Record<string, unknown>>

/** Or what is wrong with it. */
function eventOf(text: string): Event | string {
  try {
    const value: unknown = JSON.parse(text)
    const isEvent = typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
    return isEvent ? (value as Event) : 'An event is an object with a type.'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function Letter({ letter, onDone }: { readonly letter: WholeLetter; onDone(): void }) {
  const { id, actor, content, cause, code, stack, raw, fault, kept, redrives } = letter
  const written = JSON.stringify(content, undefined, 2)
  const [edited, setEdited] = useState<string | undefined>()
  const [rehearsed, setRehearsed] = useState<Rehearsed | undefined>()
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const event = edited === undefined ? undefined : eventOf(edited)
  const isWrong = typeof event === 'string'
  const blocked = isBusy || isWrong || !kept || (fault !== undefined && event === undefined)
  const run = async <T,>(path: string, body: unknown, done: (value: T) => void): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    const answer = await post<T>(path, body)
    setBusy(false)
    if (answer.ok) done(answer.value)
    else setProblem(answer.problem)
  }
  const edit = event === undefined ? {} : { edit: event }
  const onRedriven = ({ redriven, skipped }: Redriven): void => {
    if (redriven[0]) toast('Sent again', redriven[0].message)
    else toast('Not sent', skipped[0]?.why ?? 'nothing was to be sent')
    setEdited(undefined)
    onDone()
  }
  return (
    <div class="panel-body stacked">
      <Facts letter={letter} />
      {edited === undefined ? (
        <pre class="code-block" tabIndex={0} aria-label="What was in it">
          {raw ?? written}
        </pre>
      ) : (
        <label>
          The event that is sent in its place; hidden secrets are not in it
          <textarea
            class="field code"
            rows={10}
            spellcheck={false}
            aria-invalid={isWrong}
            value={edited}
            onInput={({ currentTarget: { value } }) => setEdited(value)}
          />
          {isWrong && <span class="fault">{event}</span>}
        </label>
      )}
      <pre class="code-block bad" tabIndex={0} aria-label="Why it died">
        {code}: {stack ?? cause}
      </pre>
      {fault !== undefined && edited === undefined && <p class="notice warn">As it is it cannot be sent again: {fault}.</p>}
      <div class="buttons">
        <Button
          kind="primary"
          icon="again"
          disabled={blocked}
          onClick={() => void run('/dead-letters/redrive', { ids: [id], again: redrives.length > 0, ...edit }, onRedriven)}
        >
          {edited === undefined ? 'Redrive' : 'Redrive edited'}
        </Button>
        <Button pressed={edited !== undefined} disabled={!kept} onClick={() => setEdited(edited === undefined ? written : undefined)}>
          Edit
        </Button>
        <Button disabled={blocked} onClick={() => void run(`/dead-letters/${id}/dry-run`, edit, setRehearsed)}>
          Dry run
        </Button>
      </div>
      {problem && <Failed problem={problem} />}
      {rehearsed && <Rehearsal actor={actor} rehearsed={rehearsed} />}
    </div>
  )
}

const Facts = ({ letter: { actor, message, event, at, sender, correlation, kept, redrives } }: { readonly letter: WholeLetter }) => (
  <dl class="pairs">
    <dt>actor</dt>
    <dd>
      <a href={agentPath(actor)}>{actor}</a>
    </dd>
    <dt>event</dt>
    <dd>{event}</dd>
    <dt>message</dt>
    <dd>{message}</dd>
    <dt>died</dt>
    <dd>{timeText(at, Date.now())}</dd>
    {sender !== undefined && (
      <>
        <dt>from</dt>
        <dd>{sender}</dd>
      </>
    )}
    {correlation !== undefined && (
      <>
        <dt>for task</dt>
        <dd>
          <a href={pathOf({ page: 'tasks', id: correlation })}>{correlation}</a>
        </dd>
      </>
    )}
    {!kept && (
      <>
        <dt>kept</dt>
        <dd>no longer: send its actor an event instead</dd>
      </>
    )}
    {redrives.map(({ message: as, by, at: when }) => (
      <>
        <dt>sent again</dt>
        <dd>{`${timeText(when, Date.now())} by ${by}, as ${as}`}</dd>
      </>
    ))}
  </dl>
)
